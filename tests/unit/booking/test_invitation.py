"""The event of a request, and what a provider says by changing it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.invitation import Decision, event_for, label, read_decision, span_of
from booking.requests import Status
from booking.rules import TitleMode
from sync.model.event import Event, Recurrence, Response, Series, Transparency
from sync.model.event import Status as EventStatus
from sync.model.moments import Length, WallTime
from sync.model.timespan import TimeSpan

ZONE = "America/New_York"
SPAN = TimeSpan(datetime(2026, 11, 24, 15, tzinfo=UTC), datetime(2026, 11, 24, 15, 45, tzinfo=UTC))
PAGE = "https://book.example/provider/requests/r1"


def written(status: Status = Status.PENDING, current: Event | None = None, span: TimeSpan = SPAN) -> Event:
    series = event_for(
        request_id="r1", status=status, span=span, zone=ZONE, label="GH", page=PAGE, current=current
    )
    assert series.master is not None
    return series.master


def read(after: Event, before: Event | None = None) -> Decision:
    was = Series("u", before or written())
    return read_decision(was, Series("u", after), label="GH", zone=ZONE)


def test_a_pending_request_is_tentative_and_says_so_in_its_title() -> None:
    assert (written().summary, written().status) == ("Request: GH", EventStatus.TENTATIVE)


def test_an_appointment_is_confirmed_and_has_no_prefix() -> None:
    event = written(Status.ACCEPTED)
    assert (event.summary, event.status) == ("GH", EventStatus.CONFIRMED)


def test_the_event_is_opaque_private_and_in_the_provider_s_zone() -> None:
    event = written()
    assert (event.transparency, event.private) == (Transparency.OPAQUE, True)
    assert event.start == WallTime(datetime(2026, 11, 24, 10), ZONE)
    assert event.length == Length(exact=timedelta(minutes=45))


def test_its_text_is_the_address_of_the_request_s_page_and_nothing_else() -> None:
    assert written().description == PAGE
    assert written().location == ""


def test_the_second_of_two_equal_readings_in_autumn_is_said_in_utc() -> None:
    start = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    event = written(span=TimeSpan(start, start + timedelta(hours=1)))
    assert event.start == WallTime(datetime(2026, 11, 1, 6, 30), "UTC")


@pytest.mark.parametrize(
    "mode,expected",
    [
        (TitleMode.ID, "c-1"),
        (TitleMode.INITIALS, "GH"),
        (TitleMode.FIRST_NAME, "Grace"),
        (TitleMode.FULL_NAME, "Grace Brewster Hopper"),
        (TitleMode.GENERIC, "Session"),
    ],
)
def test_what_the_title_says_of_the_client(mode: TitleMode, expected: str) -> None:
    assert label(mode, name="Grace Brewster Hopper", client_id="c-1", request_id="abcdef") == expected


def test_a_client_without_an_id_is_named_by_the_request() -> None:
    assert label(TitleMode.ID, name="Grace Hopper", client_id=None, request_id="abcdef") == "ref ABCD"


def test_what_the_provider_changed_stays() -> None:
    theirs = replace(
        written(),
        summary="Grace, first time",
        location="Room 2",
        description="bring forms",
        categories=("blue",),
        transparency=Transparency.TRANSPARENT,
    )
    event = written(Status.ACCEPTED, theirs)
    assert event == replace(theirs, status=EventStatus.CONFIRMED)


@pytest.mark.parametrize("title", ["Request: GH", "request:gh", " Request:  GH ", "GH"])
def test_a_title_of_ours_is_kept_true(title: str) -> None:
    assert written(Status.ACCEPTED, replace(written(), summary=title)).summary == "GH"


def test_an_event_put_back_gets_its_old_time() -> None:
    dragged = replace(written(), start=WallTime(datetime(2026, 11, 24, 11), ZONE))
    assert written(current=dragged).start == written().start


def test_the_same_time_in_another_zone_s_words_is_left_as_it_is() -> None:
    elsewhere = replace(written(), start=WallTime(datetime(2026, 11, 24, 16), "Europe/Berlin"))
    assert written(Status.ACCEPTED, elsewhere).start == elsewhere.start


# Reading decisions


def test_no_change_decides_nothing() -> None:
    assert read(written()) == Decision(accepted=False, span=SPAN)


def test_a_confirmed_status_accepts() -> None:
    assert read(replace(written(), status=EventStatus.CONFIRMED)).accepted


@pytest.mark.parametrize("title", ["GH", "gh", " G H "])
def test_our_title_without_its_prefix_accepts(title: str) -> None:
    assert read(replace(written(), summary=title)).accepted


@pytest.mark.parametrize("title", ["Grace", "Request GH", "GH?", ""])
def test_any_other_title_decides_nothing(title: str) -> None:
    assert not read(replace(written(), summary=title)).accepted


def test_the_provider_s_own_yes_accepts() -> None:
    assert read(replace(written(), own_response=Response.ACCEPTED)).accepted


@pytest.mark.parametrize("response", [Response.DECLINED, Response.TENTATIVE, Response.NEEDS_ACTION])
def test_no_other_response_accepts(response: Response) -> None:
    assert not read(replace(written(), own_response=response)).accepted


def test_what_was_confirmed_before_is_no_new_decision() -> None:
    confirmed = written(Status.ACCEPTED)
    assert not read(replace(confirmed, location="Room 2"), before=confirmed).accepted


def test_a_drag_shows_the_new_time() -> None:
    dragged = replace(written(), start=WallTime(datetime(2026, 11, 24, 11), ZONE))
    hour = timedelta(hours=1)
    assert read(dragged) == Decision(accepted=False, span=TimeSpan(SPAN.start + hour, SPAN.end + hour))


def test_a_changed_end_shows_too() -> None:
    longer = replace(written(), length=Length(exact=timedelta(minutes=60)))
    assert read(longer).span == TimeSpan(SPAN.start, SPAN.end + timedelta(minutes=15))


def test_a_drag_and_a_yes_are_both_read() -> None:
    both = replace(written(), start=WallTime(datetime(2026, 11, 24, 11), ZONE), status=EventStatus.CONFIRMED)
    assert read(both).accepted
    assert read(both).span != SPAN


def test_an_event_that_repeats_has_no_single_time() -> None:
    series = Series("u", written(), Recurrence(rules=("FREQ=WEEKLY",)))
    assert span_of(series, ZONE) is None


def test_an_all_day_event_runs_from_midnight_to_midnight() -> None:
    series = Series("u", Event(date(2026, 11, 24), Length(days=1)))
    midnight = datetime(2026, 11, 24, 5, tzinfo=UTC)
    assert span_of(series, ZONE) == TimeSpan(midnight, midnight + timedelta(days=1))


@given(
    minutes=st.integers(0, 60 * 24 * 730),
    length=st.integers(1, 600),
    zone=st.sampled_from(
        ["UTC", ZONE, "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Cairo"]
    ),
)
def test_a_written_time_reads_back_as_itself(minutes: int, length: int, zone: str) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    span = TimeSpan(start, start + timedelta(minutes=length))
    series = event_for(
        request_id="r", status=Status.PENDING, span=span, zone=zone, label="GH", page=PAGE, current=None
    )
    assert span_of(series, zone) == span


@given(name=st.text())
def test_a_generic_title_holds_nothing_of_the_name(name: str) -> None:
    assert label(TitleMode.GENERIC, name=name, client_id=None, request_id="abcdef") == "Session"
