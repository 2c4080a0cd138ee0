"""Events of ours that a provider puts back after their deletion: their time is taken at every commit."""

from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import text as text_of

from sync.backends.errors import Unavailable
from sync.engine.engine import Wish
from sync.engine.handing_over import hand_over
from sync.model.timespan import TimeSpan
from tests.support.engine_world import EngineWorld

TUESDAY_10 = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
MINUTES = timedelta(minutes=45)
ITS_TIME = TimeSpan(TUESDAY_10, TUESDAY_10 + MINUTES)


@pytest.fixture
def world(sqlite_url: str) -> EngineWorld:
    made = EngineWorld(sqlite_url)
    made.sync()
    return made


@pytest.fixture
def put_back(world: EngineWorld) -> str:
    """Its name: deleted by the provider, which was settled, and put back too late to be undone; that was just read."""
    world.book()
    world.sync()
    ((href, text),) = world.texts().items()
    world.server.remove(world.work, href)
    world.sync()
    assert [change.kind.value for change in world.changes()] == ["deleted"]
    world.take_out()
    assert world.busy() == []
    world.server.put(world.work, href.rpartition("/")[2].removesuffix(".ics"), text)
    world.sync()
    return href


def give_up(world: EngineWorld) -> None:
    with world.database.write() as connection:
        hand_over(connection, world.cipher, world.views, booking_ref="booking", now=world.now)


def live(world: EngineWorld) -> list[tuple[str, str]]:
    return [
        (row.origin, row.href) for row in world.entries() if row.gone_at is None and row.closed_at is None
    ]


def test_its_time_is_taken_as_soon_as_it_is_read(world: EngineWorld, put_back: str) -> None:
    assert world.busy() == [ITS_TIME]


def test_moved_before_anybody_took_note_it_takes_its_new_time(world: EngineWorld, put_back: str) -> None:
    text = world.texts()[put_back].replace("T100000", "T150000").replace("T104500", "T154500")
    world.server.put(world.work, put_back.rpartition("/")[2].removesuffix(".ics"), text)
    world.sync()
    assert world.busy() == [
        TimeSpan(TUESDAY_10 + timedelta(hours=5), TUESDAY_10 + timedelta(hours=5) + MINUTES)
    ]


def test_handed_over_it_takes_its_time_in_the_same_transaction(world: EngineWorld, put_back: str) -> None:
    give_up(world)
    assert world.busy() == [ITS_TIME]
    assert live(world) == [("remote", put_back)]


def test_read_after_that_it_is_the_same_event_and_not_another(world: EngineWorld, put_back: str) -> None:
    give_up(world)
    before = [row.id for row in world.entries()]
    world.sync()
    assert [row.id for row in world.entries()] == before
    assert world.busy() == [ITS_TIME]
    world.server.remove(world.work, put_back)
    world.sync()
    assert world.busy() == []


def test_a_booking_again_it_takes_no_time_of_its_own(world: EngineWorld, put_back: str) -> None:
    world.book()
    assert world.busy() == []
    world.book(hour=16)
    world.sync()
    assert world.busy() == []


def test_taken_out_again_its_time_is_free(world: EngineWorld, put_back: str) -> None:
    world.take_out()
    assert world.busy() == []


def test_handed_over_while_a_write_is_on_its_way_both_times_are_taken(world: EngineWorld) -> None:
    world.book()
    world.sync()
    world.book(hour=15)
    taken: list[list[TimeSpan]] = []

    def hand_it_over() -> None:
        give_up(world)
        taken.append(world.busy())

    world.server.plan("update", hand_it_over)
    world.sync()
    later = TimeSpan(TUESDAY_10 + timedelta(hours=5), TUESDAY_10 + timedelta(hours=5) + MINUTES)
    assert taken == [[ITS_TIME, later]]
    assert world.busy() == [later]


def test_handed_over_during_a_first_write_that_fails_it_blocks_until_it_is_known_not_to_be_there(
    world: EngineWorld,
) -> None:
    world.book()
    taken: list[list[TimeSpan]] = []

    def hand_it_over() -> None:
        give_up(world)
        taken.append(world.busy())
        raise Unavailable("cut")

    world.server.plan("create", hand_it_over)
    world.sync()
    world.sync()
    assert taken == [[ITS_TIME]]
    assert world.busy() == []


def test_what_was_never_written_leaves_nothing(world: EngineWorld) -> None:
    world.book()
    give_up(world)
    assert (world.busy(), live(world)) == ([], [])


@pytest.mark.postgres
def test_a_page_that_is_stored_meanwhile_waits_and_finds_one_event(postgres_url: str) -> None:
    world = EngineWorld(postgres_url)
    world.sync()
    world.book()
    world.sync()
    ((href, text),) = world.texts().items()
    title = text.replace("SUMMARY:Request: GH", "SUMMARY:Grace")
    world.server.put(world.work, href.rpartition("/")[2].removesuffix(".ics"), title)
    passes: list[bool] = []

    def look() -> None:
        wish = Wish(look=5.0)
        passes.append(world.engine.sync_account("account", owner="worker", now=world.now, wish=wish).ok)

    reading = Thread(target=look)
    with world.database.write() as connection:
        hand_over(connection, world.cipher, world.views, booking_ref="booking", now=world.now)
        reading.start()
        with world.database.read() as watcher:
            blocked = text_of("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            while not watcher.execute(blocked).scalar():
                watcher.execute(text_of("SELECT pg_sleep(0.01), pg_stat_clear_snapshot()"))
    reading.join()
    assert passes == [True]
    assert live(world) == [("remote", href)]
    assert world.busy() == [ITS_TIME]
