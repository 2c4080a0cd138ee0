"""A server that does not answer is left alone: longer the longer it has been silent, within bounds."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.breaker import FAILURES_TO_OPEN, left_alone_for

MINUTE = timedelta(minutes=1)
outages = st.timedeltas(timedelta(0), timedelta(days=30))


@given(outages)
def test_four_failures_in_a_row_change_nothing(outage: timedelta) -> None:
    assert left_alone_for(FAILURES_TO_OPEN - 1, outage=outage, probing=False) is None


@pytest.mark.parametrize("outage, wait", [(0, 1), (4, 1), (20, 5), (60, 15), (600, 15)])
def test_the_fifth_leaves_it_alone_for_a_quarter_of_the_outage(outage: int, wait: int) -> None:
    assert left_alone_for(5, outage=outage * MINUTE, probing=False) == wait * MINUTE


@given(st.integers(1, 4), outages)
def test_a_look_in_vain_closes_again_whatever_the_count(failures: int, outage: timedelta) -> None:
    assert left_alone_for(failures, outage=outage, probing=True) is not None


@given(st.integers(5, 10_000), outages, st.booleans())
def test_it_is_left_alone_between_one_and_fifteen_minutes(
    failures: int, outage: timedelta, probing: bool
) -> None:
    wait = left_alone_for(failures, outage=outage, probing=probing)
    assert wait is not None
    assert MINUTE <= wait <= 15 * MINUTE
