"""Where other expanders leave RFC 5545 with whole objects, as ``deviations`` has it for rules alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tests.support.expanders.objects import DEFAULT, Change, Lasting, ObjectCase, Spans, Stated

Answer = Spans | str


@dataclass(frozen=True, slots=True)
class ObjectDeviation:
    """``covers`` sees the case, what the text gives, and what the library found or why it found nothing."""

    library: str
    name: str
    clause: str
    says: str
    example: ObjectCase
    covers: Callable[[ObjectCase, Spans, Answer], bool]


_HOUR = timedelta(hours=1)
_NEAR = timedelta(hours=2)
_NIGHT = datetime(2026, 3, 28, 22, 45)
_BEFORE_GAP, _TWICE = datetime(2026, 3, 28, 2, 30), datetime(2026, 10, 25, 2, 30)
_DATES = Lasting("DTEND", 1)


def _has_period(case: ObjectCase) -> bool:
    return any(minutes for _, minutes in case.extra)


def _about_the_night(case: ObjectCase, wanted: Spans, found: Answer) -> bool:
    """The same starts with other ends, or spans about a change of the clocks that are others or gone."""
    if isinstance(found, str) or case.all_day:
        return False
    zone = ZoneInfo(case.zone or DEFAULT)
    return {begin for begin, _ in wanted} == {begin for begin, _ in found} or all(
        (begin - _NEAR).astimezone(zone).utcoffset() != (end + _NEAR).astimezone(zone).utcoffset()
        for begin, end in set(wanted) ^ set(found)
    )


def _at_night(case: ObjectCase, wanted: Spans, found: Answer) -> bool:
    """DTSTART's time of day is one that may not exist or come twice."""
    return (
        not isinstance(found, str) and case.zone != "UTC" and 1 <= case.first.hour <= 3 and not case.all_day
    )


OBJECT_DEVIATIONS = (
    ObjectDeviation(
        "recurring-ical-events", "elapsed time over the night the clocks change", "3.3.6; 3.8.5.3, exact duration",
        "hours are added on the wall clock, so that an event through that night ends an hour off",
        ObjectCase("Europe/Berlin", _NIGHT, Lasting("DURATION", 0, 5 * _HOUR), rule="FREQ=DAILY", count=3),
        _about_the_night,
    ),
    ObjectDeviation(
        "recurring-ical-events", "an extra period under THISANDFUTURE", "3.2.13, \"all subsequent instances\"",
        "keeps a length of its own; the text gives every later instance the new length",
        ObjectCase(
            "UTC", datetime(2026, 3, 2, 9), Lasting("DTEND", 0, _HOUR), rule="FREQ=WEEKLY", count=4,
            extra=((Stated(datetime(2026, 3, 18, 9)), 120),),
            changes=(Change(Stated(datetime(2026, 3, 9, 9)), datetime(2026, 3, 9, 10), 30, future=True),),
        ),
        lambda case, wanted, found: _has_period(case) and any(change.future for change in case.changes),
    ),
    ObjectDeviation(
        "recurring-ical-events", "THISANDFUTURE over the night the clocks change",
        "3.2.13, \"the same time difference\"",
        "the difference is taken in elapsed time, so that later instances start an hour off on the wall clock",
        ObjectCase(
            "America/New_York", datetime(2026, 3, 7, 1, 30), Lasting("DTEND", 0, _HOUR), rule="FREQ=WEEKLY", count=3,
            changes=(Change(Stated(datetime(2026, 3, 7, 1, 30), "UTC"), datetime(2026, 3, 9, 3, 30), 60, future=True),),
        ),
        lambda case, wanted, found: any(change.future for change in case.changes),
    ),
    ObjectDeviation(
        "ical.js", "RDATE with a period", "3.8.5.2",
        "a period comes out of its iterator where a start is expected",
        ObjectCase(
            "UTC", datetime(2026, 3, 2, 9), Lasting("DTEND", 0, _HOUR), extra=((Stated(datetime(2026, 3, 4, 9)), 120),)
        ),
        lambda case, wanted, found: _has_period(case),
    ),
    ObjectDeviation(
        "ical.js", "RDATE without RRULE", "3.8.5.3: DTSTART is the first instance",
        "the instance at DTSTART is lost",
        ObjectCase(None, datetime(2026, 3, 2), _DATES, all_day=True, extra=((Stated(datetime(2026, 3, 4)), None),)),
        lambda case, wanted, found: not case.rule and bool(case.extra),
    ),
    ObjectDeviation(
        "ical.js", "elapsed time over the night the clocks change", "3.3.6; 3.8.5.3, exact duration",
        "hours are added on the wall clock, so that an event through that night ends an hour off",
        ObjectCase("Europe/Berlin", _NIGHT, Lasting("DURATION", 0, 5 * _HOUR), rule="FREQ=DAILY", count=3),
        _about_the_night,
    ),
    ObjectDeviation(
        "ical.js", "a DTSTART in the gap or of the hour that comes twice", "3.3.5; erratum 4271",
        "in the gap the offset after it is taken, of two instants the second",
        ObjectCase("Europe/Berlin", _TWICE, Lasting("DTEND", 0, _HOUR), rule="FREQ=DAILY", count=2),
        _at_night,
    ),
    ObjectDeviation(
        "ical.js", "THISANDFUTURE", "3.2.13",
        "only a start is moved: a cancelled change does not end the series, and one named in UTC is not found",
        ObjectCase(
            "Europe/Berlin", datetime(2026, 3, 2, 9), Lasting("DTEND", 0, _HOUR), rule="FREQ=WEEKLY", count=4,
            changes=(Change(Stated(datetime(2026, 3, 9, 9), "UTC"), datetime(2026, 3, 9, 11), 60, future=True),),
        ),
        lambda case, wanted, found: any(change.future for change in case.changes),
    ),
    ObjectDeviation(
        "ical.js", "EXDATE and RDATE of one instance", "3.8.5.3: EXDATE takes precedence",
        "the instance is taken out once and stays once more",
        ObjectCase(
            None, datetime(2026, 3, 2), _DATES, all_day=True, rule="FREQ=DAILY", count=4,
            extra=((Stated(datetime(2026, 3, 3)), None),), excluded=(Stated(datetime(2026, 3, 3)),),
        ),
        lambda case, wanted, found: bool({at.clock for at, _ in case.extra} & {at.clock for at in case.excluded}),
    ),
    ObjectDeviation(
        "libical", "dates", "3.6.1: DTEND of a DATE is exclusive",
        "an all-day event ends a day and a second wrong: 23:59:59 of the day of DTEND",
        ObjectCase(None, datetime(2026, 3, 2), _DATES, all_day=True, rule="FREQ=WEEKLY", count=2),
        lambda case, wanted, found: case.all_day,
    ),
    ObjectDeviation(
        "libical", "RDATE with a period", "3.8.5.2",
        "is passed over",
        ObjectCase(
            "UTC", datetime(2026, 3, 2, 9), Lasting("DTEND", 0, _HOUR), extra=((Stated(datetime(2026, 3, 4, 9)), 120),)
        ),
        lambda case, wanted, found: _has_period(case),
    ),
    ObjectDeviation(
        "libical", "RDATE in local time", "3.8.5.2; 3.3.5, form 3",
        "its wall clock is read as UTC",
        ObjectCase(
            "Europe/Berlin", datetime(2026, 3, 2, 9), Lasting("DTEND", 0, _HOUR),
            extra=((Stated(datetime(2026, 3, 4, 15)), None),),
        ),
        lambda case, wanted, found: case.zone not in (None, "UTC") and any(at.form == "own" for at, _ in case.extra),
    ),
    ObjectDeviation(
        "libical", "a start in the gap", "3.3.5, \"nonexistent local time\"; erratum 4271",
        "moves every later start by the width of the gap",
        ObjectCase("Europe/Berlin", _BEFORE_GAP, Lasting("DTEND", 0, _HOUR), rule="FREQ=DAILY", count=4),
        _at_night,
    ),
    ObjectDeviation(
        "libical", "nominal days", "3.3.6, \"nominal\"; 3.8.5.3",
        "a DURATION of days is elapsed time, and days and hours are not told apart",
        ObjectCase("Europe/Berlin", datetime(2026, 3, 28, 12), Lasting("DURATION", 1), rule="FREQ=DAILY", count=3),
        _about_the_night,
    ),
)  # fmt: skip


def object_class_of(library: str, case: ObjectCase, wanted: Spans, found: Answer) -> ObjectDeviation | None:
    """The first known class that a disagreement falls in."""
    rows = (row for row in OBJECT_DEVIATIONS if row.library == library)
    return next((row for row in rows if row.covers(case, wanted, found)), None)
