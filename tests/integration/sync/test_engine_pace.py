"""How often the engine reads: as the rules of pacing say, and never later for having been woken meanwhile."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, update

from sync.backends.errors import Unavailable
from sync.store.due import read_now
from sync.store.ports import ProviderView
from sync.store.tables import calendar
from tests.support import ics
from tests.support.engine_world import NOON, EngineWorld, FixedViews

MINUTE = timedelta(minutes=1)


class OffWork(FixedViews):
    """The provider is not at work, and her page trusts a reading for an hour."""

    def view(self, connection: Connection, provider_id: str) -> ProviderView:
        view = super().view(connection, provider_id)
        return ProviderView(
            zone=view.zone,
            policy=view.policy,
            horizon=view.horizon,
            poll_every=5 * MINUTE,
            own_addresses=view.own_addresses,
            request_only_after=60 * MINUTE,
            hours=frozenset(),
        )


@pytest.fixture
def world(database_url: str) -> EngineWorld:
    return EngineWorld(database_url)


def wait(world: EngineWorld) -> Any:
    """From the last reading to the next one."""
    row = world.calendar_row()
    return row.due_at - row.checked_at


def test_in_working_hours_a_calendar_is_read_at_the_interval_of_the_practice(world: EngineWorld) -> None:
    for _ in range(3):
        world.sync()
        assert 3.75 * MINUTE <= wait(world) <= 5 * MINUTE
        world.pass_time(hours=1)


def test_outside_them_a_quiet_calendar_is_read_more_seldom_until_it_changes(world: EngineWorld) -> None:
    world.views.view = OffWork().view  # type: ignore[method-assign]
    world.sync()
    assert wait(world) <= 5 * MINUTE
    world.pass_time(hours=1)
    world.sync()
    assert 15 * MINUTE <= wait(world) <= 20 * MINUTE
    world.server.put(world.work, "a", ics.timed("a", NOON, timedelta(hours=1)))
    world.pass_time(minutes=20)
    world.sync()
    assert wait(world) <= 5 * MINUTE


def test_a_wake_up_that_comes_while_the_calendar_is_read_leaves_it_due(world: EngineWorld) -> None:
    world.sync()
    world.pass_time(minutes=6)

    def woken() -> None:
        with world.database.write() as connection:
            read_now(connection, "account", now=world.now + timedelta(seconds=1))

    world.server.plan("report", woken)
    world.sync()
    assert world.calendar_row().due_at == world.now + timedelta(seconds=1)


def test_a_wake_up_at_the_very_moment_for_which_the_calendar_was_due_is_not_forgotten(
    world: EngineWorld,
) -> None:
    world.sync()
    world.pass_time(minutes=6)
    soon = world.now + timedelta(seconds=1)
    with world.database.write() as connection:
        connection.execute(update(calendar).values(due_at=soon))

    def woken() -> None:
        with world.database.write() as connection:
            read_now(connection, "account", now=soon)

    world.server.plan("report", woken)
    world.sync()
    assert world.calendar_row().due_at == soon


def test_a_calendar_of_several_that_is_put_off_by_the_server_waits_as_long_as_it_asked(
    database_url: str,
) -> None:
    world = EngineWorld(database_url, roles={"Work": "write", "Home": "busy"})
    world.server.add_calendar("Home")
    world.sync()
    world.pass_time(minutes=6)
    world.server.fail("report", Unavailable("later", retry_after=timedelta(minutes=20)))
    assert not world.sync().ok
    put_off = [row for row in (world.calendar_row(), world.calendar_row("Home")) if row.state == "failing"]
    assert [row.due_at >= world.now + 20 * MINUTE for row in put_off] == [True]
