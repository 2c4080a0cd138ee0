"""Measurements against other people's libraries and programs. They print tables and judge ratios; no test runs them."""
