"""Pages for clients and providers, rendered by the server; they ask the desk and show what it says."""
