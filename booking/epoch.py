"""Instants as whole microseconds since 1970 UTC: as the tables store them, and quick to compute with."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from sync.model.moments import start_of_day, wall_to_instant

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
_DAY = timedelta(days=1)

DAY = _DAY // _TICK
"""24 hours in microseconds."""

MIDNIGHT = time(0, 0)


def micros(moment: datetime) -> int:
    """Microseconds since 1970 of an aware instant; exact. A naive one raises ``TypeError``."""
    return (moment - _EPOCH) // _TICK


def instant(moment: int) -> datetime:
    """The aware UTC instant of microseconds since 1970."""
    return _EPOCH + moment * _TICK


def ticks(length: timedelta) -> int:
    """A length of elapsed time in microseconds."""
    return length // _TICK


@lru_cache(maxsize=50_000)
def day_start(day: date, zone: str) -> int:
    """The instant at which the local day begins."""
    return micros(start_of_day(day, zone))


class LocalDays(NamedTuple):
    """Local days in a row from ``first`` on: when each begins, and at the end when the last one is over.

    ``uneven`` are the indexes of those in which the offset changes. In all others the wall clock counts elapsed time
    from midnight.
    """

    first: date
    size: int
    zone: str
    midnights: tuple[int, ...]
    uneven: frozenset[int]

    def day(self, index: int) -> date:
        return self.first + index * _DAY


# A provider's page asks for the same days as every other's in her zone.
@lru_cache(maxsize=256)
def local_days(first: date, count: int, zone: str) -> LocalDays:
    midnights = tuple(day_start(first + index * _DAY, zone) for index in range(count + 1))
    lengths = (end - start for start, end in pairwise(midnights))
    uneven = frozenset(index for index, length in enumerate(lengths) if length != DAY)
    return LocalDays(first, count, zone, midnights, uneven)


@lru_cache(maxsize=50_000)
def _is_even(day: date, zone: str) -> bool:
    return day_start(day + _DAY, zone) - day_start(day, zone) == DAY


def since_midnight(clock: time) -> int:
    """Microseconds on the wall clock."""
    return ((clock.hour * 60 + clock.minute) * 60 + clock.second) * 1_000_000 + clock.microsecond


def at_wall(day: date, clock: time, zone: str) -> int:
    """The instant of a wall-clock reading: in a gap with the offset before it, of an ambiguous one the first."""
    if _is_even(day, zone):
        return day_start(day, zone) + since_midnight(clock)
    return micros(wall_to_instant(datetime.combine(day, clock), zone))


def wall_span(day: date, start: time, end: time, zone: str) -> tuple[int, int] | None:
    """``[start, end)`` of one local day; an end of 00:00 is the midnight that ends it.

    None if the end is then not after the start: both wall times fell into a gap, or the end was stated first.
    """
    begins = at_wall(day, start, zone)
    ends = day_start(day + _DAY, zone) if end == MIDNIGHT else at_wall(day, end, zone)
    return (begins, ends) if begins < ends else None
