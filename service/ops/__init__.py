"""The staff dashboard: is everything true right now, and if not, what mends it."""
