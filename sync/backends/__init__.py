"""Where calendars live. ``open_backend`` alone knows which kinds of account there are."""

from __future__ import annotations

from sync.backends.access import AccountAccess
from sync.backends.errors import Refused
from sync.backends.protocol import CalendarBackend

__all__ = ["AccountAccess", "open_backend"]


def open_backend(access: AccountAccess) -> CalendarBackend:
    """The backend for this kind of account; nothing is sent yet. Raises ``Refused`` for a kind there is not."""
    if access.kind == "caldav":
        from sync.backends.caldav.backend import CalDavBackend

        return CalDavBackend(access)
    if access.kind == "google":
        from sync.backends.google.backend import GoogleBackend

        return GoogleBackend(access)
    raise Refused(f"There is no calendar account of the kind {access.kind!r}.")
