"""What Google says of an event, as a series."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sync.codecs.google import Unreadable, is_cancelled, read_series, series_id, trimmed, uid_of
from sync.model.event import Kind, Response, Series, Status, Transparency
from sync.model.freebusy import BusyPolicy, weight_of
from sync.model.moments import Length, WallTime
from sync.model.occurrences import occurrences
from sync.model.timespan import TimeSpan

DATA = Path(__file__).parents[3] / "data" / "google"
ZONE = "America/New_York"
ITEMS = {item["id"]: item for item in json.loads((DATA / "events_page.json").read_text())["items"]}
HOUR = Length(exact=timedelta(hours=1))


def read(name: str, **changes: object) -> Series:
    return read_series({**ITEMS[name], **changes}, [], zone=ZONE)


def event(name: str, **changes: object) -> Any:
    series = read(name, **changes)
    assert series.master is not None
    assert series.problems == ()
    return series.master


def at(clock: str, zone: str = ZONE) -> dict[str, str]:
    return {"dateTime": clock, "timeZone": zone}


def test_a_timed_event_keeps_its_wall_clock_and_zone() -> None:
    found = event("single01")
    assert found.start == WallTime(datetime(2026, 3, 3, 10), ZONE)
    assert found.length == HOUR
    assert (found.summary, found.location) == ("Dentist", "12 Elm Street")


def test_the_offset_of_a_response_is_that_of_the_calendar_and_the_zone_that_of_the_event() -> None:
    times = {
        "start": at("2026-03-03T10:00:00-05:00", "Europe/Berlin"),
        "end": at("2026-03-03T11:00:00-05:00"),
    }
    assert event("single01", **times).start == WallTime(datetime(2026, 3, 3, 16), "Europe/Berlin")


def test_a_time_without_a_zone_is_read_in_the_calendars() -> None:
    found = event(
        "single01", start={"dateTime": "2026-03-03T15:00:00Z"}, end={"dateTime": "2026-03-03T16:00:00Z"}
    )
    assert found.start == WallTime(datetime(2026, 3, 3, 10), ZONE)


def test_a_zone_nobody_knows_loses_no_instant() -> None:
    found = event("single01", start=at("2026-03-03T10:00:00-05:00", "Mars/Base"))
    assert found.start.instant(ZONE) == datetime(2026, 3, 3, 15, tzinfo=UTC)


def test_the_second_of_two_equal_readings_is_kept_as_an_instant() -> None:
    times = {"start": at("2026-11-01T01:30:00-05:00"), "end": at("2026-11-01T02:30:00-05:00")}
    assert event("single01", **times).start == WallTime(datetime(2026, 11, 1, 6, 30), "UTC")


def test_an_all_day_event_is_dates_with_an_exclusive_end() -> None:
    found = event("allday01")
    assert (found.start, found.length) == (date(2026, 3, 5), Length(days=2))


def test_an_end_that_makes_no_sense_blocks_an_hour_and_says_so() -> None:
    series = read("single01", end=at("2026-03-03T09:00:00-05:00"))
    assert series.master is not None
    assert series.master.length == HOUR
    assert series.problems


def test_an_event_without_a_start_cannot_be_read() -> None:
    with pytest.raises(Unreadable):
        read("single01", start=None)


def test_master_exceptions_and_cancelled_instances_are_one_series_in_any_order() -> None:
    parts = [ITEMS[name] for name in ("weekly01_20260317T140000Z", "weekly01_20260310T140000Z")]
    series = read_series(ITEMS["weekly01"], parts, zone=ZONE)
    assert series == read_series(ITEMS["weekly01"], reversed(parts), zone=ZONE)
    assert [override.event.status for override in series.overrides] == [Status.CONFIRMED, Status.CANCELLED]
    window = TimeSpan(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 5, 30, tzinfo=UTC))
    starts = [item.span.start for item in occurrences(series, window=window, zone=ZONE).items]
    assert starts == [
        datetime(2026, 3, 3, 15, tzinfo=UTC),
        datetime(2026, 3, 11, 19, tzinfo=UTC),
        *(datetime(2026, 3, 31, 14, tzinfo=UTC) + timedelta(weeks=week) for week in range(5)),
    ]


def test_a_changed_occurrence_that_cannot_be_read_leaves_its_old_time_blocked() -> None:
    broken = {**ITEMS["weekly01_20260310T140000Z"], "start": {}}
    series = read_series(ITEMS["weekly01"], [broken], zone=ZONE)
    assert series.overrides == ()
    assert series.problems


def test_an_instance_without_its_master_is_a_series_of_its_own() -> None:
    series = read_series(None, [ITEMS["weekly01_20260310T140000Z"]], zone=ZONE)
    assert series.master is None
    assert [override.event.start for override in series.overrides] == [
        WallTime(datetime(2026, 3, 11, 15), ZONE)
    ]


def test_what_is_left_of_a_series_does_not_hide_the_one_time_it_now_has() -> None:
    left = {
        "id": "single01_20260303T150000Z",
        "status": "cancelled",
        "recurringEventId": "single01",
        "originalStartTime": at("2026-03-03T10:00:00-05:00"),
    }
    assert read_series(ITEMS["single01"], [left], zone=ZONE).overrides == ()


def test_a_line_of_recurrence_that_cannot_be_read_is_a_problem() -> None:
    assert read("weekly01", recurrence=["RRULE:FREQ=WEEKLY", "DTSTART:20260303T100000"]).problems


@pytest.mark.parametrize(
    "name, busy",
    [
        ("single01", True),
        ("private1", True),
        ("invite01", False),
        ("office01", False),
        ("birth001", False),
        ("ooo00001", True),
        ("focus001", True),
        ("gmail001", False),
        ("times001", True),
    ],
)
def test_what_takes_time_is_decided_by_kind_answer_and_transparency(name: str, busy: bool) -> None:
    assert (weight_of(event(name), BusyPolicy()) is not None) is busy


def test_out_of_office_blocks_even_if_it_is_marked_free() -> None:
    found = event("ooo00001", transparency="transparent")
    assert (found.kind, found.transparency) == (Kind.OUT_OF_OFFICE, Transparency.TRANSPARENT)
    assert weight_of(found, BusyPolicy()) is not None


@pytest.mark.parametrize(
    "stated, answer",
    [
        ("accepted", Response.ACCEPTED),
        ("declined", Response.DECLINED),
        ("tentative", Response.TENTATIVE),
        ("needsAction", Response.NEEDS_ACTION),
        ("something else", None),
    ],
)
def test_the_owners_answer_is_her_own_entrys(stated: str, answer: Response | None) -> None:
    attendees = [
        {"email": "bo@example.com", "responseStatus": "declined"},
        {"self": True, "responseStatus": stated},
    ]
    assert event("invite01", attendees=attendees).own_response is answer


def test_who_called_the_meeting_is_not_waiting_for_her_own_answer() -> None:
    own = [{"self": True, "organizer": True, "responseStatus": "needsAction"}]
    assert event("invite01", attendees=own).own_response is None


def test_privacy_and_uncertainty_are_read() -> None:
    found = event("private1")
    assert (found.private, found.status) == (True, Status.TENTATIVE)


def test_html_in_a_description_is_read_as_a_person_sees_it() -> None:
    assert event("html0001").description == "Bring the papers.\nRoom 3 & 4\nagenda (https://example.com/x)"


def test_an_event_of_ours_is_known_by_its_private_property() -> None:
    ours = {**ITEMS["single01"], "extendedProperties": {"private": {"freeholdUid": "single01@freehold"}}}
    assert uid_of(ours) == "single01@freehold"


def test_a_copy_of_an_event_of_ours_is_not_ours() -> None:
    copy = {**ITEMS["single01"], "extendedProperties": {"private": {"freeholdUid": "another1@freehold"}}}
    assert uid_of(copy) == "single01@google.com"


def test_what_is_kept_of_an_event_names_no_other_guest() -> None:
    kept = trimmed(ITEMS["invite01"], frozenset())
    assert kept["attendees"] == [{"self": True, "responseStatus": "declined"}]
    assert "bo@example.com" not in json.dumps(kept)
    assert read_series(kept, [], zone=ZONE) == read("invite01")


def test_an_alias_of_the_owner_counts_where_google_marks_nobody() -> None:
    attendees = [{"email": "Ada@Home.Example", "responseStatus": "declined"}]
    stated = {**ITEMS["invite01"], "attendees": attendees}
    series = read_series(stated, [], zone=ZONE, own_addresses=frozenset({"ada@home.example"}))
    assert series.master is not None
    assert series.master.own_response is Response.DECLINED


def test_a_cancelled_instance_says_so_and_which_series_it_is_of() -> None:
    cancelled = ITEMS["weekly01_20260317T140000Z"]
    assert is_cancelled(cancelled)
    assert series_id(cancelled) == "weekly01"
