"""Rows of the mirror. SQLAlchemy Core only; every function takes the connection of the caller's transaction."""
