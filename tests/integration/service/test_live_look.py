"""The look at the live calendar before time is given away: alone, beside a worker, and when it is in vain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import Connection, insert, select, update

from service.live import LiveLook
from sync.store.leases import Lease, give_back, take
from sync.store.tables import account
from tests.support import ics
from tests.support.engine_world import NOON, EngineWorld

PROVIDER = "ada"


@dataclass
class Clockwork:
    """Seconds pass only while the look pauses; ``steps`` happen in its pauses, one in each."""

    seconds: float = 0.0
    steps: list[Callable[[], object]] = field(default_factory=list)

    def pause(self, seconds: float) -> None:
        self.seconds += seconds
        if self.steps:
            self.steps.pop(0)()


@pytest.fixture
def world(upgraded_url: str) -> EngineWorld:
    """Read a minute ago, and changed since."""
    made = EngineWorld(upgraded_url)
    made.sync()
    made.pass_time(minutes=1)
    made.server.put(made.work, "new", ics.timed("new", NOON + timedelta(days=1), timedelta(hours=1)))
    made.server.calls.clear()
    return made


@pytest.fixture
def clockwork() -> Clockwork:
    return Clockwork()


@pytest.fixture
def live(world: EngineWorld, clockwork: Clockwork) -> Iterator[LiveLook]:
    made = LiveLook(
        database=world.database, engine=world.engine, clock=lambda: world.now, owner=lambda: "web",
        monotonic=lambda: clockwork.seconds, pause=clockwork.pause,
    )  # fmt: skip
    yield made
    made.close()


def reports(world: EngineWorld) -> int:
    return sum(call.operation == "report" for call in world.server.calls)


def held_by_a_worker(world: EngineWorld) -> Lease:
    with world.database.write() as connection:
        lease = take(connection, "account", owner="worker", length=timedelta(minutes=1))
    assert lease is not None
    return lease


def let_go(world: EngineWorld, lease: Lease) -> None:
    with world.database.write() as connection:
        give_back(connection, lease)


def test_it_reads_what_is_new(world: EngineWorld, live: LiveLook) -> None:
    assert live.look(PROVIDER)
    assert len(world.busy()) == 1


def test_a_reading_of_the_last_five_seconds_counts(world: EngineWorld, live: LiveLook) -> None:
    assert live.look(PROVIDER)
    world.pass_time(seconds=5)
    assert live.look(PROVIDER)
    assert reports(world) == 1
    world.pass_time(seconds=1)
    assert live.look(PROVIDER)
    assert reports(world) == 2


def test_a_worker_that_is_reading_is_waited_for_and_its_reading_counts(
    world: EngineWorld, live: LiveLook, clockwork: Clockwork
) -> None:
    lease = held_by_a_worker(world)

    def the_worker_reads() -> None:
        let_go(world, lease)
        assert world.sync().ok

    clockwork.steps += [lambda: None, lambda: None, the_worker_reads]
    assert live.look(PROVIDER)
    assert reports(world) == 1
    assert len(world.busy()) == 1


def test_what_a_worker_read_too_early_is_followed_by_a_look(
    world: EngineWorld, live: LiveLook, clockwork: Clockwork
) -> None:
    lease = held_by_a_worker(world)
    clockwork.steps += [lambda: None, lambda: let_go(world, lease)]
    assert live.look(PROVIDER)
    assert reports(world) == 1
    assert len(world.busy()) == 1


def test_a_worker_that_holds_the_account_for_long_is_not_waited_for_beyond_three_seconds(
    world: EngineWorld, live: LiveLook, clockwork: Clockwork
) -> None:
    held_by_a_worker(world)
    assert not live.look(PROVIDER)
    assert clockwork.seconds == pytest.approx(3, abs=0.1)
    assert reports(world) == 0


def test_a_place_at_a_crowded_server_is_waited_for(
    world: EngineWorld, live: LiveLook, clockwork: Clockwork
) -> None:
    others = [f"other-{number}" for number in range(4)]
    with world.database.write() as connection:
        connection.execute(update(account).values(host="dav.example.org"))
        for name in others:
            insert_like(connection, name)
            take(connection, name, owner="worker", length=timedelta(minutes=1))

    def one_ends() -> None:
        with world.database.write() as connection:
            connection.execute(update(account).where(account.c.id == others[0]).values(lease_until=None))

    clockwork.steps += [lambda: None, one_ends]
    assert live.look(PROVIDER)
    assert clockwork.seconds == pytest.approx(0.1)
    assert reports(world) == 1


def insert_like(connection: Connection, name: str) -> None:
    """Another account at the same server, of somebody else."""
    row = connection.execute(select(account).where(account.c.id == "account")).one()
    connection.execute(insert(account).values(row._asdict() | {"id": name, "provider_id": name}))


def test_a_server_that_fails_is_no_error_and_does_not_count_as_read(
    world: EngineWorld, live: LiveLook
) -> None:
    world.server.reachable = False
    assert not live.look(PROVIDER)


def test_somebody_of_whom_nothing_is_known_was_not_looked_at(upgraded_url: str) -> None:
    world = EngineWorld(upgraded_url)
    live = LiveLook(
        database=world.database, engine=world.engine, clock=lambda: world.now, owner=lambda: "web"
    )
    assert not live.look(PROVIDER)
    live.close()
