"""The brake on mass deletion has the numbers that were promised."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.guard import Removal, Verdict, judge

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
counts = st.integers(0, 200)


def verdict(
    events: int, known: int, bookings: int = 0, known_bookings: int = 0, **empty: datetime | bool
) -> Verdict:
    removal = Removal(events, known, bookings, known_bookings, **empty)  # type: ignore[arg-type]
    return judge(removal, now=NOON).verdict


@pytest.mark.parametrize(
    "events, known, expected",
    [
        (9, 9, Verdict.ALLOW),
        (9, 10, Verdict.ALLOW),
        (10, 10, Verdict.HOLD),
        (10, 33, Verdict.HOLD),
        (10, 34, Verdict.ALLOW),
        (30, 100, Verdict.ALLOW),
        (31, 100, Verdict.HOLD),
        (0, 0, Verdict.ALLOW),
    ],
)
def test_ten_events_and_over_thirty_percent_are_held(events: int, known: int, expected: Verdict) -> None:
    assert verdict(events, known) is expected


@pytest.mark.parametrize(
    "bookings, known, expected",
    [
        (2, 2, Verdict.ALLOW),
        (3, 3, Verdict.HOLD),
        (3, 5, Verdict.HOLD),
        (3, 6, Verdict.ALLOW),
        (4, 7, Verdict.HOLD),
        (4, 8, Verdict.ALLOW),
    ],
)
def test_three_bookings_and_over_half_are_held(bookings: int, known: int, expected: Verdict) -> None:
    assert verdict(bookings, 100, bookings, known) is expected


@given(counts, counts)
def test_one_event_is_never_held(known: int, known_bookings: int) -> None:
    assert verdict(1, known, 1, known_bookings) is Verdict.ALLOW


@given(counts, counts, counts, counts, st.integers(0, 50))
def test_more_removals_are_never_judged_milder(
    events: int, known: int, bookings: int, known_bookings: int, more: int
) -> None:
    if verdict(events, known, bookings, known_bookings) is Verdict.HOLD:
        assert verdict(events + more, known, bookings + more, known_bookings) is Verdict.HOLD


def test_an_empty_listing_after_several_events_is_read_again() -> None:
    assert verdict(2, 2, empty_listing=True) is Verdict.READ_AGAIN


def test_an_empty_listing_seen_again_too_soon_is_read_once_more() -> None:
    seen = NOON - timedelta(minutes=9, seconds=59)
    assert verdict(2, 2, empty_listing=True, empty_seen_at=seen) is Verdict.READ_AGAIN


def test_a_second_empty_listing_after_ten_minutes_goes_to_the_brake() -> None:
    seen = NOON - timedelta(minutes=10)
    assert verdict(9, 9, empty_listing=True, empty_seen_at=seen) is Verdict.ALLOW
    assert verdict(10, 10, empty_listing=True, empty_seen_at=seen) is Verdict.HOLD


def test_an_empty_listing_after_one_event_is_no_riddle() -> None:
    assert verdict(1, 1, empty_listing=True) is Verdict.ALLOW


def test_a_held_removal_says_how_many_of_how_many() -> None:
    assert judge(Removal(12, 20, 0, 0), now=NOON).reason == "12 of 20 coming events are gone at once"
    assert judge(Removal(3, 90, 3, 4), now=NOON).reason == "3 of 4 coming bookings are gone at once"
