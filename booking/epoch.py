"""Instants as whole microseconds since 1970 UTC: as the tables store them, and quick to compute with."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

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
    return _EPOCH + timedelta(microseconds=moment)


def ticks(length: timedelta) -> int:
    """A length of elapsed time in microseconds."""
    return length // _TICK


@lru_cache(maxsize=50_000)
def day_start(day: date, zone: str) -> int:
    """The instant at which the local day begins."""
    return micros(start_of_day(day, zone))


@lru_cache(maxsize=50_000)
def _plain_day(day: date, zone: str) -> bool:
    """True if the offset is the same all day, so that the wall clock counts elapsed time from midnight."""
    return day_start(day + _DAY, zone) - day_start(day, zone) == DAY


def at_wall(day: date, clock: time, zone: str) -> int:
    """The instant of a wall-clock reading: in a gap with the offset before it, of an ambiguous one the first."""
    if _plain_day(day, zone):
        seconds = (clock.hour * 60 + clock.minute) * 60 + clock.second
        return day_start(day, zone) + seconds * 1_000_000 + clock.microsecond
    return micros(wall_to_instant(datetime.combine(day, clock), zone))


def wall_span(day: date, start: time, end: time, zone: str) -> tuple[int, int] | None:
    """``[start, end)`` of one local day; an end of 00:00 is the midnight that ends it.

    None if the end is then not after the start: both wall times fell into a gap, or the end was stated first.
    """
    begins = at_wall(day, start, zone)
    ends = day_start(day + _DAY, zone) if end == MIDNIGHT else at_wall(day, end, zone)
    return (begins, ends) if begins < ends else None
