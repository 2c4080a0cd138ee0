"""What stands in the sample calendars when the demonstration is first started: a believable few weeks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from sync.codecs.timezones import timezone_lines

ZONE: Final = "America/New_York"
_STAMP: Final = "DTSTAMP:20260101T000000Z"
_MON, _TUE, _WED, _THU, _FRI = range(5)


@dataclass(frozen=True, slots=True)
class SampleCalendar:
    """``path`` is below the server's root; ``events`` are iCalendar objects by file name."""

    path: str
    name: str
    events: Mapping[str, str]


def sample_calendars(today: date) -> tuple[SampleCalendar, ...]:
    """The calendars of both providers, filled around ``today``."""
    monday = today - timedelta(days=today.weekday())
    return (
        SampleCalendar("ada/work", "Work", dict(_ada_work(monday))),
        SampleCalendar("ada/personal", "Personal", dict(_ada_personal(monday))),
        SampleCalendar("grace/practice", "Practice", dict(_grace(monday))),
    )


def timezone_text(year: int) -> str:
    """The zone as a whole iCalendar object, for a calendar's own time zone (RFC 4791 5.2.2)."""
    return _object(year, [])


def _ada_work(monday: date) -> Iterator[tuple[str, str]]:
    team = _event("Team meeting", _at(monday, 1, _TUE, 10), hours=1.5, location="Main office")
    yield _stored("team-meeting", team)
    lunch = _event("Lunch", _at(monday, 0, _MON, 12), hours=1, rule="FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR")
    yield _stored("lunch", lunch)
    usual = _at(monday, 0, _WED, 14)
    moved = _at(monday, 2, _WED, 14)
    yield _stored(
        "supervision",
        _event("Supervision", usual, hours=1, rule="FREQ=WEEKLY;BYDAY=WE"),
        # The third time it is on Thursday, an hour later.
        _event("Supervision", moved + timedelta(days=1, hours=1), hours=1, instead_of=moved),
    )
    fair = _all_day("Health fair in town", _day(monday, 1, _THU), days=1, busy=False)
    yield _stored("health-fair", fair)
    yield _stored("vacation", _all_day("Vacation", _day(monday, 3, _FRI), days=1, busy=True))
    report = _event("Write reports", _at(monday, 1, _FRI, 15), hours=2, busy=False)
    yield _stored("write-reports", report)


def _ada_personal(monday: date) -> Iterator[tuple[str, str]]:
    yield _stored("dentist", _event("Dentist", _at(monday, 1, _MON, 15.5), hours=0.75))
    yield _stored("choir", _event("Choir", _at(monday, 0, _TUE, 16.5), hours=2, rule="FREQ=WEEKLY;BYDAY=TU"))


def _grace(monday: date) -> Iterator[tuple[str, str]]:
    yield _stored("lecture", _event("Evening lecture", _at(monday, 1, _WED, 18), hours=2))


def _day(monday: date, week: int, weekday: int) -> date:
    return monday + timedelta(weeks=week, days=weekday)


def _at(monday: date, week: int, weekday: int, hour: float) -> datetime:
    """A wall clock in ``ZONE``; half past ten is 10.5."""
    return datetime.combine(_day(monday, week, weekday), time()) + timedelta(hours=hour)


def _event(
    title: str,
    start: datetime,
    *,
    hours: float,
    busy: bool = True,
    rule: str = "",
    location: str = "",
    instead_of: datetime | None = None,
) -> list[str]:
    return [
        f"DTSTART;TZID={ZONE}:{start:%Y%m%dT%H%M%S}",
        f"DTEND;TZID={ZONE}:{start + timedelta(hours=hours):%Y%m%dT%H%M%S}",
        *([f"RECURRENCE-ID;TZID={ZONE}:{instead_of:%Y%m%dT%H%M%S}"] if instead_of else []),
        *([f"RRULE:{rule}"] if rule else []),
        *([f"LOCATION:{location}"] if location else []),
        *_common(title, busy=busy),
    ]


def _all_day(title: str, first: date, *, days: int, busy: bool) -> list[str]:
    return [
        f"DTSTART;VALUE=DATE:{first:%Y%m%d}",
        f"DTEND;VALUE=DATE:{first + timedelta(days=days):%Y%m%d}",
        *_common(title, busy=busy),
    ]


def _common(title: str, *, busy: bool) -> list[str]:
    return [f"SUMMARY:{title}", f"TRANSP:{'OPAQUE' if busy else 'TRANSPARENT'}", _STAMP]


def _stored(name: str, *events: list[str]) -> tuple[str, str]:
    """One object of a series or a single event, with the name of the file it is stored as."""
    uid = f"UID:demo-{name}@freehold.example"
    year = min(int(line.rpartition(":")[2][:4]) for event in events for line in event[:1])
    body = [["BEGIN:VEVENT", uid, *event, "END:VEVENT"] for event in events]
    return f"{name}.ics", _object(year, [line for event in body for line in event])


def _object(year: int, lines: list[str]) -> str:
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Freehold//demonstration//EN"]
    return "".join(f"{line}\r\n" for line in [*head, *timezone_lines(ZONE, year), *lines, "END:VCALENDAR"])
