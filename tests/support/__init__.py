"""What the tests run against: real servers as child processes, a browser, and clients that are not ours."""
