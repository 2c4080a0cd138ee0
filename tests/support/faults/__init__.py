"""Kill tests: real processes of the program are killed while people use it, and afterwards all is counted."""
