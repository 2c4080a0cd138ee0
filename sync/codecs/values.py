"""Single values of content lines: times, durations, text (RFC 5545 3.3)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from sync.codecs.lines import Line
from sync.codecs.quirks import time_in_extended_form
from sync.model.moments import Length, Moment, WallTime

ZoneOf = Callable[[str, int], str | None]
"""TZID and year to an IANA name; None to read the time as floating."""

LONGEST = timedelta(days=36_525)
_DURATION = re.compile(
    r"([+-]?)P(?:(\d{1,8})W)?(?:(\d{1,8})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?", re.ASCII
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_LIST = re.compile(r"(?:[^\\,]|\\.)+", re.DOTALL)
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


def read_moment(value: str, tzid: str, zone_of: ZoneOf) -> Moment:
    """A DATE or DATE-TIME by its shape, whatever VALUE says. Raises ValueError, also outside of years 2 to 9799."""
    value = value.strip()
    if (
        len(value) in (15, 16)
        and value[8] in "Tt"
        and value[:8].isdigit()
        and value[9:15].isdigit()
        and value.isascii()
    ):
        if value[9:11] > "23":
            raise ValueError("it is no time")
        seconds = value[13:15] if value[13] < "6" else "59"
        clock = datetime.fromisoformat(f"{value[:8]}T{value[9:13]}{seconds}")
        if len(value) == 15:
            moment, stated = WallTime(clock), False
        elif value[15] in "Zz":
            moment, stated = WallTime(clock, "UTC"), True
        else:
            raise ValueError("it is no time")
    else:
        found = time_in_extended_form(value)
        if found is None:
            raise ValueError("it is no time")
        if not isinstance(found[0], WallTime):
            return _within(found[0])
        moment, stated = found[0], found[1]
    _within(moment.clock.date())
    if stated or not tzid:
        return moment
    return WallTime(moment.clock, zone_of(tzid, moment.clock.year))


def moment_of(line: Line, zone_of: ZoneOf) -> Moment:
    return read_moment(line.value, line.parameter("TZID"), zone_of)


def _within(day: date) -> date:
    if not 1 < day.year < 9800:  # any event may last a century
        raise ValueError("it is in no year that can be reckoned with")
    return day


def read_duration(text: str) -> Length:
    """Weeks and days are nominal, the rest is exact. Raises ValueError for negative, empty and endless ones."""
    text = text.strip().upper()
    found = _DURATION.fullmatch(text)
    if found is None or text[-1] in "PT" or found[1] == "-":
        raise ValueError("it is no length")
    weeks, days, hours, minutes, seconds = (int(group or 0) for group in found.groups()[1:])
    length = Length(weeks * 7 + days, timedelta(hours=hours, minutes=minutes, seconds=seconds))
    if timedelta(days=min(length.days, 99_999)) + length.exact > LONGEST:
        raise ValueError("it is longer than a century")
    return length


def read_text(value: str) -> str:
    if "\\" not in value:
        return value
    return _ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)


def read_list(value: str) -> list[str]:
    """Comma-separated texts, unescaped."""
    return [read_text(piece) for piece in _LIST.findall(value)]


def write_text(text: str) -> str:
    return text.translate(_ESCAPED)


def write_duration(length: Length) -> str:
    """``P1D``, ``PT1H30M``; an empty length is ``PT0S``."""
    seconds = int(length.exact.total_seconds())
    hours, minutes, seconds = seconds // 3600, seconds % 3600 // 60, seconds % 60
    clock = "".join(
        f"{number}{unit}" for number, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if number
    )
    if not length.days:
        return f"PT{clock or '0S'}"
    return f"P{length.days}D" + (f"T{clock}" if clock else "")


def write_date(day: date) -> str:
    return f"{day.year:04}{day.month:02}{day.day:02}"


def write_clock(clock: datetime) -> str:
    return f"{write_date(clock)}T{clock.hour:02}{clock.minute:02}{clock.second:02}"


def write_instant(instant: datetime) -> str:
    return write_clock(instant.astimezone(UTC)) + "Z"


def write_moment(moment: Moment) -> tuple[str, str]:
    """The parameters (``;TZID=Europe/Berlin``) and the value."""
    if not isinstance(moment, WallTime):
        return ";VALUE=DATE", write_date(moment)
    if moment.zone == "UTC":
        return "", write_clock(moment.clock) + "Z"
    return f";TZID={moment.zone}" if moment.zone else "", write_clock(moment.clock)
