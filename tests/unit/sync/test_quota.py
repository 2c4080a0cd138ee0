"""A quota is kept in the long run, allows a burst, and keeps a part back for what is more urgent."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.quota import Bucket, Urgency, take

PROJECT = Bucket("project", per_minute=600, burst=100, shared=True)
OWN = Bucket("user", per_minute=60, burst=10)
urgencies = st.sampled_from(list(Urgency))


def granted(bucket: Bucket, urgency: Urgency, *, now: float = 0.0, full_at: float = 0.0) -> tuple[int, float]:
    """How many at once, and when the bucket is full again."""
    state, count = [full_at], 0
    while True:
        state, wait = take(state, [bucket], now=now, urgency=urgency)
        if wait:
            return count, state[0]
        count += 1


@pytest.mark.parametrize(
    "urgency, count", [(Urgency.WRITE, 100), (Urgency.LOOK, 90), (Urgency.NEWS, 80), (Urgency.WHOLE, 60)]
)
def test_each_urgency_leaves_a_part_of_the_project_to_what_is_more_urgent(
    urgency: Urgency, count: int
) -> None:
    assert granted(PROJECT, urgency)[0] == count


def test_readings_that_used_up_theirs_leave_a_fifth_for_writes() -> None:
    _, full_at = granted(PROJECT, Urgency.NEWS)
    assert granted(PROJECT, Urgency.WRITE, full_at=full_at)[0] == 20


@given(urgencies)
def test_a_user_s_own_bucket_is_hers_whatever_for(urgency: Urgency) -> None:
    assert granted(OWN, urgency)[0] == 10


def test_a_request_refused_by_one_bucket_is_taken_from_none() -> None:
    _, used_up = granted(OWN, Urgency.NEWS)
    state, wait = take([0.0, used_up], [PROJECT, OWN], now=0.0, urgency=Urgency.NEWS)
    assert wait > 0
    assert state == [0.0, used_up]


@given(st.floats(0, 1e6), urgencies)
def test_after_the_stated_wait_it_is_granted(now: float, urgency: Urgency) -> None:
    _, full_at = granted(OWN, urgency, now=now)
    _, wait = take([full_at], [OWN], now=now, urgency=urgency)
    assert 0 < wait <= 1 + 1e-5
    assert take([full_at], [OWN], now=now + wait, urgency=urgency)[1] == 0.0


@given(st.lists(st.tuples(st.floats(0, 5), urgencies), min_size=1, max_size=300))
def test_in_any_stretch_of_time_no_more_is_granted_than_the_burst_and_the_rate(
    asked: list[tuple[float, Urgency]],
) -> None:
    state, now, times = [0.0], 0.0, []
    for pause, urgency in asked:
        now += pause
        state, wait = take(state, [OWN], now=now, urgency=urgency)
        if not wait:
            times.append(now)
    for first, start in enumerate(times):
        for last in range(first, len(times)):
            assert last - first + 1 <= OWN.burst + (times[last] - start) / OWN.seconds_each + 1e-3


def test_a_rate_of_a_share_still_lets_single_requests_through() -> None:
    tiny = Bucket("tiny", per_minute=7.5, burst=0.5)
    assert granted(tiny, Urgency.WHOLE)[0] == 1
    assert tiny.seconds_each == timedelta(seconds=8).total_seconds()
