"""What every calendar backend does for the engine. Backends know their wire format; the engine sees series."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from sync.model.event import Series


@dataclass(frozen=True, slots=True)
class RemoteCalendar:
    """A calendar as the account lists it. ``remote_id`` is stable at the backend (path or Google id), ``url`` may move.

    ``zone`` is an IANA name for all-day and floating events, None if the remote states none that is known.
    """

    remote_id: str
    url: str
    name: str
    zone: str | None = None
    writable: bool = True


@dataclass(frozen=True, slots=True)
class Discovery:
    """What the account holds. ``own_addresses`` are lower-case mail addresses that are the owner's in invitations."""

    principal: str
    own_addresses: frozenset[str]
    calendars: tuple[RemoteCalendar, ...]
    capabilities: Mapping[str, str] = field(default_factory=dict)


class CursorKind(StrEnum):
    SYNC_TOKEN = "sync-token"
    ETAGS = "etags"
    GOOGLE = "google"


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a calendar was read. Bound to ``params``: a cursor made under other parameters is not used.

    ``value`` is the sync token; for ``ETAGS`` it is the ctag (empty if the server has none).
    """

    kind: CursorKind
    value: str
    params: str


@dataclass(frozen=True, slots=True)
class RemoteObject:
    """One series as read. ``series`` None: it could not be understood, ``problem`` says why; it goes on blocking.

    ``raw`` is the backend's own text, opaque to the engine; ``etag`` is None where the remote gave none that can be
    sent back. With ``keep`` the backend wants ``raw`` back in a later reading, by ``Known.texts``.
    """

    href: str
    etag: str | None
    raw: bytes
    series: Series | None
    problem: str | None = None
    uid: str | None = None
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A part of one reading. ``present``: hrefs a full enumeration saw unchanged; ``gone``: explicit tombstones.

    Only the last page carries ``cursor``. ``full`` is True where the pages together enumerate the whole calendar,
    so that what none of them names is absent. ``unread`` are members that were named but could not be loaded.
    ``total`` is how many members all pages together will name, where the remote says so beforehand. ``in_hand``: the
    pages behind it are here already, and would be asked for again if the reading was broken off.
    """

    changed: tuple[RemoteObject, ...] = ()
    gone: tuple[str, ...] = ()
    present: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    cursor: Cursor | None = None
    full: bool = False
    total: int | None = None
    in_hand: bool = False


@dataclass(frozen=True, slots=True)
class Identity:
    """Where a series of ours lives. Derived from its booking and incarnation: a repeated create finds its own event."""

    uid: str
    name: str
    """Last path part without ending (CalDAV) or event id (Google): base32hex, lower case."""


@dataclass(frozen=True, slots=True)
class Written:
    """The outcome of a write that is known to have happened, as the remote now holds it.

    ``vouched``: the answer to the write itself stated the version, so that nothing had to be read.
    """

    object: RemoteObject
    vouched: bool = True


@dataclass(frozen=True, slots=True)
class Channel:
    """A subscription to messages about one calendar. ``resource_id`` and the true end are known once it is open."""

    id: str
    address: str
    expires_at: datetime
    token: str = field(default="", repr=False)
    resource_id: str | None = None


def _no_texts(_hrefs: Collection[str]) -> Mapping[str, bytes]:
    return {}


@dataclass(frozen=True, slots=True)
class Known:
    """What the mirror holds of a calendar, asked for only by readings that need it.

    ``etags`` gives href -> etag of every object. ``texts`` gives the ``raw`` of those of the named objects that were
    read with ``keep``: Google names the changed parts of a series, not all of it. ``failed``: the last reading did, so
    that an answer that is large or slow to make is not asked for again.
    """

    etags: Callable[[], Mapping[str, str | None]] = dict
    texts: Callable[[Collection[str]], Mapping[str, bytes]] = _no_texts
    failed: bool = False


class CalendarBackend(Protocol):
    """One account at one remote. Every call may raise any error of ``sync.backends.errors``; nothing else escapes.

    Not thread-safe; ``close`` frees its connections. ``now`` stamps what is written (DTSTAMP). ``pushes``: the remote
    can send messages, so that ``watch`` is worth asking for. ``renames``: what was made at one href may be found at
    another; else looking there says all. ``refuses_repeats``: a write that arrived is refused under its condition when
    it is sent once more, so that after a lost answer it may simply be.
    """

    pushes: bool
    renames: bool
    refuses_repeats: bool

    def discover(self) -> Discovery:
        """Principal, own addresses and the calendars that hold events. Raises ``Refused`` where there is none."""

    def changes(self, calendar: RemoteCalendar, cursor: Cursor | None, known: Known) -> Iterator[Page]:
        """What changed since ``cursor``; without one, a full enumeration.

        A full enumeration leaves out objects whose etag is known, naming them in ``present``.
        Raises ``SyncTokenInvalid``, ``CalendarMissing``.
        """

    def href_of(self, calendar: RemoteCalendar, identity: Identity) -> str:
        """Where ``create`` puts a series of this identity, in the form that ``RemoteObject.href`` has."""

    def read(self, calendar: RemoteCalendar, href: str) -> RemoteObject | None:
        """The object now; None only on a well-formed answer that it is not there (404, 410, cancelled)."""

    def find(self, calendar: RemoteCalendar, uid: str) -> RemoteObject | None:
        """The object with this UID wherever it is in the calendar (servers rename hrefs); None if there is none."""

    def create(
        self, calendar: RemoteCalendar, identity: Identity, series: Series, *, now: datetime
    ) -> Written:
        """Write a new series.

        Raises ``PreconditionFailed`` if something is already there, or was: at some remotes a name is spent for ever.
        """

    def update(
        self, calendar: RemoteCalendar, seen: RemoteObject, series: Series, *, now: datetime
    ) -> Written:
        """Turn ``seen`` into ``series``, keeping all else of its raw text, if it still has its etag.

        Raises ``PreconditionFailed``.
        """

    def delete(self, calendar: RemoteCalendar, seen: RemoteObject) -> bool:
        """Remove ``seen``, conditional on its etag. False: it was gone already. Raises ``PreconditionFailed``."""

    def watch(self, calendar: RemoteCalendar, channel: Channel) -> Channel:
        """Have the remote post to ``channel.address`` whenever the calendar changes; as it was opened.

        Raises ``PushRefused``. After any other error the channel may be open all the same.
        """

    def stop_watching(self, channel: Channel) -> None:
        """End an open channel; one that is over already is no error. Messages may come late all the same."""

    def close(self) -> None: ...
