"""Rows of the practice, its requests and its claims on time. Functions take the connection of the caller."""
