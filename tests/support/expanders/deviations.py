"""Where other expanders leave RFC 5545: one row for each class, with the clause and a rule that shows it today.

docs/recurrence.md prints these rows; a test takes each example again, so that a row nobody needs any more is seen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from tests.support.expanders.rules import RuleCase

Parts = dict[str, str]
_DATE_PARTS = ("BYMONTH", "BYWEEKNO", "BYYEARDAY", "BYMONTHDAY")


@dataclass(frozen=True, slots=True)
class Deviation:
    """``covers`` is as narrow as is known: what it does not cover has to agree."""

    library: str
    name: str
    clause: str
    says: str
    rule: str
    first: str
    covers: Callable[[Parts], bool]

    @property
    def example(self) -> RuleCase:
        first = datetime.fromisoformat(self.first)
        return RuleCase(self.rule, first, first.replace(year=first.year + 6))


def _days(parts: Parts) -> list[str]:
    return parts.get("BYDAY", "").split(",") if "BYDAY" in parts else []


def _ordinals(parts: Parts) -> list[int]:
    return [int(day[:-2]) for day in _days(parts) if len(day) > 2]


def _mixed(parts: Parts) -> bool:
    return len({len(day) > 2 for day in _days(parts)}) == 2


def _negative_limit(parts: Parts) -> bool:
    return parts["FREQ"] in ("DAILY", "HOURLY", "MINUTELY") and _negative(parts)


def _negative(parts: Parts) -> bool:
    return "-" in parts.get("BYMONTHDAY", "")


def _has_times(parts: Parts) -> bool:
    return bool({"BYHOUR", "BYMINUTE", "BYSECOND"} & parts.keys())


def _several_date_parts(parts: Parts) -> bool:
    return "BYYEARDAY" in parts and len([name for name in (*_DATE_PARTS, "BYDAY") if name in parts]) > 1


def _month_left_open(parts: Parts) -> bool:
    return parts["FREQ"] == "YEARLY" and "BYMONTHDAY" in parts and "BYMONTH" not in parts


DEVIATIONS = (
    Deviation(
        "dateutil", "plain and numbered weekdays in one BYDAY", "3.3.10, BYDAY",
        "only days that are both remain; the list means either",
        "FREQ=MONTHLY;BYDAY=SU,2FR", "2026-01-04T09:00", _mixed,
    ),
    Deviation(
        "dateutil", "BYSETPOS in the week of DTSTART", "3.3.10, \"starts at the beginning of the interval\"",
        "the set of the first week is counted from DTSTART",
        "FREQ=WEEKLY;BYDAY=TH,SA,SU;BYSETPOS=2", "2026-05-16T09:00",
        lambda parts: parts["FREQ"] == "WEEKLY" and "BYSETPOS" in parts,
    ),
    Deviation(
        "dateutil", "weeks that cross the new year", "3.3.10, \"weeks of the year\"",
        "days of week 1 in December belong to the year that ends, and negative numbers miss them",
        "FREQ=YEARLY;INTERVAL=2;BYWEEKNO=1;BYDAY=MO", "2024-01-01T09:00", lambda parts: "BYWEEKNO" in parts,
    ),
    Deviation(
        "dateutil", "BYWEEKNO without a day", "3.3.10, \"derived from the Start Time\"",
        "all seven days of the week, not the weekday of DTSTART",
        "FREQ=YEARLY;BYWEEKNO=20", "2026-05-13T09:00", lambda parts: "BYWEEKNO" in parts and "BYDAY" not in parts,
    ),
    Deviation(
        "libical", "BYSETPOS", "3.3.10, BYSETPOS",
        "picks among days, not among times of day, is passed over below the week, and counts from DTSTART at first",
        "FREQ=DAILY;BYHOUR=9,12,15;BYSETPOS=2", "2026-03-02T12:00", lambda parts: "BYSETPOS" in parts,
    ),
    Deviation(
        "libical", "negative BYMONTHDAY as a limit", "3.3.10, table",
        "is taken for no day at all, or the rule is searched without end",
        "FREQ=DAILY;BYMONTHDAY=-1,5", "2026-01-31T09:00", _negative_limit,
    ),
    Deviation(
        "libical", "BYMONTHDAY in a yearly rule", "3.3.10, table: Expand",
        "only in the month of DTSTART; the table expands the year",
        "FREQ=YEARLY;BYMONTHDAY=15", "2026-03-15T09:00", _month_left_open,
    ),
    Deviation(
        "libical", "BYYEARDAY or BYWEEKNO beside another part for days", "3.3.10, \"applied in the following order\"",
        "is not implemented: nothing at all, not even DTSTART",
        "FREQ=YEARLY;BYYEARDAY=100,200;BYMONTHDAY=10", "2026-04-10T09:00",
        lambda parts: _several_date_parts(parts) or "BYWEEKNO" in parts,
    ),
    Deviation(
        "libical", "lists out of order", "3.3.10: a list is a set",
        "instances come in the order of the list, so that UNTIL cuts the wrong ones off",
        "FREQ=DAILY;BYHOUR=15,9;UNTIL=20260303T100000", "2026-03-02T09:00", lambda _: False,
    ),
    Deviation(
        "ical.js", "BYSETPOS", "3.3.10, BYSETPOS",
        "picks among days of a month or year but not among times of day, and is passed over in weeks and below",
        "FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=-1", "2026-03-06T09:00", lambda parts: "BYSETPOS" in parts,
    ),
    Deviation(
        "ical.js", "negative BYMONTHDAY as a limit", "3.3.10, table",
        "is taken for no day at all, or the rule is searched without end",
        "FREQ=DAILY;BYMONTHDAY=-1,5", "2026-01-31T09:00", _negative_limit,
    ),
    Deviation(
        "ical.js", "negative BYMONTHDAY beside BYMONTH or BYDAY", "3.3.10, BYMONTHDAY",
        "gives another day, or DTSTART is lost",
        "FREQ=YEARLY;BYMONTH=3,4,8;BYMONTHDAY=-31", "2026-03-01T09:00", _negative,
    ),
    Deviation(
        "ical.js", "numbered weekdays or times of day in a monthly rule with BYDAY", "3.3.10, BYDAY",
        "some are refused, and beside times of day the first of the month comes in",
        "FREQ=MONTHLY;BYDAY=1FR,-1FR;BYHOUR=9,15", "2026-01-30T09:00",
        lambda parts: parts["FREQ"] == "MONTHLY" and "BYDAY" in parts and (bool(_ordinals(parts)) or _has_times(parts)),
    ),
    Deviation(
        "ical.js", "BYMONTHDAY in a yearly rule", "3.3.10, table: Expand",
        "only in the month of DTSTART; the table expands the year",
        "FREQ=YEARLY;BYMONTHDAY=15", "2026-03-15T09:00", _month_left_open,
    ),
    Deviation(
        "ical.js", "BYWEEKNO", "3.3.10, BYWEEKNO",
        "is passed over beside BYDAY, gives nothing without it, and is refused beside BYMONTHDAY",
        "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "2026-05-11T09:00", lambda parts: "BYWEEKNO" in parts,
    ),
    Deviation(
        "ical.js", "BYYEARDAY beside another part for days", "3.3.10, \"applied in the following order\"",
        "is refused",
        "FREQ=YEARLY;BYYEARDAY=100,200;BYMONTHDAY=10", "2026-04-10T09:00", _several_date_parts,
    ),
    Deviation(
        "ical.js", "numbered BYDAY in a yearly rule", "3.3.10, BYDAY; errata 1913 and 3779",
        "numbers above five are passed over, and numbered days come out of order beside others",
        "FREQ=YEARLY;BYDAY=-20TU", "2026-08-18T09:00",
        lambda parts: parts["FREQ"] == "YEARLY" and bool(_ordinals(parts)),
    ),
    Deviation(
        "ical.js", "INTERVAL of a monthly rule beside BYMONTH", "3.3.10, INTERVAL",
        "is passed over: every month of BYMONTH is taken",
        "FREQ=MONTHLY;INTERVAL=4;BYMONTH=1,4,5,10", "2026-01-17T09:00",
        lambda parts: parts["FREQ"] == "MONTHLY" and "INTERVAL" in parts and "BYMONTH" in parts,
    ),
    Deviation(
        "ical.js", "times of day in a yearly rule", "3.3.10, table: Expand",
        "only the first time of a day is taken",
        "FREQ=YEARLY;BYMONTH=4,6;BYHOUR=9,15", "2026-04-01T09:00",
        lambda parts: parts["FREQ"] == "YEARLY" and _has_times(parts),
    ),
    Deviation(
        "ical.js", "lists out of order", "3.3.10: a list is a set",
        "instances come in the order of the list, so that UNTIL cuts the wrong ones off",
        "FREQ=DAILY;BYHOUR=15,9;UNTIL=20260303T100000", "2026-03-02T09:00", lambda _: False,
    ),
)  # fmt: skip


def class_of(library: str, case: RuleCase) -> Deviation | None:
    """The first known class that a disagreement of ``library`` about ``case`` falls in."""
    return next((row for row in DEVIATIONS if row.library == library and row.covers(case.parts)), None)
