"""What booking needs from the rest of the program. The composition root hands in one object for each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection

from sync.model.event import Series
from sync.model.freebusy import Freshness
from sync.model.timespan import TimeSpan


class Transactions(Protocol):
    """Opens transactions. The mirror's rows and ours are written through one connection, so both stand or neither."""

    def read(self) -> AbstractContextManager[Connection]: ...

    def write(self) -> AbstractContextManager[Connection]: ...

    def glance(self) -> AbstractContextManager[Connection]:
        """Reads without a transaction: each statement sees what is there when it is asked."""


@dataclass(frozen=True, slots=True)
class WriteCalendar:
    """Where a provider's bookings are written. ``title`` is this calendar's own title mode, None for the rules' one."""

    id: str
    name: str
    title: str | None
    connected: bool = True
    """False: its account was disconnected, and what is meant for it waits until it is connected again."""


@dataclass(frozen=True, slots=True)
class BusyRow:
    """Time an outside event takes. ``soft`` stays bookable for those a prime-time hold is for."""

    span: TimeSpan
    soft: bool
    all_day: bool
    calendar_id: str
    entry_id: str


@dataclass(frozen=True, slots=True)
class BusySource:
    """What staff may know of a busy row: the calendar, when it was read, and the event's title where it is stored."""

    calendar: str
    title: str | None
    checked_at: datetime | None


@dataclass(frozen=True, slots=True)
class OutsideSeries:
    """A recurring event of the provider's own, as it was last read. ``print`` changes with its meaning.

    Dates and floating times in it are read in ``zone``.
    """

    calendar_id: str
    calendar: str
    uid: str
    print: str
    series: Series
    zone: str


@dataclass(frozen=True, slots=True)
class WrittenEvent:
    """How the event of a booking stands in the provider's calendar. ``state``: queued, written, removed or failed.

    ``series`` is what it should mean now, with all the provider changed in it; None once it is to be gone.
    """

    calendar_id: str
    calendar: str
    uid: str
    remote_id: str | None
    state: str
    written_at: datetime | None
    series: Series | None


class Mirror(Protocol):
    """The calendars as the sync knows them. Every call takes the connection of the caller's transaction."""

    def write_calendar(self, connection: Connection, provider_id: str) -> WriteCalendar | None: ...

    def put(
        self,
        connection: Connection,
        *,
        booking_ref: str,
        calendar_id: str,
        series: Series,
        now: datetime,
        takes_time: bool = False,
    ) -> None:
        """Say what the event of a booking should mean; its UID is set by the mirror. Written out within seconds.

        ``takes_time``: it is among ``busy`` from now on, as far as it means to take time. A booking has its claims.
        """

    def take_out(self, connection: Connection, *, booking_ref: str, now: datetime) -> None:
        """Say that the event of a booking should be gone; a booking without one is fine."""

    def taken_out(self, connection: Connection, booking_ref: str) -> Series | None:
        """What the event meant when it was last taken out; None if it never was, or too long ago."""

    def taken_by(self, connection: Connection, booking_ref: str) -> Sequence[TimeSpan]:
        """The time the event itself takes, by start, as far ahead as time is known; none for a booking's."""

    def give_up(self, connection: Connection, *, booking_ref: str, now: datetime) -> None:
        """The event is the provider's own from now on: it stays, and blocks like any other."""

    def event(self, connection: Connection, booking_ref: str) -> WrittenEvent | None: ...

    def busy(self, connection: Connection, provider_id: str, span: TimeSpan) -> Sequence[BusyRow]:
        """Outside events that overlap ``span``, by start. Events of our own bookings are not among them."""

    def source(self, connection: Connection, entry_id: str) -> BusySource: ...

    def outside_series(self, connection: Connection, provider_id: str) -> Sequence[OutsideSeries]:
        """All recurring events that were not made here, in calendars that count."""

    def print_of(self, connection: Connection, calendar_id: str, uid: str) -> str | None:
        """What changes with the meaning of an outside event; None: it is not there, or its calendar does not count."""

    def outside_one(self, connection: Connection, calendar_id: str, uid: str) -> OutsideSeries | None:
        """One outside event; None as for ``print_of``."""

    def freshness(self, connection: Connection, provider_id: str) -> Freshness: ...

    def freshnesses(self, connection: Connection, provider_ids: Collection[str]) -> Mapping[str, Freshness]:
        """The same for many at once, one for each."""


class LiveCalendars(Protocol):
    """The calendars themselves, looked at just before time is given away. Never called inside a transaction."""

    def look(self, provider_id: str) -> bool:
        """True if every calendar that counts was read within seconds, now or by somebody else. Bounded in time.

        What was found is in the mirror when this returns; after False the age of the readings decides.
        """


class Tokens(Protocol):
    """Secrets that open a page. What is stored is the hash; the token itself can be derived again for a later mail."""

    def derive(self, purpose: str, subject: str) -> str:
        """The URL-safe token of at least 128 bits for this purpose and id; always the same one."""

    def hash(self, token: str) -> str: ...
