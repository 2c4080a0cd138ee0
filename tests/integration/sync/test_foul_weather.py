"""Lost answers, sign-in pages and torn bodies at hosted servers in small: nothing is freed, nothing is doubled."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from sync.store.outbox import EntryState
from tests.support import ics
from tests.support.hosted_world import HostedWorld
from tests.support.quirks.profiles import PROFILES, QUICK
from tests.support.quirks.proxy import Weather
from tests.support.quirks.server import QuirkServer
from tests.support.radicale import RadicaleServer

THURSDAY_10 = datetime(2026, 11, 26, 15, 0, tzinfo=UTC)
PLAYED = [pytest.param(name, marks=() if name in QUICK else pytest.mark.quirks) for name in PROFILES]


@pytest.fixture
def server(request: pytest.FixtureRequest, radicale: RadicaleServer) -> Iterator[QuirkServer]:
    with QuirkServer(request.param, radicale) as server:
        yield server


@pytest.fixture
def world(server: QuirkServer, sqlite_url: str) -> Iterator[HostedWorld]:
    world = HostedWorld(sqlite_url, server)
    world.settle()
    yield world
    world.database.engine.dispose()


@pytest.mark.parametrize("weather", [Weather.CUT_AFTER, Weather.LOGIN_PAGE])
@pytest.mark.parametrize("server", PLAYED, indirect=True)
def test_a_create_without_an_answer_is_one_event_in_the_end(
    server: QuirkServer, world: HostedWorld, weather: Weather
) -> None:
    server.play.weather.append(("PUT", weather))
    world.book(day=26)
    world.settle(5)
    world.next_day()
    assert len(world.texts()) == 1
    assert world.busy() == []
    found = world.event()
    assert found is not None
    assert found.state is EntryState.WRITTEN


@pytest.mark.parametrize("server", PLAYED, indirect=True)
def test_a_provider_who_edits_what_she_was_not_seen_to_get_keeps_her_edit(
    server: QuirkServer, world: HostedWorld
) -> None:
    server.play.weather.append(("PUT", Weather.CUT_AFTER))
    world.book(day=26)
    world.sync()
    if not world.texts():
        world.settle()
    world.edit("T100000", "T090000")
    world.settle()
    world.next_day()
    ((_, text),) = world.texts().items()
    assert "T090000" in text


@pytest.mark.parametrize("server", ["icloud", "google"], indirect=True)
@pytest.mark.parametrize("weather", list(Weather), ids=lambda weather: weather.name.lower())
def test_no_weather_frees_time_or_doubles_an_event(
    server: QuirkServer, world: HostedWorld, weather: Weather
) -> None:
    world.put_by_other("event", ics.timed("uid-1", THURSDAY_10, timedelta(hours=1)))
    world.settle()
    busy = world.busy()
    world.book(day=26, hour=14)
    server.play.weather += [("", weather)] * (2 if weather is Weather.SLOW else 7)
    for _ in range(3):
        world.sync()
        assert world.busy() == busy
        world.pass_time(minutes=20)
    server.play.weather.clear()
    world.settle()
    assert world.busy() == busy
    assert len(world.texts()) == 2
    assert world.account_row().state == "ok"
    assert world.changes() == []
