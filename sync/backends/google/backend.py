"""The calendar backend for Google (Calendar API v3)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import quote

from sync.backends.access import AccountAccess
from sync.backends.errors import Refused
from sync.backends.google.calls import Calls, JsonObject
from sync.backends.google.pushing import open_channel, stop_channel
from sync.backends.google.reading import Reader
from sync.backends.google.spending import Spending
from sync.backends.google.transport import Transport
from sync.backends.google.writing import Writer
from sync.backends.protocol import (
    Channel,
    Cursor,
    Discovery,
    Identity,
    Known,
    Page,
    RemoteCalendar,
    RemoteObject,
    Written,
)
from sync.codecs.quirks import zone_by_another_name
from sync.model.event import Series

_ROLES = ("owner", "writer", "reader", "freeBusyReader")
_WRITERS = ("owner", "writer")


class GoogleBackend:
    """One Google account. An object's href is the id of its event, of a series that of its master.

    ``access.secret`` is an authorized_user document. Of a calendar that shows only free and busy times, times are read.
    """

    pushes = True
    renames = False
    refuses_repeats = True

    def __init__(self, access: AccountAccess) -> None:
        """Raises ``AuthorizationLost`` for unreadable credentials, ``Refused`` for an address it must not ask."""
        self._transport = Transport(access)
        self._calls = Calls(self._transport, Spending(access))
        self._own = frozenset(address.lower() for address in access.own_addresses)

    def discover(self) -> Discovery:
        listed = list(self._calls.calendars())
        primary = next((str(entry["id"]) for entry in listed if entry.get("primary")), "")
        calendars = [self._calendar(entry) for entry in listed if entry.get("accessRole") in _ROLES]
        if not calendars:
            raise Refused("This Google account has no calendar that can be read.")
        if "@" in primary:
            self._own |= {primary.lower()}
        return Discovery(primary, self._own, tuple(calendars))

    def changes(self, calendar: RemoteCalendar, cursor: Cursor | None, known: Known) -> Iterator[Page]:
        yield from self._reader(calendar).changes(cursor, known)

    def href_of(self, calendar: RemoteCalendar, identity: Identity) -> str:
        return identity.name

    def read(self, calendar: RemoteCalendar, href: str) -> RemoteObject | None:
        return self._reader(calendar).read(href)

    def find(self, calendar: RemoteCalendar, uid: str) -> RemoteObject | None:
        return self._reader(calendar).find(uid)

    def create(
        self, calendar: RemoteCalendar, identity: Identity, series: Series, *, now: datetime
    ) -> Written:
        return self._writer(calendar).create(identity, series)

    def update(
        self, calendar: RemoteCalendar, seen: RemoteObject, series: Series, *, now: datetime
    ) -> Written:
        return self._writer(calendar).update(seen, series)

    def delete(self, calendar: RemoteCalendar, seen: RemoteObject) -> bool:
        return self._writer(calendar).delete(seen)

    def watch(self, calendar: RemoteCalendar, channel: Channel) -> Channel:
        return open_channel(self._calls, calendar.remote_id, channel)

    def stop_watching(self, channel: Channel) -> None:
        stop_channel(self._calls, channel)

    def close(self) -> None:
        self._transport.close()

    def _reader(self, calendar: RemoteCalendar) -> Reader:
        return Reader(self._calls, calendar, self._own)

    def _writer(self, calendar: RemoteCalendar) -> Writer:
        return Writer(self._calls, calendar, self._own)

    def _calendar(self, entry: JsonObject) -> RemoteCalendar:
        name = entry.get("summaryOverride") or entry.get("summary") or entry["id"]
        zone = entry.get("timeZone")
        return RemoteCalendar(
            remote_id=str(entry["id"]),
            url=f"{self._transport.endpoint}/calendar/v3/calendars/{quote(str(entry['id']), safe='')}",
            name=str(name),
            zone=zone_by_another_name(zone) if isinstance(zone, str) else None,
            writable=entry.get("accessRole") in _WRITERS,
        )
