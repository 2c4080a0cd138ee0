"""CalDAV servers (RFC 4791), through requests of our own over the guarded session."""
