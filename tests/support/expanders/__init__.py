"""Other people's expansion of recurring events, what RFC 5545 says read literally, and where they part."""
