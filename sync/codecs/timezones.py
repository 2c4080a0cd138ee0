"""The VTIMEZONE that goes with every TZID we write (RFC 5545 3.6.5, RFC 4791 4.1), made from the IANA data."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from sync.codecs.values import write_clock
from sync.model.recurrence import WEEKDAYS

_YEARS = 10
_DAY = timedelta(days=1)
_LONG_AGO = "19700101T000000"

_Change = tuple[datetime, timedelta, timedelta, str, bool]
"""Wall clock before the change, offsets before and after, the new name, whether it is summer time."""


@lru_cache(maxsize=512)
def timezone_lines(zone: str, year: int) -> tuple[str, ...]:
    """Unfolded lines that hold for times from ``year`` on: yearly rules where they hold, else ten years of dates."""
    info = ZoneInfo(zone)
    changes = [
        change for at in range(max(1971, year - 1), min(9998, year + _YEARS)) for change in _changes(info, at)
    ]
    lines = ["BEGIN:VTIMEZONE", f"TZID:{zone}"]
    if not changes:
        at = datetime(max(1971, year), 1, 1, tzinfo=UTC).astimezone(info)
        lines += _observance(False, _LONG_AGO, _offset(at), _offset(at), at.tzname() or zone, "")
    for group in _groups(changes):
        first, before, after, name, summer = group[0]
        rule = _rule(group)
        if not rule and len(group) > 1:
            rule = "RDATE:" + ",".join(write_clock(change[0]) for change in group[1:])
        lines += _observance(summer, write_clock(first), before, after, name, rule)
    return (*lines, "END:VTIMEZONE")


def _observance(
    summer: bool, start: str, before: timedelta, after: timedelta, name: str, rule: str
) -> list[str]:
    kind = "DAYLIGHT" if summer else "STANDARD"
    lines = [
        f"BEGIN:{kind}",
        f"DTSTART:{start}",
        f"TZOFFSETFROM:{_signed(before)}",
        f"TZOFFSETTO:{_signed(after)}",
    ]
    return [*lines, f"TZNAME:{name}", *([rule] if rule else []), f"END:{kind}"]


def _changes(zone: ZoneInfo, year: int) -> list[_Change]:
    """The changes of offset in one year, each found to the second."""
    found = []
    day, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    while day < end:
        if _offset(day.astimezone(zone)) != _offset((day + _DAY).astimezone(zone)):
            low, high = day, day + _DAY
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                middle = middle.replace(microsecond=0)
                same = _offset(middle.astimezone(zone)) == _offset(low.astimezone(zone))
                low, high = (middle, high) if same else (low, middle)
            before, after = _offset(low.astimezone(zone)), _offset(high.astimezone(zone))
            local = high.astimezone(zone)
            found.append(
                ((high + before).replace(tzinfo=None), before, after, local.tzname() or "", _is_summer(local))
            )
        day += _DAY
    return found


def _groups(changes: list[_Change]) -> list[list[_Change]]:
    """Changes of one kind together: same offsets, name and, where a rule could hold, same month."""
    groups: dict[tuple[timedelta, timedelta, str, bool], list[_Change]] = {}
    for change in changes:
        groups.setdefault(change[1:], []).append(change)
    return list(groups.values())


def _rule(group: list[_Change]) -> str:
    """``RRULE`` if the change comes every year on the same weekday of the month at the same time."""
    clocks = [change[0] for change in group]
    years = [clock.year for clock in clocks]
    if len(group) < _YEARS or years != list(range(years[0], years[0] + len(group))):
        return ""
    first = clocks[0]
    if any(
        (clock.month, clock.weekday(), clock.time()) != (first.month, first.weekday(), first.time())
        for clock in clocks
    ):
        return ""
    for ordinal, of in (
        (-1, _from_end),
        (1, _from_start),
        (2, _from_start),
        (3, _from_start),
        (4, _from_start),
    ):
        if all(of(clock) == abs(ordinal) for clock in clocks):
            return f"RRULE:FREQ=YEARLY;BYMONTH={first.month};BYDAY={ordinal}{WEEKDAYS[first.weekday()]}"
    return ""


def _from_start(clock: datetime) -> int:
    return (clock.day - 1) // 7 + 1


def _from_end(clock: datetime) -> int:
    return (monthrange(clock.year, clock.month)[1] - clock.day) // 7 + 1


def _offset(at: datetime) -> timedelta:
    return at.utcoffset() or timedelta(0)


def _is_summer(at: datetime) -> bool:
    return bool(at.dst())


def _signed(offset: timedelta) -> str:
    seconds = int(offset.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("+", seconds)
    text = f"{sign}{seconds // 3600:02}{seconds % 3600 // 60:02}"
    return text + (f"{seconds % 60:02}" if seconds % 60 else "")
