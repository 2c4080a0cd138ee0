"""Google Calendar API v3: what Google says of its own calendars, read and written as series."""
