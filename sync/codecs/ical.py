"""iCalendar text <-> Series: the doors of this codec. No type of any library passes through them."""

from sync.codecs.ical_read import NotAnEvent, Unreadable, read_object
from sync.codecs.ical_update import update_object
from sync.codecs.ical_write import write_object

__all__ = ["NotAnEvent", "Unreadable", "read_object", "update_object", "write_object"]
