"""Staff: signing in by one-time links, sessions, API tokens."""
