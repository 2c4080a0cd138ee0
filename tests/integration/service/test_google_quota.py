"""Google's quota is counted once for all workers, and carefully by each where they cannot count together."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random

import pytest
import redis

from service import google_quota
from service.google_quota import GoogleQuota
from sync.quota import Urgency
from tests.support.valkey import ValkeyServer

NONE = timedelta(0)


class Hand:
    """Seconds, moved by hand."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
def client(valkey: ValkeyServer) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(valkey.url) as found:
        yield found


def count(quota: GoogleQuota, urgency: Urgency, account: str = "ada", most: int = 1_000) -> int:
    """How many requests are granted at once."""
    for done in range(most):
        if quota.spend(account, urgency):
            return done
    return most


def test_all_workers_together_have_one_quota(client: redis.Redis, clock: Hand) -> None:
    one, other = (GoogleQuota(lambda: client, per_minute=600, clock=clock) for _ in range(2))
    taken = sum(not one.spend(f"a-{n}", Urgency.WRITE) for n in range(60))
    taken += sum(not other.spend(f"b-{n}", Urgency.WRITE) for n in range(60))
    assert taken == 100


def test_readings_leave_a_fifth_of_the_project_to_writes(client: redis.Redis, clock: Hand) -> None:
    quota = GoogleQuota(lambda: client, per_minute=600, clock=clock)
    assert sum(not quota.spend(f"a-{n}", Urgency.NEWS) for n in range(200)) == 80
    assert sum(not quota.spend(f"a-{n}", Urgency.WRITE) for n in range(200)) == 20


def test_a_user_who_used_up_hers_harms_no_other(client: redis.Redis, clock: Hand) -> None:
    quota = GoogleQuota(lambda: client, per_minute=6_000, clock=clock)
    assert count(quota, Urgency.NEWS, "ada") == 100
    assert quota.spend("grace", Urgency.NEWS) == NONE


def test_what_was_used_comes_back_with_time(client: redis.Redis, clock: Hand) -> None:
    quota = GoogleQuota(lambda: client, per_minute=6_000, clock=clock)
    count(quota, Urgency.NEWS)
    wait = quota.spend("ada", Urgency.NEWS)
    assert NONE < wait <= timedelta(seconds=0.2)
    clock.now += 60
    assert count(quota, Urgency.NEWS) == 100


def test_writing_to_one_calendar_keeps_to_one_a_second_after_a_burst(
    client: redis.Redis, clock: Hand
) -> None:
    quota = GoogleQuota(lambda: client, per_minute=6_000, clock=clock)
    at_once = sum(not quota.spend("ada", Urgency.WRITE, writes_to="work") for _ in range(50))
    assert at_once == 30
    assert quota.spend("ada", Urgency.WRITE, writes_to="home") == NONE
    clock.now += 1
    assert [bool(quota.spend("ada", Urgency.WRITE, writes_to="work")) for _ in range(2)] == [False, True]


def test_what_is_counted_names_nobody(client: redis.Redis, clock: Hand) -> None:
    GoogleQuota(lambda: client, per_minute=600, clock=clock).spend(
        "a-1", Urgency.WRITE, writes_to="ada%40example.com"
    )
    assert not [key for key in client.keys("freehold:google:*") if b"example.com" in key]


def test_without_the_queue_s_server_each_process_takes_an_eighth(clock: Hand) -> None:
    quota = GoogleQuota(lambda: None, per_minute=4_800, clock=clock)
    assert count(quota, Urgency.WRITE) == 12
    assert sum(not quota.spend(f"a-{n}", Urgency.WRITE) for n in range(200)) == 100 - 12


def test_a_server_that_goes_away_is_no_error_and_counting_goes_on_here(
    valkey: ValkeyServer, clock: Hand
) -> None:
    with redis.Redis.from_url(valkey.url) as client:
        quota = GoogleQuota(lambda: client, per_minute=6_000, clock=clock)
        assert quota.spend("ada", Urgency.NEWS) == NONE
        valkey.stop()
        assert 0 < count(quota, Urgency.NEWS) < 100


def test_both_ways_of_counting_grant_the_same(
    client: redis.Redis, clock: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rule is written twice, for the server and for the process: random spending finds no difference."""
    monkeypatch.setattr(google_quota, "_SHARE_WITHOUT_COUNTING", 1)
    together = GoogleQuota(lambda: client, per_minute=600, clock=clock)
    alone = GoogleQuota(lambda: None, per_minute=600, clock=clock)
    chance = Random(7)
    for _ in range(400):
        clock.now += chance.random() / 5
        account, urgency = f"a-{chance.randrange(3)}", chance.choice(list(Urgency))
        writes_to = "work" if urgency is Urgency.WRITE else None
        one = together.spend(account, urgency, writes_to=writes_to)
        other = alone.spend(account, urgency, writes_to=writes_to)
        assert abs(one - other) < timedelta(milliseconds=1)


def test_what_was_counted_goes_with_the_clock_that_counted_it(client: redis.Redis, clock: Hand) -> None:
    """A clock in the hand stands still, however long the server takes between two requests."""
    GoogleQuota(lambda: client, per_minute=600, clock=clock).spend("ada", Urgency.NEWS)
    assert {client.pttl(key) for key in client.scan_iter()} == {-1}
    client.flushall()
    GoogleQuota(lambda: client, per_minute=600).spend("ada", Urgency.NEWS)
    assert {client.pttl(key) > 0 for key in client.scan_iter()} == {True}
