"""Single values in plain form. A reader returns the typed value or raises ``Wrong``, which tells the mend."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar

from booking.practice import WEEKDAYS

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)
Read = Callable[[object], T]

MIDNIGHT = time(0, 0)
LONGEST = timedelta(days=730)
_UNITS = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_DURATION = re.compile(r"(\d{1,9})([mhdw])", re.ASCII)
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class Wrong(ValueError):
    """What is wrong with one value, in a sentence that names the mend."""


def told(value: object) -> str:
    """The value as a message shows it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return f"the number {value}"
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= 60 else f'"{value[:57]}..."'
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, (date, time)):
        return f"the {type(value).__name__} {value.isoformat()}"
    return type(value).__name__


def a_text(longest: int = 200, *, empty: bool = False) -> Read[str]:
    """Text in one line without control characters, at most ``longest`` characters."""

    def read(value: object) -> str:
        if not isinstance(value, str):
            raise Wrong(f"a text in quotes is expected, not {told(value)}")
        if _CONTROL.search(value):
            raise Wrong("line breaks and control characters are not allowed here")
        if len(value) > longest:
            raise Wrong(f"at most {longest} characters are allowed, not {len(value)}")
        if not empty and not value.strip():
            raise Wrong("must not be empty")
        return value

    return read


def a_passage(longest: int) -> Read[str]:
    """Text in any number of lines, at most ``longest`` characters; it may be empty. Line ends become LF."""

    def read(value: object) -> str:
        if not isinstance(value, str):
            raise Wrong(f"a text in quotes is expected, not {told(value)}")
        text = value.replace("\r\n", "\n").strip()
        if _CONTROL.search(text.replace("\n", "").replace("\t", "")):
            raise Wrong("control characters are not allowed here")
        if len(text) > longest:
            raise Wrong(f"at most {longest} characters are allowed, not {len(text)}")
        return text

    return read


def a_flag(value: object) -> bool:
    if not isinstance(value, bool):
        hint = ", without quotes" if isinstance(value, str) and value.lower() in ("true", "false") else ""
        raise Wrong(f"true or false is expected{hint}, not {told(value)}")
    return value


def a_whole(low: int, high: int) -> Read[int]:
    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            hint = " without quotes" if isinstance(value, str) and value.strip().isdecimal() else ""
            raise Wrong(f"a whole number{hint} is expected, not {told(value)}")
        if not low <= value <= high:
            raise Wrong(f"must be from {low} to {high}, not {value}")
        return value

    return read


def a_share(value: object) -> float:
    """A share of one, such as 0.7; 0 and 1 included."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Wrong(f"a share from 0.0 to 1.0 is expected, not {told(value)}")
    if not 0 <= value <= 1:
        mend = f"; for {value:g} % write {value / 100:g}" if 1 < value <= 100 else ""
        raise Wrong(f"must be from 0.0 to 1.0, not {value:g}{mend}")
    return float(value)


def one_of(*words: str) -> Read[str]:
    def read(value: object) -> str:
        if not isinstance(value, str) or value not in words:
            raise Wrong(f"must be one of {', '.join(words)}, not {told(value)}")
        return value

    return read


def a_member(kind: type[E]) -> Read[E]:
    """A member of the enumeration, by its value."""
    read_word = one_of(*kind)
    return lambda value: kind(read_word(value))


def a_duration(low: timedelta = timedelta(0), high: timedelta = LONGEST) -> Read[timedelta]:
    """``15m``, ``24h``, ``2d``, ``1w``; a day is 24 hours."""

    def read(value: object) -> timedelta:
        match = _DURATION.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            if isinstance(value, int) and not isinstance(value, bool):
                raise Wrong(f'a duration has a unit: write "{value}m", "{value}h" or "{value}d"')
            raise Wrong(
                f'a duration is a whole number with m, h, d or w, such as "15m" or "24h", not {told(value)}'
            )
        # Counted in whole minutes: nine digits of weeks are more than a timedelta holds.
        minutes = int(match[1]) * (_UNITS[match[2]] // _UNITS["m"])
        if not low // _UNITS["m"] <= minutes <= high // _UNITS["m"]:
            raise Wrong(f"must be from {duration_text(low)} to {duration_text(high)}, not {value}")
        return timedelta(minutes=minutes)

    return read


def a_number_of_days(low: int, high: int) -> Read[int]:
    """A duration of whole days, as their number."""
    read_duration = a_duration(timedelta(0), timedelta(days=99_999))

    def read(value: object) -> int:
        days, rest = divmod(read_duration(value), _UNITS["d"])
        if rest:
            raise Wrong(f'must be whole days, such as "60d", not {told(value)}')
        if not low <= days <= high:
            raise Wrong(f"must be from {low}d to {high}d, not {value}")
        return days

    return read


def duration_text(value: timedelta) -> str:
    """The duration in its one canonical spelling: days from two days on, else hours, else minutes."""
    for unit, least in (("d", timedelta(days=2)), ("h", timedelta(hours=1))):
        if value >= least and not value % _UNITS[unit]:
            return f"{value // _UNITS[unit]}{unit}"
    return f"{value // _UNITS['m']}m"


def a_clock(value: object) -> time:
    """A wall-clock time ``HH:MM``; TOML's own time is taken too."""
    if isinstance(value, time):
        if value.second or value.microsecond:
            raise Wrong(f"times are whole minutes, not {value.isoformat()}")
        return value
    match = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        if value == "24:00":
            raise Wrong('"24:00" can only be an end; a time at midnight is "00:00"')
        raise Wrong(f'a time is written "HH:MM", such as "09:00", not {told(value)}')
    return time(int(match[1]), int(match[2]))


def an_end(value: object) -> time:
    """A wall-clock end. ``24:00``, midnight at the end of the day, is ``time(0, 0)``."""
    return MIDNIGHT if value == "24:00" else a_clock(value)


def clock_text(value: time) -> str:
    return value.strftime("%H:%M")


def end_text(value: time) -> str:
    return "24:00" if value == MIDNIGHT else clock_text(value)


def ends_after(start: time, end: time) -> bool:
    """Whether the wall-clock span is not empty; an end of 00:00 is midnight at the end of the day."""
    return end == MIDNIGHT or start < end


def a_date(value: object) -> date:
    """A date, TOML's own or ``YYYY-MM-DD`` in quotes."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise Wrong(f"{value} is not a date of the calendar") from error
    raise Wrong(f"a date is written 2026-12-24, not {told(value)}")


def a_weekday(value: object) -> int:
    """``date.weekday()`` of a day name."""
    if isinstance(value, str) and value in WEEKDAYS:
        return WEEKDAYS.index(value)
    short = value.strip().lower()[:2] if isinstance(value, str) else ""
    hint = f', did you mean "{short}"?' if short in WEEKDAYS else ""
    raise Wrong(f"days are {', '.join(WEEKDAYS)}, not {told(value)}{hint}")


def weekday_names(days: frozenset[int]) -> list[str]:
    return [WEEKDAYS[day] for day in sorted(days)]
