"""What was done from outside while things broke, and what was left when all was quiet again. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

Span = tuple[datetime, datetime]
"""Start and end, aware, in UTC."""


class Kind(StrEnum):
    """By a client (``ASK``), by staff, by the provider in the calendar, and what she does to events of her own."""

    ASK = "ask"
    ACCEPT = "accept"
    DECLINE = "decline"
    CANCEL = "cancel"
    CONFIRM = "confirm in calendar"
    DELETE = "delete in calendar"
    DRAG = "drag in calendar"
    NOTE = "note in calendar"
    ADD = "add own"
    EDIT = "edit own"
    REMOVE = "remove own"
    READ = "read all"


class Outcome(StrEnum):
    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Op:
    """One deed and its answer. ``began``, ``ended`` and ``settled`` are seconds of one clock.

    ``settled``: when all was at rest after it, None if that never came. ``booking`` is the request's id, ``client`` the
    one address an asker has for this one request, ``name`` an event of the provider's own; ``text`` is what that event
    is from now on (None: gone), or the provider's note in one of ours.
    """

    kind: Kind
    began: float
    ended: float
    outcome: Outcome
    settled: float | None = None
    booking: str = ""
    client: str = ""
    span: Span | None = None
    name: str = ""
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Kill:
    """One fault that struck. ``recovered``: seconds until all was at rest again; None: never, and ``left`` says why."""

    point: str
    at: float
    recovered: float | None
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Booked:
    """A request's row. ``proposed``: other times it holds, where its event may stand too."""

    id: str
    client: str
    session: str
    status: str
    span: Span
    proposed: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Claimed:
    resource: str
    session: str
    span: Span


@dataclass(frozen=True, slots=True)
class Written:
    """An entry of ours in the mirror. ``etag`` None: not known."""

    booking: str
    uid: str
    closed: bool
    etag: str | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """The database at rest. ``busy``: time the mirror blocks for the provider's own events; ``unrest``: what is not
    done, in words."""

    requests: tuple[Booked, ...] = ()
    claims: tuple[Claimed, ...] = ()
    entries: tuple[Written, ...] = ()
    busy: frozenset[Span] = frozenset()
    unrest: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """An event as another client reads it. ``text`` is all of it, as far as an edit would show there; ``booking`` is
    the request whose page it names."""

    name: str
    uid: str
    span: Span
    status: str
    text: str
    etag: str | None = None
    booking: str = ""


@dataclass(slots=True)
class History:
    ops: list[Op] = field(default_factory=list)
    kills: list[Kill] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Counts:
    """Findings in words, by what they are."""

    lost: tuple[str, ...] = ()
    duplicated: tuple[str, ...] = ()
    double_booked: tuple[str, ...] = ()
    foreign_touched: tuple[str, ...] = ()
    orphaned: tuple[str, ...] = ()
    stuck: tuple[str, ...] = ()

    def findings(self) -> Mapping[str, tuple[str, ...]]:
        return {name: getattr(self, name) for name in COUNTED}

    def __add__(self, other: Counts) -> Counts:
        both = {name: found + getattr(other, name) for name, found in self.findings().items()}
        return Counts(**both)


COUNTED = ("lost", "duplicated", "double_booked", "foreign_touched", "orphaned", "stuck")
