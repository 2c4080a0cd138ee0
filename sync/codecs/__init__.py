"""Text or JSON to series and back. Pure: no network, no clock, no database."""
