"""A series as bodies for Google: what is written, and that reading it back means the same."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.codecs.google import read_series
from sync.codecs.google_write import NotWritable, master_patch, new_event, overrides_to_write
from sync.model.event import Event, Override, Recurrence, Series, Status, Transparency
from sync.model.fingerprint import fingerprint
from sync.model.moments import Length, Moment, WallTime

ZONE = "America/New_York"
START = WallTime(datetime(2026, 3, 3, 10), ZONE)
HOUR = Length(exact=timedelta(hours=1))
PLAIN = Event(START, HOUR, summary="Request: GH", status=Status.TENTATIVE, private=True)


def series(event: Event = PLAIN, **rest: Any) -> Series:
    return Series("name@freehold", event, **rest)


def read_back(written: Series) -> Series:
    return read_series({"iCalUID": "name@google.com", **new_event("name", written, ZONE)}, [], zone=ZONE)


def rule_written(rule: str, start: Moment = START) -> str:
    length = HOUR if isinstance(start, WallTime) else Length(days=1)
    body = new_event("name", series(Event(start, length), recurrence=Recurrence((rule,))), ZONE)
    return str(body["recurrence"][0])


def test_a_request_names_its_time_its_marks_and_nobody() -> None:
    assert new_event("name", series(), ZONE) == {
        "id": "name",
        "extendedProperties": {"private": {"freeholdUid": "name@freehold"}},
        "start": {"dateTime": "2026-03-03T10:00:00-05:00", "timeZone": ZONE},
        "end": {"dateTime": "2026-03-03T11:00:00-05:00", "timeZone": ZONE},
        "summary": "Request: GH",
        "status": "tentative",
        "transparency": "opaque",
        "visibility": "private",
    }


def test_an_all_day_event_is_written_as_dates_with_an_exclusive_end() -> None:
    body = new_event("name", series(Event(date(2026, 3, 3), Length(days=2))), ZONE)
    assert (body["start"], body["end"]) == ({"date": "2026-03-03"}, {"date": "2026-03-05"})


def test_a_floating_time_is_written_in_the_calendars_zone() -> None:
    body = new_event("name", series(Event(WallTime(datetime(2026, 3, 3, 10)), HOUR)), ZONE)
    assert body["start"] == {"dateTime": "2026-03-03T10:00:00-05:00", "timeZone": ZONE}


def test_an_event_over_the_change_of_clocks_ends_when_it_should() -> None:
    start = WallTime(datetime(2026, 3, 8, 1, 30), ZONE)
    body = new_event("name", series(Event(start, HOUR)), ZONE)
    assert body["end"] == {"dateTime": "2026-03-08T03:30:00-04:00", "timeZone": ZONE}


@pytest.mark.parametrize(
    "until, written",
    [
        ("20260430T100000", "20260430T140000Z"),
        ("20260430T140000Z", "20260430T140000Z"),
        ("20260430", "20260501T035959Z"),
    ],
)
def test_until_of_a_timed_series_is_written_in_utc(until: str, written: str) -> None:
    assert (
        rule_written(f"FREQ=WEEKLY;UNTIL={until};BYDAY=TU") == f"RRULE:FREQ=WEEKLY;UNTIL={written};BYDAY=TU"
    )


@pytest.mark.parametrize("until", ["20260430", "20260430T000000", "20260430T000000Z"])
def test_until_of_an_all_day_series_is_written_as_a_date(until: str) -> None:
    assert rule_written(f"FREQ=DAILY;UNTIL={until}", date(2026, 3, 3)) == "RRULE:FREQ=DAILY;UNTIL=20260430"


def test_excluded_and_extra_dates_name_their_zone() -> None:
    recurrence = Recurrence(
        ("FREQ=WEEKLY",),
        ((WallTime(datetime(2026, 3, 4, 10), ZONE), None),),
        (WallTime(datetime(2026, 3, 10, 10), ZONE),),
    )
    assert new_event("name", series(recurrence=recurrence), ZONE)["recurrence"] == [
        "RRULE:FREQ=WEEKLY",
        "RDATE;TZID=America/New_York:20260304T100000",
        "EXDATE;TZID=America/New_York:20260310T100000",
    ]


def test_an_open_ended_change_has_no_form_at_google() -> None:
    later = Override(START, PLAIN, this_and_future=True)
    with pytest.raises(NotWritable):
        new_event("name", series(recurrence=Recurrence(("FREQ=WEEKLY",)), overrides=(later,)), ZONE)


def test_nothing_is_patched_where_nothing_differs() -> None:
    assert master_patch(series(), series(replace(PLAIN, own_response=None, categories=("x",))), ZONE) == {}


@pytest.mark.parametrize(
    "change, patch",
    [
        ({"summary": "GH", "status": Status.CONFIRMED}, {"summary": "GH", "status": "confirmed"}),
        ({"description": "x"}, {"description": "x"}),
        ({"transparency": Transparency.TRANSPARENT}, {"transparency": "transparent"}),
        ({"private": False}, {"visibility": "default"}),
    ],
)
def test_only_what_differs_is_patched(change: dict[str, Any], patch: dict[str, Any]) -> None:
    assert master_patch(series(), series(replace(PLAIN, **change)), ZONE) == patch


def test_a_text_that_is_taken_away_is_patched_to_nothing() -> None:
    assert master_patch(series(replace(PLAIN, location="Room 3")), series(), ZONE) == {"location": ""}


def test_a_move_to_whole_days_takes_the_time_out() -> None:
    patch = master_patch(
        series(), series(replace(PLAIN, start=date(2026, 3, 3), length=Length(days=1))), ZONE
    )
    assert patch == {
        "start": {"date": "2026-03-03", "dateTime": None, "timeZone": None},
        "end": {"date": "2026-03-04", "dateTime": None, "timeZone": None},
    }


def test_a_series_that_happens_once_now_loses_its_recurrence() -> None:
    assert master_patch(series(recurrence=Recurrence(("FREQ=WEEKLY",))), series(), ZONE) == {
        "recurrence": None
    }


def test_an_override_that_is_no_longer_wanted_goes_back_to_the_rule() -> None:
    moved = Override(START, replace(PLAIN, summary="Moved"))
    rule = Recurrence(("FREQ=WEEKLY",))
    current, target = series(recurrence=rule, overrides=(moved,)), series(recurrence=rule)
    assert overrides_to_write(current, target) == [(moved, Override(START, PLAIN))]


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="<>&"), max_size=40)
CLOCKS = st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1)).map(
    lambda clock: clock.replace(microsecond=0)
)
ZONES = st.sampled_from([ZONE, "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"])
TIMED = st.builds(WallTime, CLOCKS, ZONES)
LENGTHS = st.integers(0, 3 * 24 * 60).map(lambda minutes: Length(exact=timedelta(minutes=minutes)))
DAYS = st.builds(
    Event, st.dates(date(2000, 1, 1), date(2060, 1, 1)), st.integers(1, 9).map(lambda n: Length(days=n))
)
EVENTS = st.one_of(st.builds(Event, TIMED, LENGTHS), DAYS)


@st.composite
def written_events(draw: st.DrawFn) -> Event:
    return replace(
        draw(EVENTS),
        summary=draw(TEXTS),
        description=draw(TEXTS),
        location=draw(TEXTS),
        status=draw(st.sampled_from([Status.CONFIRMED, Status.TENTATIVE])),
        transparency=draw(st.sampled_from(Transparency)),
        private=draw(st.booleans()),
    )


def settled(event: Event) -> Series:
    """As Google has it after one round: a time in the gap has moved, and stays where it is from then on."""
    return read_back(series(event))


@given(written_events())
def test_what_google_gives_back_needs_no_further_write(event: Event) -> None:
    once = settled(event)
    assert fingerprint(read_back(once)) == fingerprint(once)
    assert master_patch(once, read_back(once), ZONE) == {}


@given(written_events(), written_events())
def test_a_patch_turns_one_event_into_the_other(before: Event, after: Event) -> None:
    current, target = settled(before), settled(after)
    assert current.master is not None
    body: dict[str, Any] = {"iCalUID": "name@google.com", **new_event("name", current, ZONE)}
    for name, value in master_patch(current, target, ZONE).items():
        body[name] = {k: v for k, v in value.items() if v is not None} if isinstance(value, dict) else value
    assert fingerprint(read_series(body, [], zone=ZONE)) == fingerprint(target)
