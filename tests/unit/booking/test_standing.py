from datetime import datetime, timedelta

import pytest

from booking.requests import Action, By, Seat, Standing, Status, decided, moved
from booking.standing import LATELY, Record, is_late_move
from sync.model.timespan import TimeSpan
from tests.support.offers import NOW

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
GRACE = timedelta(minutes=2)
SEAT = Seat("p1", "s1", "session", "r1", None, "America/New_York")


def record(*days_ago: int, looked: datetime | None = None) -> Record:
    return Record(5, tuple(NOW - days * DAY for days in days_ago), looked)


def test_one_late_cancellation_is_nothing_to_look_at() -> None:
    assert not record(3).up_for_review(NOW)


def test_repeated_ones_are() -> None:
    assert record(30, 3).up_for_review(NOW)


def test_what_lies_long_ago_is_forgotten() -> None:
    assert not record(LATELY.days + 1, 3).up_for_review(NOW)


def test_a_client_who_was_looked_at_comes_up_again_only_with_another_one() -> None:
    assert not record(30, 3, looked=NOW - DAY).up_for_review(NOW)
    assert record(30, 1, looked=NOW - 2 * DAY).up_for_review(NOW)


def appointment(start: datetime) -> Standing:
    return Standing(Status.ACCEPTED, TimeSpan(start, start + HOUR), start, SEAT)


@pytest.mark.parametrize(
    "hours_before, cancelled, late",
    [(5, False, True), (5, True, True), (30, False, False), (30, True, False)],
)
def test_a_time_moved_late_was_given_up_late_whatever_became_of_the_other(
    hours_before: int, cancelled: bool, late: bool
) -> None:
    start = NOW + hours_before * HOUR
    other = TimeSpan(NOW + 7 * DAY, NOW + 7 * DAY + HOUR)
    found = moved(appointment(start), other, By.CLIENT, now=NOW, grace=GRACE)
    if cancelled and found is not None:
        found = decided(found, Action.CANCEL, By.CLIENT, now=NOW, grace=GRACE)
    assert found is not None
    assert is_late_move(found) is late


def test_a_late_cancellation_without_a_move_is_not_counted_twice() -> None:
    found = decided(appointment(NOW + 5 * HOUR), Action.CANCEL, By.CLIENT, now=NOW, grace=GRACE)
    assert found is not None
    assert not is_late_move(found)
