"""Calendar accounts connected on pages: Google by its consent page, CalDAV by a form; and how they are let go."""
