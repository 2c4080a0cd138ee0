"""The waitlist: whom a free time suits, who comes first, and how long an offer is kept. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from booking.availability import Slot
from booking.notice import last_instant
from booking.practice import Privilege
from booking.rules import Rules

OFFER_LIFE = timedelta(hours=2)
"""An offer is kept this long, never beyond the last moment at which its time could still be asked for."""
_NOON, _EVENING = 12, 17


class Part(StrEnum):
    """Of the day, by the clock of the client's zone: the afternoon begins at 12, the evening at 17."""

    ANY = "any"
    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


@dataclass(frozen=True, slots=True)
class Waiting:
    """One client who waits for a time. ``days`` are ``date.weekday()`` numbers, none: any; dates are inclusive.

    ``seen`` are the starts offered before, taken or not: none of them is offered again. ``offered``: an offer is open.
    """

    id: str
    service: str
    mode: str | None
    zone: str
    days: frozenset[int]
    part: Part
    first: date | None
    last: date | None
    joined_at: datetime
    offered: bool = False
    seen: frozenset[datetime] = frozenset()

    def suits(self, slot: Slot) -> bool:
        there = slot.start.astimezone(ZoneInfo(self.zone))
        day = there.date()
        if self.mode is not None and self.mode not in {mode.value for mode in slot.modes}:
            return False
        if self.days and day.weekday() not in self.days:
            return False
        if (self.first is not None and day < self.first) or (self.last is not None and day > self.last):
            return False
        return self.part in (Part.ANY, _part_of(there.hour)) and slot.start not in self.seen


def _part_of(hour: int) -> Part:
    return Part.MORNING if hour < _NOON else Part.AFTERNOON if hour < _EVENING else Part.EVENING


def is_over(last: date | None, zone: str, *, now: datetime) -> bool:
    """True once the last day that was wished is past in the client's zone: nothing can suit any more."""
    return last is not None and last < now.astimezone(ZoneInfo(zone)).date()


def in_order(waiting: Iterable[Waiting]) -> list[Waiting]:
    """Those to whom something may be offered now, whoever has waited longest first."""
    return sorted((each for each in waiting if not each.offered), key=lambda each: (each.joined_at, each.id))


def first_that_suits(
    waiting: Waiting, slots: Sequence[Slot], *, promised: Collection[Slot] = ()
) -> Slot | None:
    """The earliest time that suits and does not meet one promised to somebody else."""
    for slot in slots:
        free = all(slot.end <= other.start or other.end <= slot.start for other in promised)
        if free and waiting.suits(slot):
            return slot
    return None


def kept_until(
    start: datetime, rules: Rules, *, zone: str, privilege: Privilege = Privilege.FULL, now: datetime
) -> datetime | None:
    """Until when an offer of this start is kept; None if whoever has this privilege can no longer ask for it."""
    latest = min(now + OFFER_LIFE, last_instant(start, rules, zone=zone, privilege=privilege))
    return latest if latest > now else None
