"""Calendars are read often enough to be trusted and no oftener; what failed is tried again without a stampede."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.pacing import FULL_EVERY, Pace, is_working, next_full, next_reading, retry_wait

MINUTE = timedelta(minutes=1)
USUAL = Pace(poll_every=5 * MINUTE, request_only_after=15 * MINUTE)
LONG_QUIET = timedelta(days=3)

jitters = st.floats(0, 1, exclude_max=True)
lengths = st.timedeltas(timedelta(0), timedelta(days=2))
paces = st.builds(
    Pace,
    poll_every=lengths,
    request_only_after=lengths,
    bookable=st.booleans(),
    decides=st.booleans(),
    at_work=st.booleans(),
    pushed=st.booleans(),
)


def at_night(**other: object) -> Pace:
    return Pace(poll_every=MINUTE, request_only_after=60 * MINUTE, at_work=False, **other)  # type: ignore[arg-type]


def wait(pace: Pace, quiet: timedelta = LONG_QUIET) -> timedelta:
    return next_reading(pace, quiet=quiet, jitter=0)


def test_in_working_hours_the_interval_of_the_practice_holds() -> None:
    assert wait(USUAL) == 5 * MINUTE


def test_outside_them_waits_double_while_nothing_changes() -> None:
    waits, quiet = [], timedelta(0)
    for _ in range(5):
        waits.append(wait(at_night(), quiet))
        quiet += waits[-1]
    assert waits == [MINUTE, MINUTE, 2 * MINUTE, 4 * MINUTE, 4 * MINUTE]


def test_a_change_brings_the_short_interval_back_at_once() -> None:
    assert wait(at_night(), timedelta(0)) == MINUTE


def test_a_live_channel_makes_reading_a_backstop() -> None:
    assert wait(Pace(MINUTE, 60 * MINUTE, pushed=True), timedelta(0)) == 30 * MINUTE


def test_calendars_that_take_no_time_are_read_more_seldom() -> None:
    advisory = Pace(5 * MINUTE, 15 * MINUTE, decides=False)
    assert wait(advisory) == 12 * MINUTE > wait(USUAL)


def test_calendars_of_providers_nobody_can_book_are_read_more_seldom() -> None:
    assert wait(Pace(5 * MINUTE, 15 * MINUTE, bookable=False)) == 12 * MINUTE


def test_an_interval_asked_for_beyond_half_the_freshness_is_cut() -> None:
    assert wait(Pace(poll_every=timedelta(hours=2), request_only_after=15 * MINUTE)) == 7.5 * MINUTE


@given(paces, lengths, jitters)
def test_a_bookable_calendar_is_read_within_half_of_its_freshness_jitter_included(
    pace: Pace, quiet: timedelta, jitter: float
) -> None:
    found = next_reading(pace, quiet=quiet, jitter=jitter)
    if pace.bookable and pace.decides:
        assert found <= max(timedelta(seconds=1), pace.request_only_after / 2)
    assert timedelta(seconds=1) <= found <= max(timedelta(seconds=1), pace.request_only_after * 0.8)


@given(paces, lengths, jitters)
def test_jitter_takes_off_a_quarter_at_the_most(pace: Pace, quiet: timedelta, jitter: float) -> None:
    whole = next_reading(pace, quiet=quiet, jitter=0)
    found = next_reading(pace, quiet=quiet, jitter=jitter)
    assert min(whole, max(timedelta(seconds=1), whole * 0.75)) <= found <= whole


@given(paces, lengths, lengths, jitters)
def test_the_longer_it_is_quiet_the_longer_the_wait(
    pace: Pace, one: timedelta, other: timedelta, jitter: float
) -> None:
    short, long = sorted((one, other))
    assert next_reading(pace, quiet=short, jitter=jitter) <= next_reading(pace, quiet=long, jitter=jitter)


@given(jitters)
def test_a_full_listing_comes_at_least_daily_and_not_in_every_hour(jitter: float) -> None:
    assert timedelta(hours=18) <= next_full(jitter=jitter) <= FULL_EVERY


def test_full_listings_fall_on_minutes_of_their_own() -> None:
    assert len({next_full(jitter=part / 360) // MINUTE for part in range(360)}) == 360


@given(st.integers(1, 10_000), jitters, st.none() | lengths)
def test_a_retry_waits_at_least_as_long_as_the_server_asked(
    failures: int, jitter: float, asked: timedelta | None
) -> None:
    found = retry_wait(
        failures, first=timedelta(seconds=5), longest=45 * MINUTE, jitter=jitter, retry_after=asked
    )
    least = asked or timedelta(0)
    assert least + timedelta(seconds=1) <= found <= least + 45 * MINUTE


@pytest.mark.parametrize("failures, ceiling", [(1, 5), (2, 10), (3, 20), (4, 40), (5, 45), (50, 45)])
def test_the_ceiling_of_a_retry_doubles_up_to_a_limit(failures: int, ceiling: int) -> None:
    first, longest = timedelta(seconds=5), timedelta(seconds=45)
    nearly = 1 - 2**-50
    found = retry_wait(failures, first=first, longest=longest, jitter=nearly)
    assert found == pytest.approx(timedelta(seconds=ceiling), abs=timedelta(milliseconds=1))


def test_retries_of_many_spread_over_the_whole_wait() -> None:
    waits = [
        retry_wait(5, first=timedelta(seconds=5), longest=timedelta(seconds=45), jitter=part / 100)
        for part in range(100)
    ]
    assert min(waits) == timedelta(seconds=1)
    assert sum(found < timedelta(seconds=22.5) for found in waits) == 50


def test_working_hours_are_hours_of_the_local_week() -> None:
    monday_at_nine, sunday_night = frozenset({9}), frozenset({167})
    assert is_working(monday_at_nine, datetime(2026, 11, 23, 9, 59))
    assert not is_working(monday_at_nine, datetime(2026, 11, 24, 9, 0))
    assert is_working(sunday_night, datetime(2026, 11, 29, 23, 30))
