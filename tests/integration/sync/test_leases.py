"""An account belongs to one worker while its pass lasts, however long, and to the next one soon after its end."""

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from service.database import Database
from sync.backends.memory import MemoryBackend
from sync.engine import Engine
from sync.store.leases import database_now, take
from sync.store.tables import account
from tests.support.engine_world import EngineWorld
from tests.support.process import wait_until

LEASE = timedelta(seconds=2)


@pytest.fixture
def world(upgraded_url: str) -> Iterator[EngineWorld]:
    made = EngineWorld(upgraded_url)
    made.engine = Engine(
        database=made.database,
        cipher=made.cipher,
        open_backend=lambda access: MemoryBackend(made.server, password=access.secret),
        views=made.views,
        jitter=random.Random(7),
        lease=LEASE,
    )
    made.sync()
    yield made
    made.database.close()


def until(world: EngineWorld) -> Any:
    with world.database.read() as connection:
        return connection.execute(select(account.c.lease_until)).scalar_one()


def clock(world: EngineWorld) -> Any:
    with world.database.read() as connection:
        return database_now(connection)


def test_a_server_that_takes_longer_than_the_lease_does_not_cost_it(world: EngineWorld) -> None:
    world.book()
    reports = []

    def dawdle() -> None:
        begun = until(world)
        wait_until(lambda: clock(world) > begun + LEASE)
        reports.append(world.sync(owner="another"))

    world.server.plan("create", dawdle, after_effect=True)
    assert world.sync().ok
    assert [report.busy for report in reports] == [True]
    assert len(world.texts()) == 1


def test_a_worker_that_lost_the_account_says_nothing_about_it(world: EngineWorld) -> None:
    world.book()

    def stolen() -> None:
        with world.database.write() as connection:
            connection.execute(update(account).values(fence=account.c.fence + 1, lease_owner="thief"))
        raise RuntimeError("a defect of ours")

    world.server.plan("create", stolen)
    with pytest.raises(RuntimeError, match="a defect of ours"):
        world.sync()
    assert world.account_row().state == "ok"


@pytest.mark.postgres
def test_a_worker_that_halts_inside_a_transaction_keeps_the_others_waiting_for_a_while_only(
    postgres_url: str,
) -> None:
    made = EngineWorld(postgres_url)
    halted = Database(postgres_url, longest_pause=timedelta(seconds=0.5))
    taken = []

    def halt() -> None:
        with halted.write() as connection:
            assert take(connection, "account", owner="halted", length=LEASE)
            with made.database.write() as another:
                taken.append(take(another, "account", owner="another", length=LEASE))
            connection.execute(select(1))

    with pytest.raises(DBAPIError):
        halt()
    assert [lease.owner for lease in taken if lease is not None] == ["another"]
    halted.close()
    made.database.close()


def test_a_pass_that_is_over_leaves_no_lease(world: EngineWorld) -> None:
    world.sync()
    assert until(world) is None


def test_an_account_of_a_worker_that_was_killed_is_free_within_half_a_minute(upgraded_url: str) -> None:
    made = EngineWorld(upgraded_url)
    left = []
    made.server.plan("discover", lambda: left.append(until(made) - clock(made)))
    made.sync()
    assert timedelta(0) < left[0] <= timedelta(seconds=30)
    made.database.close()
