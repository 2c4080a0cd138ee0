"""Faults at Google, sampled after every step: nothing is freed meanwhile, and all is right afterwards."""

import os
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

import pytest
from sqlalchemy import select

from service.google_quota import GoogleQuota
from sync.backends import open_backend
from sync.backends.access import AccountAccess
from sync.backends.protocol import CalendarBackend
from sync.model.timespan import TimeSpan
from sync.store.due import due_accounts
from sync.store.outbox import EntryState
from sync.store.tables import entry
from tests.support.google_account import ADA, timed
from tests.support.google_server import GoogleServer
from tests.support.google_world import GoogleWorld

HOUR = timedelta(hours=1)
FIRST = datetime(2026, 11, 25, 0, tzinfo=UTC)
STEP = timedelta(seconds=5)
STORM = timedelta(minutes=10)
STORMS = (1, 2, 3)
LOST = int(os.environ.get("LOST_TOKENS", "40"))
"""How often a token is lost; two hundred times take a minute."""


class PacedWorld(GoogleWorld):
    """With our share of the quota, counted by the world's own clock."""

    def _open(self, access: AccountAccess) -> CalendarBackend:
        return open_backend(
            replace(access, api_endpoint=self.google.url, timeout_seconds=20, quota=self._counted)
        )

    @cached_property
    def _counted(self) -> GoogleQuota:
        return GoogleQuota(lambda: None, per_minute=6_000, clock=self._seconds)

    def _seconds(self) -> float:
        return self.now.timestamp()


@pytest.fixture
def google() -> Iterator[GoogleServer]:
    with GoogleServer() as server:
        yield server


@pytest.fixture
def world(sqlite_url: str, google: GoogleServer) -> GoogleWorld:
    """Its calendar known and empty."""
    made = GoogleWorld(sqlite_url, google)
    made.sync()
    made.take_calls()
    return made


def hour(number: int) -> TimeSpan:
    start = FIRST + 2 * number * HOUR
    return TimeSpan(start, start + HOUR)


def meeting(number: int) -> dict[str, object]:
    span = hour(number)
    return timed(span.start.isoformat(), span.end.isoformat(), "UTC", id=f"meeting{number:04d}")


def due(world: GoogleWorld) -> bool:
    with world.database.read() as connection:
        return bool(due_accounts(connection, now=world.now))


def drained(world: GoogleWorld) -> None:
    for _ in range(5):
        if not due(world):
            return
        world.engine.sync_account("account", owner="worker", now=world.now)


@dataclass
class Day:
    """Ten minutes of a day: every half minute she makes an event, every minute a client books or gives up."""

    world: GoogleWorld
    standing: set[TimeSpan] = field(default_factory=set)
    booked: set[str] = field(default_factory=set)
    steps: int = 0

    def play(self) -> Counter[str]:
        """The calls it took. After every step, all that was once seen and that she did not free must still block."""
        ends, seen = self.world.now + STORM, set[TimeSpan]()
        while self.world.now < ends:
            self._act()
            drained(self.world)
            busy = set(self.world.busy())
            assert seen <= busy, "time was freed that nobody freed"
            seen |= busy
            self.world.pass_time(seconds=STEP.total_seconds())
            self.steps += 1
        return Counter(self.world.take_calls())

    def _act(self) -> None:
        number = self.steps
        if number % 6 == 0:
            self.world.hers(meeting(number))
            self.standing.add(hour(number))
        if number % 12 == 3:
            booking = f"booking-{number}"
            self.world.book(booking, hour=8 + number % 9, day=24)
            self.booked.add(booking)
        if number % 36 == 27 and self.booked:
            gone = min(self.booked)
            self.booked.discard(gone)
            self.world.take_out(gone)


def settled(world: GoogleWorld) -> None:
    for _ in range(10):
        world.pass_time(minutes=2)
        drained(world)


def test_a_third_of_all_calls_failing_for_ten_minutes_frees_nothing_and_costs_half_as_much_again(
    tmp_path: Path,
) -> None:
    """Against the same ten minutes without a fault, in which nearly every call is a write, and with our quota on.

    Failures alone make it 1.43 times as many.
    """
    calm, _ = ten_minutes(f"sqlite:///{tmp_path / 'calm'}.db", 0)
    spent = Counter[str]()
    for seed in STORMS:
        calls, day = ten_minutes(f"sqlite:///{tmp_path / str(seed)}.db", seed)
        spent += calls
        world, google = day.world, day.world.google
        assert set(world.busy()) == day.standing
        for booking in day.booked:
            found = world.event(booking)
            assert found is not None
            assert found.state is EntryState.WRITTEN
        ours = [body for body in google.events(ADA) if not body["id"].startswith("meeting")]
        assert len(ours) == len(day.booked)
        assert world.changes() == []
        world.database.close()
    assert spent.total() <= 1.5 * calm.total() * len(STORMS)


def ten_minutes(url: str, seed: int) -> tuple[Counter[str], Day]:
    """The calls of the ten minutes, in which three in ten fail unless ``seed`` is 0, and how it is after them."""
    with GoogleServer() as google:
        world = PacedWorld(url, google)
        world.sync()
        world.take_calls()
        world.engine._jitter = random.Random(seed)
        google.faults.storm(0.3 if seed else 0.0, seed=seed)
        day = Day(world)
        calls = day.play()
        google.storm(0)
        settled(world)
        return calls, day


def test_a_token_that_is_lost_again_and_again_never_frees_what_stands(world: GoogleWorld) -> None:
    """Among them at a later page, and again in the whole reading that follows."""
    world.google.set_page_sizes([2, 0, 3])
    standing = {number: world.hers(meeting(number)) for number in range(6)}
    world.sync()
    for round_ in range(LOST):
        number = 6 + round_
        if round_ % 3 == 0:
            standing[number] = world.hers(meeting(number))
        if round_ % 10 == 9:
            world.google.cancel(ADA, standing.pop(min(standing)))
        if round_ % 2:
            world.google.forget_tokens(world.calendar_id)
        else:
            world.google.fail("events.list", 410, "fullSyncRequired", skip=round_ % 4)
        before = set(world.busy())
        world.sync()
        after = set(world.busy())
        kept = {hour(number) for number in standing}
        assert before & kept <= after
        world.google.faults.plans.clear()
        world.pass_time(seconds=50)
    world.sync()
    assert set(world.busy()) == {hour(number) for number in standing}
    assert world.changes() == []
    with world.database.read() as connection:
        rows = connection.execute(select(entry).where(entry.c.origin == "remote", entry.c.gone_at.is_(None)))
        assert len(rows.all()) == len(standing)


def test_a_reading_that_is_refused_from_the_start_is_asked_for_twice_and_no_more(world: GoogleWorld) -> None:
    world.hers(meeting(0))
    world.sync()
    world.take_calls()
    world.google.fail("events.list", 410, "fullSyncRequired", times=1_000)
    for _ in range(24):
        world.pass_time(seconds=5)
        drained(world)
        assert world.busy() == [hour(0)]
    calls = world.take_calls()
    assert len(calls) <= 2 * 24
    world.pass_time(minutes=10)
    drained(world)
    assert world.calendar_row().state == "failing"
    world.google.faults.plans.clear()
    settled(world)
    assert world.calendar_row().state == "ok"
    assert world.busy() == [hour(0)]


def test_a_series_whose_zone_she_changes_keeps_its_wall_clock_in_the_new_one(world: GoogleWorld) -> None:
    """Ten in New York becomes ten in Berlin."""
    weekly = {"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=4"]}
    href = world.hers(timed("2026-11-24T10:00:00", "2026-11-24T11:00:00") | weekly)
    world.sync()
    assert world.busy()[0].start == datetime(2026, 11, 24, 15, tzinfo=UTC)
    world.google.change(ADA, href, timed("2026-11-24T10:00:00", "2026-11-24T11:00:00", "Europe/Berlin"))
    world.sync()
    expected = [datetime(2026, 11, 24, 9, tzinfo=UTC) + timedelta(weeks=week) for week in range(4)]
    assert world.busy() == [TimeSpan(start, start + HOUR) for start in expected]
    world.sync(full=True)
    assert world.busy() == [TimeSpan(start, start + HOUR) for start in expected]
