"""Whether anything of a series is left after an instant: what is said to be over is never expanded again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.codecs.ical import read_object
from sync.model.lasting import goes_on_after
from sync.model.occurrences import DEFAULT, occurrences
from sync.model.timespan import TimeSpan
from tests.support import ics

ZONE = "America/New_York"
START = datetime(2026, 3, 3, 9)
FAR = datetime(2060, 1, 1, tzinfo=UTC)

FREQUENCIES = st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
ENDS = st.sampled_from(
    ["COUNT=1", "COUNT=7", "UNTIL=20260303T140000Z", "UNTIL=20271231", "UNTIL=20290601T120000Z"]
)


@given(FREQUENCIES, st.integers(1, 7), ENDS, st.integers(-400, 3_000))
def test_a_series_goes_on_as_long_as_an_occurrence_is_left(
    frequency: str, interval: int, end: str, days: int
) -> None:
    rule = f"FREQ={frequency};INTERVAL={interval};{end}"
    series = read_object(ics.timed("s", START, START + timedelta(hours=1), tzid=ZONE, rrule=rule))
    instant = datetime(2026, 3, 3, tzinfo=UTC) + timedelta(days=days)
    left = occurrences(series, window=TimeSpan(instant, FAR), zone=ZONE).items
    assert goes_on_after(series, instant, zone=ZONE, budget=DEFAULT) is bool(left)


@pytest.mark.parametrize(
    "extra",
    ["RDATE:20300101T150000Z", "RDATE;VALUE=PERIOD:20260310T150000Z/P1500D", "RRULE:FREQ=SECONDLY;COUNT=5"],
)
def test_what_is_not_certainly_over_goes_on(extra: str) -> None:
    series = read_object(ics.timed("s", START, START + timedelta(hours=1), tzid=ZONE, extra=[extra]))
    assert goes_on_after(series, datetime(2028, 1, 1, tzinfo=UTC), zone=ZONE, budget=DEFAULT)


def test_an_occurrence_moved_behind_the_end_of_its_rule_is_left() -> None:
    text = ics.weekly(
        "s", START, timedelta(hours=1), tzid=ZONE, count=3, moved={START: datetime(2028, 5, 2, 9)}
    )
    assert goes_on_after(read_object(text), datetime(2028, 1, 1, tzinfo=UTC), zone=ZONE, budget=DEFAULT)
