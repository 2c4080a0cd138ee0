from datetime import UTC, datetime, timedelta

import pytest

from booking.freshness import FreshnessState, state
from booking.rules import Rules
from sync.model.freebusy import Freshness

NOW = datetime(2026, 1, 9, 12, 0, tzinfo=UTC)
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    "age, expected",
    [
        (timedelta(0), "fresh"),
        (timedelta(minutes=15), "fresh"),
        (timedelta(minutes=15) + TICK, "request_only"),
        (timedelta(minutes=60), "request_only"),
        (timedelta(minutes=60) + TICK, "closed"),
    ],
)
def test_the_age_of_the_oldest_reading_decides_and_both_limits_still_belong(
    age: timedelta, expected: str
) -> None:
    assert state(Freshness(NOW - age, 2), now=NOW, rules=Rules()) == expected


def test_a_calendar_that_was_never_read_closes_the_provider() -> None:
    assert state(Freshness(None, 1), now=NOW, rules=Rules()) is FreshnessState.CLOSED


def test_a_provider_without_calendars_that_count_is_fresh() -> None:
    assert state(Freshness(None, 0), now=NOW, rules=Rules()) is FreshnessState.FRESH


def test_limits_in_the_wrong_order_close_rather_than_open() -> None:
    rules = Rules(request_only_after=timedelta(hours=2), closed_after=timedelta(hours=1))
    assert state(Freshness(NOW - timedelta(minutes=90), 1), now=NOW, rules=rules) is FreshnessState.CLOSED
