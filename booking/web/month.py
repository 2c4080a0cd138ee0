"""The month as a grid of days, and the times of a day in their parts. Dates only; the zone is the caller's."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol, TypeVar


class Timed(Protocol):
    @property
    def start(self) -> datetime: ...


Slot = TypeVar("Slot", bound=Timed)

_AFTERNOON = 12
_EVENING = 17


@dataclass(frozen=True, slots=True)
class Day:
    """A cell of the grid. ``inside`` is False for the days of the months beside."""

    date: date
    inside: bool
    times: int


@dataclass(frozen=True, slots=True)
class Month:
    """A month as whole weeks. ``before`` and ``after`` are the first days of the months that can be turned to."""

    first: date
    weeks: tuple[tuple[Day, ...], ...]
    before: date | None
    after: date | None


def month_of(
    first: date, days: dict[date, int], *, earliest: date, latest: date, first_weekday: int
) -> Month:
    """The month of ``first`` with how many times each day has; it can be turned from ``earliest`` to ``latest``.

    ``first_weekday``: 0 is Monday.
    """
    first = first.replace(day=1)
    weeks = tuple(
        tuple(
            Day(at, at.month == first.month, days.get(at, 0) if at.month == first.month else 0) for at in week
        )
        for week in calendar.Calendar(first_weekday).monthdatescalendar(first.year, first.month)
    )
    before, after = (first - timedelta(days=1)).replace(day=1), month_after(first)
    return Month(
        first,
        weeks,
        before if before >= earliest.replace(day=1) else None,
        after if after <= latest else None,
    )


def month_after(first: date) -> date:
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1)


def by_day(slots: Iterable[Slot]) -> dict[date, list[Slot]]:
    """Slots by the local date of their start; they come in their zone and ascending."""
    days: dict[date, list[Slot]] = {}
    for slot in slots:
        days.setdefault(slot.start.date(), []).append(slot)
    return days


def by_part(slots: Sequence[Slot]) -> list[tuple[str, list[Slot]]]:
    """The times of a day as morning (before 12), afternoon and evening (from 17); empty parts are left out."""
    parts: dict[str, list[Slot]] = {"morning": [], "afternoon": [], "evening": []}
    for slot in slots:
        hour = slot.start.hour
        part = "morning" if hour < _AFTERNOON else "afternoon" if hour < _EVENING else "evening"
        parts[part].append(slot)
    return [(part, found) for part, found in parts.items() if found]
