"""The engine over each hosted server in small: written once, pulled once, idle when there is nothing to do."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from sync.model.timespan import TimeSpan
from sync.store.changes import ChangeKind
from sync.store.outbox import EntryState
from tests.support import ics
from tests.support.caldav_server import CalDavServer
from tests.support.hosted_world import HostedWorld
from tests.support.quirks.profiles import PROFILES, QUICK
from tests.support.quirks.server import QuirkServer

THURSDAY_10 = datetime(2026, 11, 26, 15, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


PLAYED = [pytest.param(name, marks=() if name in QUICK else pytest.mark.quirks) for name in PROFILES]
CYRUS = pytest.param("cyrus", marks=pytest.mark.cyrus)


@pytest.fixture(params=[CYRUS, *PLAYED])
def world(request: pytest.FixtureRequest, sqlite_url: str) -> Iterator[HostedWorld]:
    if request.param == "cyrus":
        yield from at_work(sqlite_url, request.getfixturevalue("cyrus"))
        return
    with QuirkServer(request.param, request.getfixturevalue("radicale")) as server:
        yield from at_work(sqlite_url, server)


def at_work(url: str, server: CalDavServer) -> Iterator[HostedWorld]:
    world = HostedWorld(url, server)
    world.settle()
    yield world
    world.database.engine.dispose()


def meeting(number: int = 1, start: datetime = THURSDAY_10) -> str:
    return ics.timed(f"uid-{number}", start, HOUR)


def test_a_booking_is_written_once_and_an_idle_system_writes_nothing(world: HostedWorld) -> None:
    world.book(day=26)
    world.settle()
    assert len(world.texts()) == 1
    before = world.writes()
    for _ in range(10):
        world.pass_time(minutes=6)
        world.sync()
    world.next_day()
    assert world.writes() == before
    assert len(world.texts()) == 1
    assert world.busy() == []
    assert world.changes() == []


def test_a_move_by_the_provider_is_handed_over_once_and_not_written_back(world: HostedWorld) -> None:
    world.book(day=26)
    world.settle()
    before = world.writes()
    world.edit("T100000", "T090000")
    world.next_day()
    world.settle()
    assert [change.kind for change in world.changes()] == [ChangeKind.EDITED]
    assert world.writes() == before
    found = world.event()
    assert found is not None
    assert found.state is EntryState.WRITTEN


def test_a_deletion_by_the_provider_is_handed_over_once(world: HostedWorld) -> None:
    world.book(day=26)
    world.settle()
    world.delete()
    world.next_day()
    world.settle()
    assert [change.kind for change in world.changes()] == [ChangeKind.DELETED]
    assert world.texts() == {}


def test_a_change_of_ours_is_one_event_changed(world: HostedWorld) -> None:
    world.book(day=26)
    world.settle()
    world.book(day=26, hour=14)
    world.settle()
    ((_, text),) = world.texts().items()
    assert "T140000" in text
    assert world.changes() == []


def test_what_we_take_back_is_gone_and_stays_gone(world: HostedWorld) -> None:
    world.book(day=26)
    world.settle()
    world.take_out()
    world.settle()
    world.next_day()
    assert world.texts() == {}
    assert world.changes() == []
    found = world.event()
    assert found is not None
    assert found.state is EntryState.REMOVED


def test_twelve_outside_events_take_their_time_within_a_day_and_give_it_back(world: HostedWorld) -> None:
    for number in range(12):
        world.put_by_other(f"event-{number}", meeting(number, THURSDAY_10 + number * timedelta(days=1)))
    world.settle()
    world.next_day()
    assert len(world.busy()) == 12
    for number in (3, 4):
        world.client.delete_event(f"event-{number}.ics")
    world.settle()
    world.next_day()
    assert len(world.busy()) == 10
    assert world.calendar_row().state != "held"


def test_a_moved_outside_event_takes_its_new_time(world: HostedWorld) -> None:
    world.put_by_other("event", meeting())
    world.settle()
    world.put_by_other("event", meeting(start=THURSDAY_10 + HOUR))
    world.settle()
    assert world.busy() == [TimeSpan(THURSDAY_10 + HOUR, THURSDAY_10 + 2 * HOUR)]
