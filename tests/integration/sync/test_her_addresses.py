"""An invitation counts as its owner answered it: under the addresses she has now, not those of when it was read."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection

from sync.backends.errors import Unavailable
from sync.model.timespan import TimeSpan
from sync.store.ports import ProviderView
from tests.support import ics
from tests.support.engine_world import EngineWorld, FixedViews

START = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
BUSY = [TimeSpan(START, START + timedelta(hours=1))]
NEW = "ada@new.example"


class Addressed(FixedViews):
    """She has these addresses."""

    def __init__(self, *own: str) -> None:
        super().__init__()
        self.own = frozenset(own)

    def view(self, connection: Connection, provider_id: str) -> ProviderView:
        return replace(super().view(connection, provider_id), own_addresses=self.own)


@pytest.fixture
def world(database_url: str) -> EngineWorld:
    world = EngineWorld(database_url)
    declined = ics.timed(
        "a", START, timedelta(hours=1), attendees={NEW: "DECLINED", "bo@example.com": "ACCEPTED"}
    )
    world.server.put(world.work, "a", declined)
    world.sync()
    assert world.busy() == BUSY  # it is no invitation of hers
    return world


def test_an_address_that_is_added_counts_for_what_was_read_before(world: EngineWorld) -> None:
    world.views = world.engine._views = Addressed(NEW)
    world.sync()
    assert world.busy() == []


def test_an_address_that_is_taken_away_no_longer_frees_what_was_read_before(world: EngineWorld) -> None:
    world.views = world.engine._views = Addressed(NEW)
    world.sync()
    world.views = world.engine._views = Addressed()
    world.sync()
    assert world.busy() == BUSY


def test_what_could_not_be_read_anew_is_read_with_the_next_reading(world: EngineWorld) -> None:
    world.views = world.engine._views = Addressed(NEW)
    world.server.fail("list", Unavailable("The server does not answer."))
    world.sync()
    assert world.busy() == BUSY
    world.pass_time(hours=1)
    world.sync()
    assert world.busy() == []


def test_the_same_addresses_cost_no_listing(world: EngineWorld) -> None:
    world.pass_time(minutes=6)
    full_at = world.calendar_row().full_at
    world.sync()
    assert world.calendar_row().full_at == full_at
