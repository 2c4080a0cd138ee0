"""Dates, wall-clock times and nominal lengths as iCalendar and Google state them (RFC 5545 3.3.4-3.3.6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, order=True)
class WallTime:
    """A wall-clock reading. ``zone`` is an IANA name (``"UTC"`` for a trailing Z); ``None`` means floating.

    A floating time is read in the calendar's zone, then the provider's: the reader passes it as ``default``.
    """

    clock: datetime
    zone: str | None = None

    def __post_init__(self) -> None:
        if self.clock.tzinfo is not None:
            raise ValueError("WallTime.clock is naive by definition; put the zone into WallTime.zone")

    def instant(self, default: str) -> datetime:
        """The UTC instant. In a gap the offset before it holds, an ambiguous time is the first (RFC 5545 3.3.5)."""
        return wall_to_instant(self.clock, self.zone or default)


Moment = date | WallTime
"""A DATE (never a ``datetime``) or a DATE-TIME."""


@dataclass(frozen=True, slots=True)
class Length:
    """How long an event is: ``days`` are nominal (the wall clock stays), ``exact`` is elapsed time (RFC 5545 3.3.6)."""

    days: int = 0
    exact: timedelta = timedelta(0)


def wall_to_instant(clock: datetime, zone: str) -> datetime:
    """The UTC instant of a naive wall-clock reading in an IANA zone.

    A reading inside a gap uses the offset before the gap; of an ambiguous one the first is meant (RFC 5545 3.3.5).
    ``fold=0`` of PEP 495 is exactly both. Within a day of the years 1 and 9999 the offset may not fit: it is left out.
    """
    try:
        return clock.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)
    except OverflowError:
        return clock.replace(tzinfo=UTC, fold=0)


def instant_to_wall(instant: datetime, zone: str) -> datetime:
    """The naive wall-clock reading of an instant in an IANA zone."""
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)


@lru_cache(maxsize=2048)
def start_of_day(day: date, zone: str) -> datetime:
    """The UTC instant at which the local day begins."""
    return wall_to_instant(datetime(day.year, day.month, day.day), zone)  # noqa: DTZ001 - naive wall clock by contract
