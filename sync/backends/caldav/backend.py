"""The calendar backend for CalDAV servers (RFC 4791)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from sync.backends.access import AccountAccess
from sync.backends.caldav.capabilities import CollectionState
from sync.backends.caldav.collection import Collection, collection_at
from sync.backends.caldav.dav import DavConnection
from sync.backends.caldav.discovery import Discoverer
from sync.backends.caldav.reading import Reader
from sync.backends.caldav.writing import Writer
from sync.backends.errors import Refused, no_push
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
from sync.http import AddressPolicy, GuardedSession, Limits, UrlRefused
from sync.model.event import Series


class CalDavBackend:
    """One account at a CalDAV server, over one guarded session.

    ``access.url`` may be the server's root, a principal, a home set or one calendar. Its own addresses are those of
    ``access``, the user name if it is an address, and after ``discover`` what the server says.
    """

    pushes = False
    renames = True
    refuses_repeats = False  # some servers pass over If-None-Match, others over If-Match

    def __init__(self, access: AccountAccess, *, session: GuardedSession | None = None) -> None:
        """Raises ``Refused`` for a URL that must not be asked."""
        self._url = access.url
        self._session = session or open_session(access)
        self._dav = DavConnection(self._session)
        self._ways: Mapping[str, CollectionState] = {}
        own = {access.username} if "@" in access.username else set()
        self._own = frozenset(address.lower() for address in access.own_addresses | own)

    def discover(self) -> Discovery:
        discoverer = Discoverer(self._dav, self._url, self._own)
        discovery = discoverer.discover()
        self._ways = discoverer.ways
        self._own |= discovery.own_addresses
        return discovery

    def changes(self, calendar: RemoteCalendar, cursor: Cursor | None, known: Known) -> Iterator[Page]:
        yield from self._reader(calendar).changes(cursor, known)

    def href_of(self, calendar: RemoteCalendar, identity: Identity) -> str:
        return self._collection(calendar).href_for(identity)

    def read(self, calendar: RemoteCalendar, href: str) -> RemoteObject | None:
        return self._reader(calendar).read(href)

    def find(self, calendar: RemoteCalendar, uid: str) -> RemoteObject | None:
        return self._reader(calendar).find(uid)

    def create(
        self, calendar: RemoteCalendar, identity: Identity, series: Series, *, now: datetime
    ) -> Written:
        return self._writer(calendar).create(identity, series, now=now)

    def update(
        self, calendar: RemoteCalendar, seen: RemoteObject, series: Series, *, now: datetime
    ) -> Written:
        return self._writer(calendar).update(seen, series, now=now)

    def delete(self, calendar: RemoteCalendar, seen: RemoteObject) -> bool:
        return self._writer(calendar).delete(seen)

    def watch(self, calendar: RemoteCalendar, channel: Channel) -> Channel:
        raise no_push()

    def stop_watching(self, channel: Channel) -> None:
        raise no_push()

    def close(self) -> None:
        self._session.close()

    def _reader(self, calendar: RemoteCalendar) -> Reader:
        ways = self._ways.get(calendar.remote_id)
        return Reader(self._dav, self._collection(calendar), self._own, ways)

    def _writer(self, calendar: RemoteCalendar) -> Writer:
        return Writer(self._dav, self._collection(calendar), self._own)

    def _collection(self, calendar: RemoteCalendar) -> Collection:
        return collection_at(self._session, calendar)


def open_session(access: AccountAccess) -> GuardedSession:
    """A guarded session with the account's credentials and limits. Raises ``Refused``."""
    try:
        return GuardedSession(
            access.url,
            policy=AddressPolicy(allow_private=access.allow_private),
            auth=(access.username, access.secret),
            limits=Limits().within(timedelta(seconds=access.timeout_seconds)),
        )
    except UrlRefused as error:
        raise Refused(error.text) from error
