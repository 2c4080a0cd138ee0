"""At Google within its quota: who is told to slow down slows down, and nobody else does."""

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from sqlalchemy import Connection, insert, select

from service.google_quota import GoogleQuota
from sync.backends import open_backend
from sync.backends.access import AccountAccess
from sync.backends.protocol import CalendarBackend
from sync.engine.engine import Wish
from sync.quota import Quota, Urgency
from sync.store.due import due_accounts
from sync.store.outbox import EntryState
from sync.store.ports import ProviderView
from sync.store.tables import account, calendar, entry
from tests.support.engine_world import ZONE, FixedViews
from tests.support.google_account import ADA, timed
from tests.support.google_server import GoogleServer
from tests.support.google_server.refusal import quota
from tests.support.google_world import GoogleWorld
from tests.support.valkey import ValkeyServer

GRACE = "grace@example.com"
MINUTE = timedelta(minutes=1)
REQUESTS = 3


@pytest.fixture
def google() -> Iterator[GoogleServer]:
    with GoogleServer() as server:
        yield server


class PacedWorld(GoogleWorld):
    """With a share of the quota of its own, and Grace's account beside Ada's."""

    quota: Quota | None = None

    def __init__(self, url: str, google: GoogleServer) -> None:
        super().__init__(url, google)
        google.add_person(GRACE, zone=ZONE, name="Work")
        secret = self.cipher.seal(json.dumps(google.authorized_user(GRACE)).encode(), row="grace")
        with self.database.write() as connection:
            connection.execute(
                insert(account).values(
                    id="grace", practice_id="practice", provider_id="grace", name="home", kind="google",
                    secret_enc=secret, created_at=self.now,
                )
            )  # fmt: skip

    def limited(self, valkey: ValkeyServer, *, per_minute: int = 6_000) -> GoogleQuota:
        """From now on requests are counted."""
        client = redis.Redis.from_url(valkey.url)
        self.quota = GoogleQuota(lambda: client, per_minute=per_minute, clock=self._seconds)
        return self.quota

    def limited_here(self) -> None:
        """The same, without a server that counts for all."""
        self.quota = GoogleQuota(lambda: None, per_minute=6_000, clock=self._seconds)

    def _wait(self, seconds: float) -> None:
        self.pass_time(seconds=seconds)

    def _seconds(self) -> float:
        return self.now.timestamp()

    def turn(self) -> None:
        """What is due, once."""
        with self.database.read() as connection:
            due = due_accounts(connection, now=self.now)
        for name in due:
            self.engine.sync_account(name, owner="worker", now=self.now)

    def calendar_states(self) -> list[str]:
        with self.database.read() as connection:
            return list(connection.execute(select(calendar.c.state)).scalars())

    def row(self, name: str) -> Any:
        with self.database.read() as connection:
            return connection.execute(select(account).where(account.c.id == name)).one()

    def _open(self, access: AccountAccess) -> CalendarBackend:
        return open_backend(
            replace(
                access, api_endpoint=self.google.url, timeout_seconds=20, quota=self.quota, wait=self._wait
            )
        )


@pytest.fixture
def world(database_url: str, google: GoogleServer) -> PacedWorld:
    made = PacedWorld(database_url, google)
    made.turn()
    made.pass_time(minutes=6)
    made.take_calls()
    return made


def use_up(quota: GoogleQuota) -> None:
    """Others have spent all that readings of what is new may spend."""
    account = 0
    while not quota.spend(f"other-{account}", Urgency.NEWS):
        account += 1


@pytest.mark.parametrize("reason", ["userRateLimitExceeded", "rateLimitExceeded", "tooManyRequests"])
def test_who_is_told_to_slow_down_waits_and_nobody_else_does(world: PacedWorld, reason: str) -> None:
    world.google.faults.fail("events.list", quota(reason))
    world.engine.sync_account("account", owner="worker", now=world.now)
    world.turn()
    assert world.take_calls() == ["events.list", "events.list"]
    assert world.row("account").not_before > world.now
    assert (world.row("grace").state, world.row("grace").not_before) == ("ok", None)


def test_a_limit_of_a_calendar_s_writes_stops_its_writes_for_an_hour_and_nothing_else(
    world: PacedWorld,
) -> None:
    world.google.faults.fail("events.insert", quota("quotaExceeded"))
    world.book("one")
    world.book("two", hour=14)
    world.turn()
    assert sorted(world.take_calls()) == ["events.insert", "events.list", "events.list"]
    assert world.row("account").state == "ok"
    with world.database.read() as connection:
        due = list(connection.execute(select(entry.c.due_at)).scalars())
    assert all(at >= world.now + 60 * MINUTE for at in due)
    world.pass_time(minutes=62)
    world.turn()
    assert {world.event(name).state for name in ("one", "two")} == {EntryState.WRITTEN}  # type: ignore[union-attr]


def test_what_our_share_does_not_allow_is_not_sent_and_nothing_counts_as_wrong(
    world: PacedWorld, valkey: ValkeyServer
) -> None:
    use_up(world.limited(valkey, per_minute=60))
    world.turn()
    assert world.take_calls() == []
    assert world.row("account").state == "ok"
    assert world.calendar_states() == ["ok", "ok"]
    world.pass_time(seconds=20)
    world.turn()
    assert world.take_calls() == ["events.list", "events.list"]


def test_a_request_is_written_when_readings_have_used_up_theirs(
    world: PacedWorld, valkey: ValkeyServer
) -> None:
    use_up(world.limited(valkey, per_minute=600))
    world.book()
    world.turn()
    assert world.take_calls() == ["events.insert"]


def test_many_writes_to_one_calendar_are_spread_without_holding_up_a_worker(
    world: PacedWorld, valkey: ValkeyServer
) -> None:
    world.limited(valkey)
    for number in range(34):
        world.book(f"b-{number}", day=24 + number % 6, hour=8 + number // 6)
    world.turn()
    written = [world.take_calls().count("events.insert")]
    for _ in range(20):
        world.pass_time(seconds=3)
        world.turn()
        written.append(world.take_calls().count("events.insert"))
    assert written[0] == 30
    assert sum(written) == 34
    assert max(written[1:]) <= 3
    assert world.calendar_states() == ["ok", "ok"]


def test_a_look_goes_before_polling_and_after_writing(world: PacedWorld, valkey: ValkeyServer) -> None:
    use_up(world.limited(valkey, per_minute=600))
    world.turn()
    assert world.take_calls() == []
    report = world.engine.sync_account("account", owner="web", now=world.now, wish=Wish(look=3))
    assert report.ok
    assert world.take_calls() == ["events.list"]


def test_a_listing_of_more_pages_than_one_process_may_ask_for_at_once_is_read_to_its_end(
    sqlite_url: str, google: GoogleServer
) -> None:
    world = PacedWorld(sqlite_url, google)
    for _ in range(20):
        google.put(ADA, timed("2026-11-24T10:00:00", "2026-11-24T11:00:00"))
    google.set_page_sizes([1] * 20)
    world.limited_here()
    world.engine.sync_account("account", owner="worker", now=world.now)
    assert world.take_calls().count("events.list") == 20
    assert len(world.busy()) == 20


class EachMinute(FixedViews):
    """Calendars are read every minute."""

    def view(self, connection: Connection, provider_id: str) -> ProviderView:
        return replace(super().view(connection, provider_id), poll_every=MINUTE)


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in (2, 3))])
def test_ten_minutes_of_errors_cost_at_most_half_as_many_calls_again(tmp_path: Path, seed: int) -> None:
    """Three in ten answers are 403, 429, 500 or 503; each request is written once and nothing is left over."""
    needed, _ = ten_minutes(f"sqlite:///{tmp_path / 'calm.db'}", seed, errors=0.0)
    spent, world = ten_minutes(f"sqlite:///{tmp_path / 'stormy.db'}", seed, errors=0.3)
    events = world.google.accounts.books[world.calendar_id].events
    assert sum(not stored.cancelled for stored in events.values()) == REQUESTS
    assert world.calendar_states() == ["ok", "ok"]
    assert {world.event(f"b-{number}").state for number in range(REQUESTS)} == {EntryState.WRITTEN}  # type: ignore[union-attr]
    assert spent <= 1.5 * needed


def ten_minutes(url: str, seed: int, *, errors: float) -> tuple[int, PacedWorld]:
    """Some requests while this share of all calls fails, then two minutes of fair weather; the calls of both."""
    with GoogleServer() as google:
        world = PacedWorld(url, google)
        world.views.view = EachMinute().view  # type: ignore[method-assign]
        world.turn()
        world.engine._jitter = random.Random(seed)
        world.take_calls()
        google.faults.storm(errors, seed=seed)
        for second in range(720):
            if second % 200 == 50 and second < 600:
                world.book(f"b-{second // 200}", day=24 + second // 200)
            if second == 600:
                google.faults.storm(0.0)
            world.turn()
            world.pass_time(seconds=1)
        return len(world.take_calls()), world
