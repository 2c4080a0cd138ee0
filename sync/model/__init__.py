"""Pure values of the mirror: what an event is, when it is, and when two of them mean the same."""
