"""What decides one provider's time, as plain values: loaded once, then asked by page, API, command line and explain.

Instants and lengths of rows are whole microseconds (since 1970 UTC), as the tables store them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

from booking.epoch import micros, ticks
from booking.holds import HoldRow, ReleaseRow
from booking.practice import Block, ClientStatus, DateOverride, Mode, Privilege, Service
from booking.rules import Door, Rules
from sync.model.freebusy import Freshness
from sync.model.timespan import TimeSpan


class Taken(NamedTuple):
    """Time that a request or appointment of ours holds, without its buffers; a proposal is a second row of its session.

    Rows of one ``session`` are one sitting: the seats of a group. From ``until`` on the row counts no more.
    ``moving``: somebody in it holds another time of it too, so nobody can tell yet when it will be.
    """

    start: int
    end: int
    before: int
    after: int
    session: str
    service: str
    mode: str
    room: str | None = None
    until: int | None = None
    moving: bool = False


def taken(
    span: TimeSpan,
    service: Service,
    *,
    session: str,
    mode: Mode,
    room: str | None = None,
    until: int | None = None,
) -> Taken:
    """The row of a booking with the service's own buffers."""
    before, after = ticks(service.buffer_before), ticks(service.buffer_after)
    return Taken(
        micros(span.start), micros(span.end), before, after, session, service.code, mode, room, until
    )


class RoomUse(NamedTuple):
    """A room is in use by one session, whoever's it is; from ``until`` on no more."""

    start: int
    end: int
    session: str
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Room:
    """``key`` names the room as a claim's resource does; ``location`` is a slug."""

    key: str
    name: str
    location: str
    uses: Sequence[RoomUse] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """A service with the rules that hold for it: practice, narrowed by provider, then by service."""

    service: Service
    rules: Rules


@dataclass(frozen=True, slots=True)
class DoorState:
    """How a load-aware door stands, and the booked share (0..1) at the last look at it."""

    open: bool
    share: float


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, as the rules see them. The default is a poster without a client token: ``new`` for every rule.

    ``id`` is None unless a token or staff stands for the client. ``open_requests`` counts pending ones in the practice.
    """

    id: str | None = None
    status: ClientStatus = ClientStatus.NEW
    privilege: Privilege = Privilege.FULL
    providers: tuple[str, ...] = ()
    tags: frozenset[str] = frozenset()
    open_requests: int = 0

    @property
    def new(self) -> bool:
        return self.id is None or self.status is ClientStatus.NEW


@dataclass(frozen=True, slots=True)
class World:
    """One provider's rows around a window of time.

    ``busy`` and ``soft`` are ``(start, end)`` pairs of outside calendars, without our own events, ascending by start;
    they may overlap; ``soft`` blocks everyone but clients a hold is for. All rows reach further than the window by
    ``reach(offers)``, and ``bookings`` cover whole weeks (Monday-Sunday in ``zone``), so that they can be counted.
    ``doors`` are load-aware doors as they stand; one nobody has looked at yet is open.
    ``opted_in`` is False for a provider no longer active.
    ``zone`` is an IANA name.
    """

    provider: str
    zone: str
    practice_open: bool
    opted_in: bool
    offers: Mapping[str, Offer]
    blocks: Sequence[Block] = ()
    overrides: Sequence[DateOverride] = ()
    busy: Sequence[tuple[int, int]] = ()
    soft: Sequence[tuple[int, int]] = ()
    bookings: Sequence[Taken] = ()
    rooms: Sequence[Room] = ()
    holds: Sequence[HoldRow] = ()
    releases: Sequence[ReleaseRow] = ()
    doors: Mapping[Door, DoorState] = field(default_factory=dict)
    freshness: Freshness = field(default_factory=lambda: Freshness(checked_at=None, counted=0))


def reach(offers: Mapping[str, Offer]) -> timedelta:
    """How far beyond a window rows still matter: the longest service, the widest gap kept, and a spare day."""
    lengths = [offer.service.length for offer in offers.values()]
    gaps = [
        max(offer.service.buffer_before, offer.service.buffer_after, offer.rules.mode_gap)
        for offer in offers.values()
    ]
    return max(lengths, default=timedelta(0)) + max(gaps, default=timedelta(0)) + timedelta(days=1)
