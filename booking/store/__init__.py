"""Rows of the practice, its requests and its claims on time. SQLAlchemy Core only; functions take the caller's connection."""
