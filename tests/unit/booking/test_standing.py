from datetime import datetime, timedelta

from booking.standing import LATELY, Record
from tests.support.offers import NOW

DAY = timedelta(days=1)


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
