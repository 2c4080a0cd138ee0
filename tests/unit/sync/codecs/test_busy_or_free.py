"""What takes time, said once and read from iCalendar and from Google alike; the second occurrence is overridden."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from sync.codecs.google import read_series
from sync.codecs.ical import read_object
from sync.model.freebusy import BusyPolicy, Reading, Weight
from sync.model.occurrences import busy_intervals
from sync.model.timespan import TimeSpan

ZONE = "Europe/Berlin"
OWN = frozenset({"ada@home.example"})
YEAR = TimeSpan(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
PLAIN, FREE = BusyPolicy(), BusyPolicy(tentative=Reading.FREE, unanswered=Reading.FREE)
BOTH, FIRST, SECOND, NONE = ["03-02", "03-09"], ["03-02"], ["03-09"], []
FIRST_LINE, SECOND_LINE = (f"DTSTART;TZID=Europe/Berlin:202603{day}T090000" for day in ("02", "09"))
Fields = dict[str, object]


def answered(partstat: str) -> str:
    return f"ATTENDEE;PARTSTAT={partstat}:mailto:ada@home.example"


def response(status: str) -> Fields:
    return {"attendees": [{"self": True, "responseStatus": status}, {"email": "bo@example.org"}]}


@dataclass(frozen=True)
class Row:
    """Lines and fields of the series and of its second occurrence, and the days that are then taken."""

    days: list[str]
    lines: tuple[str, ...] = ()
    second: tuple[str, ...] = ()
    fields: Fields = field(default_factory=dict)
    second_fields: Fields = field(default_factory=dict)
    policy: BusyPolicy = PLAIN


TABLE = {
    "nothing said": Row(BOTH),
    "opaque": Row(BOTH, ("TRANSP:OPAQUE",), fields={"transparency": "opaque"}),
    "transparent": Row(
        NONE, ("TRANSP:TRANSPARENT",), ("TRANSP:TRANSPARENT",),
        {"transparency": "transparent"}, {"transparency": "transparent"},
    ),
    "one occurrence transparent": Row(
        FIRST, second=("TRANSP:TRANSPARENT",), second_fields={"transparency": "transparent"}
    ),
    "a transparent series, one occurrence opaque": Row(
        SECOND, ("TRANSP:TRANSPARENT",), ("TRANSP:OPAQUE",),
        {"transparency": "transparent"}, {"transparency": "opaque"},
    ),
    "one occurrence cancelled": Row(FIRST, second=("STATUS:CANCELLED",), second_fields={"status": "cancelled"}),
    "one occurrence declined": Row(
        FIRST, (answered("ACCEPTED"),), (answered("DECLINED"),), response("accepted"), response("declined")
    ),
    "declined, one occurrence accepted": Row(
        SECOND, (answered("DECLINED"),), (answered("ACCEPTED"),), response("declined"), response("accepted")
    ),
    "tentative blocks": Row(BOTH, ("STATUS:TENTATIVE",), fields={"status": "tentative"}),
    "tentative is free to those who wish it": Row(
        SECOND, ("STATUS:TENTATIVE",), fields={"status": "tentative"}, policy=FREE
    ),
    "answered with perhaps": Row(SECOND, (answered("TENTATIVE"),), fields=response("tentative"), policy=FREE),
    "an unanswered invitation blocks": Row(BOTH, (answered("NEEDS-ACTION"),), fields=response("needsAction")),
    "an unanswered invitation is free to those who wish it": Row(
        SECOND, (answered("NEEDS-ACTION"),), fields=response("needsAction"), policy=FREE
    ),
}  # fmt: skip


def of_ical(row: Row, first=FIRST_LINE, again=SECOND_LINE, length="DURATION:PT1H"):
    was = again.replace("DTSTART", "RECURRENCE-ID")
    lines = [
        "BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:u", first, length, "RRULE:FREQ=WEEKLY;COUNT=2", *row.lines,
        "END:VEVENT",
        "BEGIN:VEVENT", "UID:u", was, again, length, *row.second, "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip
    return read_object("\r\n".join(lines), own_addresses=OWN)


def at(day: int, hour: int) -> Fields:
    return {"dateTime": f"2026-03-{day:02}T{hour:02}:00:00+01:00", "timeZone": ZONE}


def of_google(row: Row):
    master = {"id": "m", "iCalUID": "u", "status": "confirmed", "start": at(2, 9), "end": at(2, 10),
              "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=2"]} | row.fields  # fmt: skip
    second = {"id": "m_2", "status": "confirmed", "recurringEventId": "m", "originalStartTime": at(9, 9),
              "start": at(9, 9), "end": at(9, 10)} | row.second_fields  # fmt: skip
    return read_series(master, [second], zone=ZONE, own_addresses=OWN)


def taken(series, policy, zone=ZONE):
    found = busy_intervals(series, window=YEAR, zone=zone, policy=policy)
    assert all(item.weight is Weight.BUSY for item in found)
    return [f"{item.span.start:%m-%d}" for item in found]


@pytest.mark.parametrize("codec", [of_ical, of_google])
@pytest.mark.parametrize("name", TABLE)
def test_the_days_that_are_taken(name, codec):
    assert taken(codec(TABLE[name]), TABLE[name].policy) == TABLE[name].days


@pytest.mark.parametrize(
    "status, days",
    [("FREE", FIRST), ("BUSY", BOTH), ("TENTATIVE", BOTH), ("OOF", BOTH), ("WORKINGELSEWHERE", BOTH)],
)
def test_outlooks_word_for_one_occurrence_frees_it_only_where_it_is_free(status, days):
    row = Row(days, second=("TRANSP:OPAQUE", f"X-MICROSOFT-CDO-BUSYSTATUS:{status}"))
    assert taken(of_ical(row), BusyPolicy()) == days


@pytest.mark.parametrize(
    "zone, first", [("Pacific/Kiritimati", "2026-03-01T10:00"), ("Pacific/Pago_Pago", "2026-03-02T11:00")]
)
def test_an_all_day_series_takes_the_local_days_of_the_calendar_on_either_side_of_the_date_line(zone, first):
    series = of_ical(
        Row(BOTH), "DTSTART;VALUE=DATE:20260302", "DTSTART;VALUE=DATE:20260309", "DTEND;VALUE=DATE:20260303"
    )
    busy = busy_intervals(series, window=YEAR, zone=zone, policy=BusyPolicy())
    assert f"{busy[0].span.start:%Y-%m-%dT%H:%M}" == first
    assert {item.span.length.total_seconds() for item in busy} == {86_400}


@pytest.mark.parametrize("kind, days", [("workingLocation", NONE), ("birthday", NONE), ("focusTime", BOTH)])
def test_googles_kinds_are_those_of_each_part(kind, days):
    row = Row(days, fields={"eventType": kind}, second_fields={"eventType": kind})
    assert taken(of_google(row), BusyPolicy()) == days


def test_out_of_office_takes_time_though_it_is_transparent():
    away = {"eventType": "outOfOffice", "transparency": "transparent"}
    assert taken(of_google(Row(BOTH, fields=away, second_fields=away)), BusyPolicy()) == BOTH
