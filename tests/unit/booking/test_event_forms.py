from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from booking.event_forms import EventForm, read_event
from booking.events import Wanted
from booking.refusals import Refused
from sync.model.event import Transparency
from sync.model.moments import Length, WallTime

ZONE = "America/New_York"
NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
TEN = datetime(2026, 3, 3, 10, tzinfo=ZoneInfo(ZONE))
FORM = EventForm(title=" Dentist ", start=TEN, end=TEN + timedelta(hours=1))


def read(**changes: Any) -> Wanted:
    return read_event(replace(FORM, **changes), zone=ZONE, now=NOW)


def fields(**changes: Any) -> list[str]:
    with pytest.raises(Refused) as refused:
        read(**changes)
    return [error.field for error in refused.value.errors]


def test_an_instant_becomes_the_wall_clock_of_the_provider() -> None:
    wanted = read(start=TEN.astimezone(UTC), end=TEN.astimezone(UTC) + timedelta(hours=1))
    assert wanted == Wanted(
        "Dentist",
        WallTime(datetime(2026, 3, 3, 10), ZONE),
        Length(exact=timedelta(hours=1)),
        Transparency.OPAQUE,
    )


def test_a_wall_clock_is_read_in_the_zone_beside_it() -> None:
    start = datetime(2026, 3, 3, 10)
    wanted = read(start=start, end=start + timedelta(hours=1), timezone="Europe/Berlin")
    assert wanted.start == WallTime(start, "Europe/Berlin")


def test_a_wall_clock_without_its_zone_is_refused() -> None:
    start = datetime(2026, 3, 3, 10)
    assert fields(start=start, end=start + timedelta(hours=1)) == ["start"]


def test_dates_are_all_day_and_the_end_is_exclusive() -> None:
    wanted = read(start=date(2026, 3, 3), end=date(2026, 3, 5))
    assert (wanted.start, wanted.length) == (date(2026, 3, 3), Length(days=2))


def test_a_night_over_the_change_of_clocks_has_its_true_length() -> None:
    start, end = datetime(2026, 3, 7, 22), datetime(2026, 3, 8, 8)
    wanted = read(start=start, end=end, timezone=ZONE)
    assert wanted.length == Length(exact=timedelta(hours=9))


@pytest.mark.parametrize(
    "changes, wrong",
    [
        ({"title": "  "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"end": TEN}, "end"),
        ({"end": TEN + timedelta(days=400)}, "end"),
        ({"start": TEN.replace(year=2060), "end": TEN.replace(year=2060, hour=11)}, "start"),
        ({"start": date(2026, 3, 3)}, "start"),
        ({"all_day": True}, "start"),
        ({"start": date(2026, 3, 3), "end": date(2026, 3, 4), "all_day": False}, "start"),
        ({"start": date(2026, 3, 3), "end": date(2026, 3, 3)}, "end"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"transparency": "busy"}, "transparency"),
        ({"rrule": "FREQ=SOMETIMES"}, "rrule"),
        ({"rrule": "FREQ=HOURLY"}, "rrule"),
        ({"rrule": "FREQ=DAILY;BYHOUR=9,10"}, "rrule"),
        ({"rrule": "FREQ=DAILY;COUNT=100000"}, "rrule"),
        ({"rrule": "FREQ=DAILY;COUNT=3;UNTIL=20260401"}, "rrule"),
        ({"rrule": "FREQ=WEEKLY;BYDAY=MO"}, "rrule"),
        ({"rrule": "FREQ=DAILY;UNTIL=20260302"}, "rrule"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, Any], wrong: str) -> None:
    assert fields(**changes) == [wrong]


def test_everything_that_is_wrong_is_told_at_once() -> None:
    assert fields(title="", end=TEN, timezone="Mars/Olympus") == ["title", "timezone", "end"]


@pytest.mark.parametrize(
    "given, kept",
    [
        ("FREQ=WEEKLY;COUNT=4", "FREQ=WEEKLY;COUNT=4"),
        ("RRULE:freq=weekly; interval=2", "FREQ=WEEKLY;INTERVAL=2"),
        ("FREQ=DAILY;UNTIL=20260310", "FREQ=DAILY;UNTIL=20260311T035959Z"),
        ("FREQ=DAILY;UNTIL=20260310T100000", "FREQ=DAILY;UNTIL=20260310T140000Z"),
    ],
)
def test_a_rule_ends_in_the_form_that_goes_with_its_start(given: str, kept: str) -> None:
    assert read(rrule=given).rule == kept


def test_a_rule_of_days_ends_with_a_day() -> None:
    wanted = read(start=date(2026, 3, 3), end=date(2026, 3, 4), rrule="FREQ=DAILY;UNTIL=20260310T100000Z")
    assert wanted.rule == "FREQ=DAILY;UNTIL=20260310"


def test_an_empty_rule_is_none() -> None:
    assert read(rrule="").rule is None
