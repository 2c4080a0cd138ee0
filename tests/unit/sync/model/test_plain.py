"""The short way to a plain series' time says what the long one says."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model.event import Event, Recurrence, Series, Status
from sync.model.moments import Length, WallTime
from sync.model.occurrences import DEFAULT, occurrences
from sync.model.plain import plain_spans
from sync.model.timespan import TimeSpan
from tests.support.series import series

WINDOWS = st.builds(
    lambda start, days: TimeSpan(start, start + timedelta(days=days)),
    st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
    st.integers(1, 400),
)
ZONES = st.sampled_from(["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "UTC", None])
RULES = st.builds(
    lambda frequency, interval, rest: f"FREQ={frequency};INTERVAL={interval}{rest}",
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    st.integers(1, 5),
    st.sampled_from(
        ["", ";BYDAY=TU", ";BYDAY=MO,TH", ";COUNT=9", ";UNTIL=20260401", ";UNTIL=20260401T120000Z",
         ";UNTIL=20260401T120000", ";WKST=SU", ";BYHOUR=2,3", ";BYMONTH=3,10"]
    ),
)  # fmt: skip
CLOCKS = st.datetimes(datetime(2023, 1, 1), datetime(2026, 6, 1)).map(lambda at: at.replace(microsecond=0))
LENGTHS = st.builds(
    Length, st.integers(0, 3), st.integers(0, 3000).map(lambda minutes: timedelta(minutes=minutes))
)


def long_way(one: Series, window: TimeSpan, zone: str) -> list[TimeSpan]:
    return [item.span for item in occurrences(one, window=window, zone=zone).items]


@given(CLOCKS, ZONES, LENGTHS, st.lists(RULES, max_size=1), WINDOWS)
def test_it_agrees_with_the_long_way_on_times(clock, zone, length, rules, window):
    one = Series("u", Event(WallTime(clock, zone), length), Recurrence(tuple(rules)))
    found = plain_spans(one, window=window, zone="Europe/Berlin", budget=DEFAULT)
    assert found == long_way(one, window, "Europe/Berlin")


@given(CLOCKS, st.integers(0, 5), st.lists(RULES, max_size=1), WINDOWS)
def test_it_agrees_with_the_long_way_on_dates(clock, days, rules, window):
    one = Series("u", Event(clock.date(), Length(days=days)), Recurrence(tuple(rules)))
    found = plain_spans(one, window=window, zone="America/New_York", budget=DEFAULT)
    assert found == long_way(one, window, "America/New_York")


@given(series(), WINDOWS)
def test_it_agrees_with_the_long_way_or_leaves_it_to_it(one, window):
    found = plain_spans(one, window=window, zone="Europe/Berlin", budget=DEFAULT)
    assert found is None or found == long_way(one, window, "Europe/Berlin")


@pytest.mark.parametrize("rule", ["FREQ=HOURLY", "FREQ=SECONDLY", "FREQ=NEVER", "FREQ=DAILY;COUNT=99999"])
def test_what_has_to_block_by_other_rules_is_left_to_them(rule):
    one = Series("u", Event(date(2026, 3, 1), Length(days=1)), Recurrence((rule,)))
    window = TimeSpan(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    assert plain_spans(one, window=window, zone="UTC", budget=DEFAULT) is None


def test_a_cancelled_event_takes_nothing():
    one = Series("u", Event(date(2026, 3, 1), Length(days=1), status=Status.CANCELLED))
    window = TimeSpan(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    assert plain_spans(one, window=window, zone="UTC", budget=DEFAULT) == []
