"""Use cases of booking: what a page, a call, a command or a timer asks for, done in one transaction."""

from booking.desk.desk import Desk
from booking.desk.forms import (
    STRANGER,
    Asking,
    CalendarChange,
    EntryForm,
    Receipt,
    Recurring,
    RequestForm,
    RequestQuery,
    SlotQuery,
    WishForm,
)

__all__ = [
    "STRANGER",
    "Asking",
    "CalendarChange",
    "Desk",
    "EntryForm",
    "Receipt",
    "Recurring",
    "RequestForm",
    "RequestQuery",
    "SlotQuery",
    "WishForm",
]
