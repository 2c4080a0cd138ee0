"""The demonstration: the whole program with a sample practice whose providers keep calendars on a local server."""
