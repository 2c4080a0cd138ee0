"""What a recurrence rule says (RFC 5545 3.3.10), read from its text. Expansion is in ``starts``."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import IntEnum
from functools import lru_cache
from math import prod

from sync.model.moments import Moment, WallTime

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class BadRule(ValueError):
    """The text is no rule of RFC 5545; the message says why."""


class Frequency(IntEnum):
    YEARLY = 0
    MONTHLY = 1
    WEEKLY = 2
    DAILY = 3
    HOURLY = 4
    MINUTELY = 5
    SECONDLY = 6


@dataclass(frozen=True, slots=True)
class Rule:
    """The parts of one RRULE; empty tuples mean "not given". ``weekdays`` are (ordinal or 0, Monday = 0)."""

    frequency: Frequency
    interval: int = 1
    count: int | None = None
    until: Moment | None = None
    months: tuple[int, ...] = ()
    week_numbers: tuple[int, ...] = ()
    year_days: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    weekdays: tuple[tuple[int, int], ...] = ()
    hours: tuple[int, ...] = ()
    minutes: tuple[int, ...] = ()
    seconds: tuple[int, ...] = ()
    positions: tuple[int, ...] = ()
    week_start: int = 0

    @property
    def product(self) -> int:
        """How many combinations the lists of the rule span: its work for one period."""
        lists = (self.months, self.week_numbers, self.year_days, self.month_days, self.weekdays)
        return prod(max(1, len(values)) for values in lists) * self.times_a_day

    @property
    def times_a_day(self) -> int:
        """How many times of day its BYHOUR, BYMINUTE and BYSECOND span; 1 without them."""
        return prod(max(1, len(values)) for values in (self.hours, self.minutes, self.seconds))

    @property
    def has_lists(self) -> bool:
        """Whether any BYxxx part is given."""
        days = (self.months, self.week_numbers, self.year_days, self.month_days, self.weekdays)
        return any((*days, self.hours, self.minutes, self.seconds, self.positions))

    @property
    def misused(self) -> str:
        """The part that RFC 5545 3.3.10 forbids at this frequency, so that nothing is agreed on what it means."""
        if self.week_numbers and self.frequency is not Frequency.YEARLY:
            return "BYWEEKNO without FREQ=YEARLY"
        if self.year_days and Frequency.MONTHLY <= self.frequency <= Frequency.DAILY:
            return f"BYYEARDAY with FREQ={self.frequency.name}"
        if self.month_days and self.frequency is Frequency.WEEKLY:
            return "BYMONTHDAY with FREQ=WEEKLY"
        if self.week_numbers and any(ordinal for ordinal, _ in self.weekdays):
            return "BYWEEKNO with a numbered BYDAY"
        return ""

    def explicit(self, start: datetime) -> Rule:
        """The same rule with everything written out that it takes from DTSTART (RFC 5545 3.3.10, last paragraphs)."""
        changes: dict[str, object] = {}
        no_day = not (self.week_numbers or self.year_days or self.month_days or self.weekdays)
        if self.frequency is Frequency.YEARLY and no_day:
            changes["months"] = self.months or (start.month,)
            changes["month_days"] = (start.day,)
        elif self.frequency is Frequency.MONTHLY and no_day:
            changes["month_days"] = (start.day,)
        elif (self.frequency is Frequency.WEEKLY and no_day) or (
            self.week_numbers and not (self.year_days or self.month_days or self.weekdays)
        ):
            changes["weekdays"] = ((0, start.weekday()),)
        if self.frequency < Frequency.HOURLY:
            changes["hours"] = self.hours or (start.hour,)
        if self.frequency < Frequency.MINUTELY:
            changes["minutes"] = self.minutes or (start.minute,)
        if self.frequency < Frequency.SECONDLY:
            changes["seconds"] = self.seconds or (start.second,)
        return replace(self, **changes)  # type: ignore[arg-type]


_LISTS = {
    "BYMONTH": ("months", 1, 12, False),
    "BYWEEKNO": ("week_numbers", 1, 53, True),
    "BYYEARDAY": ("year_days", 1, 366, True),
    "BYMONTHDAY": ("month_days", 1, 31, True),
    "BYHOUR": ("hours", 0, 23, False),
    "BYMINUTE": ("minutes", 0, 59, False),
    "BYSECOND": ("seconds", 0, 60, False),
    "BYSETPOS": ("positions", 1, 366, True),
}
_WEEKDAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)
_UNTIL = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?(Z?))?", re.ASCII)
_LONGEST = 4_000
_SHORT = 200
"""Rules up to this length are kept once read: a calendar holds few different ones, each of them many times."""


def parse_rule(text: str) -> Rule:
    """Read an RRULE value without its name. Raises BadRule; unknown parts are errors, ``X-`` parts are not.

    A local or DATE ``UNTIL`` stays what it is (WallTime without zone, date); one with Z has the zone UTC.
    """
    return _known_rule(text) if len(text) <= _SHORT else _parsed(text)


@lru_cache(maxsize=1024)
def _known_rule(text: str) -> Rule:
    return _parsed(text)


def _parsed(text: str) -> Rule:
    if len(text) > _LONGEST:
        raise BadRule("the rule is too long")
    parts: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.upper().removeprefix("RRULE:").split(";"))):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or not value or name in parts:
            raise BadRule(f"{part[:40]!r} cannot be read")
        parts[name] = value
    fields: dict[str, object] = {}
    for name, value in parts.items():
        if name in _LISTS:
            field, low, high, signed = _LISTS[name]
            fields[field] = _numbers(name, value, low, high, signed)
        elif not name.startswith("X-"):
            fields.update(_single(name, value))
    if "frequency" not in fields:
        raise BadRule("it has no FREQ")
    return Rule(**fields)  # type: ignore[arg-type]


def _single(name: str, value: str) -> dict[str, object]:
    match name:
        case "FREQ" if value in Frequency.__members__:
            return {"frequency": Frequency[value]}
        case "INTERVAL" | "COUNT":
            return {name.lower(): _positive(name, value)}
        case "UNTIL":
            return {"until": _until(value)}
        case "WKST" if value in WEEKDAYS:
            return {"week_start": WEEKDAYS.index(value)}
        case "BYDAY":
            return {"weekdays": _weekdays(value)}
        case "RSCALE" if value == "GREGORIAN":  # RFC 7529: says what holds anyway
            return {}
        case "SKIP" if value == "OMIT":
            return {}
    raise BadRule(f"{name[:20]}={value[:40]} cannot be read")


def _positive(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= 10 and int(value) > 0):
        raise BadRule(f"{name}={value[:20]} is no positive number")
    return int(value)


def _numbers(name: str, value: str, low: int, high: int, signed: bool) -> tuple[int, ...]:
    numbers = set()
    for piece in value.split(","):
        piece = piece.strip()
        digits = piece.lstrip("+-") if signed else piece
        if not (digits.isascii() and digits.isdigit() and len(piece) <= 4 and low <= int(digits) <= high):
            raise BadRule(f"{name}={piece[:20]} is out of range")
        numbers.add(-int(digits) if piece.startswith("-") else int(digits))
    return tuple(sorted(min(number, 59) if name == "BYSECOND" else number for number in numbers))


def _weekdays(value: str) -> tuple[tuple[int, int], ...]:
    days = set()
    for piece in value.split(","):
        found = _WEEKDAY.fullmatch(piece.strip())
        if found is None or (found[1] and not 1 <= abs(int(found[1])) <= 53):
            raise BadRule(f"BYDAY={piece[:20]} cannot be read")
        days.add((int(found[1] or 0), WEEKDAYS.index(found[2])))
    return tuple(sorted(days))


def _until(value: str) -> Moment:
    found = _UNTIL.fullmatch(value)
    try:
        if found is None:
            raise ValueError(value)
        year, month, day, hour, minute, second = (int(group or 0) for group in found.groups()[:6])
        if found[4] is None:
            return date(year, month, day)
        clock = datetime(year, month, day, hour, minute, min(second, 59))  # noqa: DTZ001 - naive wall clock by contract
        return WallTime(clock, "UTC" if found[7] else None)
    except ValueError as error:
        raise BadRule(f"UNTIL={value[:20]} is no date") from error
