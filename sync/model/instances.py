"""Where one instance lies: its key, its span, and how a rule's naive starts become moments again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sync.model.event import Override
from sync.model.moments import Length, Moment, WallTime, instant_to_wall, start_of_day, wall_to_instant
from sync.model.timespan import TimeSpan

_DAY = timedelta(days=1)
EARLIEST, LATEST = datetime(2, 1, 1), datetime(9998, 12, 31)  # noqa: DTZ001 - naive wall clocks by contract


def shifted(clock: datetime, by: timedelta) -> datetime:
    """``clock + by``, kept inside the years that arithmetic with zones can stand."""
    if 100 < clock.year < 9800 and abs(by.days) < 36_525:
        return clock + by
    first, last = EARLIEST.replace(tzinfo=clock.tzinfo), LATEST.replace(tzinfo=clock.tzinfo)
    try:
        return min(max(clock + by, first), last)
    except OverflowError:
        return last if by > timedelta(0) else first


def clock_of(moment: Moment) -> datetime:
    """The naive wall clock; midnight of a date."""
    return moment.clock if isinstance(moment, WallTime) else datetime.combine(moment, time())


def like(pattern: Moment, clock: datetime) -> Moment:
    """``clock`` as a moment of the kind and zone of ``pattern``."""
    return WallTime(clock, pattern.zone) if isinstance(pattern, WallTime) else clock.date()


def readings(pattern: Moment, clock: datetime, zone: str) -> tuple[Moment, ...]:
    """``like``, and the second instant of an ambiguous time: what happens every hour happens in that hour too."""
    if not isinstance(pattern, WallTime):
        return (clock.date(),)
    first = WallTime(clock, pattern.zone)
    again = clock.replace(tzinfo=ZoneInfo(pattern.zone or zone), fold=1).astimezone(UTC)
    if again <= first.instant(zone):
        return (first,)
    return first, WallTime(again.replace(tzinfo=None), "UTC")


def aligned(pattern: Moment, moment: Moment) -> Moment:
    """``moment`` in the kind and zone of ``pattern``: a DATE among date-times is that day at its time, else its day.

    A time of another zone stays what it is where the wall clock of ``pattern`` would mean another instant.
    """
    if isinstance(pattern, WallTime) and not isinstance(moment, WallTime):
        return WallTime(datetime.combine(moment, pattern.clock.time()), pattern.zone)
    if not isinstance(moment, WallTime):
        return moment
    if not isinstance(pattern, WallTime):
        return moment.clock.date()
    if pattern.zone is None or moment.zone in (None, pattern.zone):
        return moment
    instant = moment.instant(pattern.zone)
    there = WallTime(instant_to_wall(instant, pattern.zone), pattern.zone)
    return there if there.instant(pattern.zone) == instant else moment


def instant_of(moment: Moment, zone: str) -> datetime:
    return moment.instant(zone) if isinstance(moment, WallTime) else start_of_day(moment, zone)


def instant_key(instant: datetime) -> str:
    return instant.isoformat()[:19].replace("-", "").replace(":", "") + "Z"


def date_key(day: date) -> str:
    return day.isoformat().replace("-", "")


def key_of(recurrence_id: Moment, first: Moment, zone: str) -> str:
    """The canonical recurrence id in a series that starts with ``first``: ``20240311T090000Z`` or ``20240311``.

    Clients mix forms: a DATE among date-times names the instance of that local day and has 8 digits; among dates
    a date-time stands for its day, a UTC one for the local day if it is no midnight itself.
    """
    if not isinstance(recurrence_id, WallTime):
        return date_key(recurrence_id)
    if isinstance(first, WallTime):
        return instant_key(recurrence_id.instant(first.zone or zone))
    clock = recurrence_id.clock
    if recurrence_id.zone == "UTC" and clock.time() != time():
        clock = instant_to_wall(clock.replace(tzinfo=UTC), zone)
    return date_key(clock.date())


def span_of(moment: Moment, length: Length, zone: str) -> TimeSpan | None:
    """The time from ``moment`` on; None if it takes none. Dates run from local midnight to local midnight.

    A floating time is all wall clock, its length too: it ends when clocks show its end.
    """
    start = instant_of(moment, zone)
    if not isinstance(moment, WallTime):
        end = start_of_day(shifted(clock_of(moment), _DAY * max(1, length.days)).date(), zone)
    elif moment.zone is None:
        return _span(start, wall_to_instant(shifted(moment.clock, _DAY * length.days + length.exact), zone))
    elif length.days:
        end = wall_to_instant(shifted(moment.clock, _DAY * length.days), moment.zone)
    else:
        end = start
    if length.exact:
        end = shifted(end, length.exact)
    return _span(start, end)


def _span(start: datetime, end: datetime) -> TimeSpan | None:
    return TimeSpan(start, end) if start < end else None


def shift_of(override: Override, zone: str) -> timedelta:
    """How far a THISANDFUTURE override moves the wall clock of the later instances (RFC 5545 3.2.13).

    Measured between what clocks show, so that a time in a gap counts as the one it is read as.
    """
    start, was = override.event.start, override.recurrence_id
    if isinstance(start, WallTime) and isinstance(was, WallTime):
        own = start.zone or zone
        return instant_to_wall(start.instant(zone), own) - instant_to_wall(was.instant(zone), own)
    return clock_of(start) - clock_of(was)


def moved(moment: Moment, override: Override, shift: timedelta, zone: str) -> Moment:
    """The start of a later instance under a THISANDFUTURE override; ``shift`` is that of ``shift_of``."""
    start = override.event.start
    clock = clock_of(moment)
    if isinstance(start, WallTime) and isinstance(moment, WallTime) and start.zone != moment.zone:
        clock = instant_to_wall(moment.instant(zone), start.zone or zone)
    return like(start, shifted(clock, shift))


def until_check(until: Moment | None, first: Moment, zone: str) -> Callable[[datetime], bool]:
    """Whether a wall-clock start is still allowed by UNTIL, which is inclusive.

    UTC compares instants, a local time wall clocks. A DATE among date-times holds to the end of that day; a
    date-time among dates holds for its day, in UTC for the local day too, for clients write local midnight in UTC.
    """
    if until is None:
        return lambda _clock: True
    if not isinstance(until, WallTime):
        return lambda clock: clock.date() <= until
    if isinstance(first, WallTime):
        if until.zone is None:
            return lambda clock: clock <= until.clock
        own, last = first.zone or zone, until.instant(zone)
        return lambda clock: wall_to_instant(clock, own) <= last
    day = until.clock.date()
    if until.zone is not None:
        day = max(day, instant_to_wall(until.instant(zone), zone).date())
    return lambda clock: clock.date() <= day
