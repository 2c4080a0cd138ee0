"""Answers that are no change, and answers that are not true: the engine does nothing for either."""

import pytest

from sync.store.due import due_accounts
from tests.support.engine_world import EngineWorld
from tests.support.watched_server import Outside


@pytest.fixture
def world(database_url: str) -> EngineWorld:
    made = EngineWorld(database_url)
    made.sync()
    return made


def her_event(world: EngineWorld, name: str, uid: str = "", *, day: int = 1, hour: int = 10) -> str:
    return world.server.put(world.work, name, Outside(day=day, hour=hour).render(uid or name))


def passes(world: EngineWorld, number: int = 3) -> None:
    for _ in range(number):
        world.pass_time(minutes=6)
        world.sync()


def test_another_etag_for_the_same_text_is_no_work(world: EngineWorld) -> None:
    world.book()
    her_event(world, "a")
    passes(world)
    before, busy = world.writes(), world.busy()
    for href, text in world.texts().items():
        world.server.put(world.work, href.rsplit("/", 1)[-1].removesuffix(".ics"), text)
    passes(world)
    assert (world.writes(), world.busy(), world.changes()) == (before, busy, [])


def test_what_the_server_makes_of_our_text_is_not_written_back(world: EngineWorld) -> None:
    world.server.rewrites = lambda raw: raw.replace(b"CLASS:PRIVATE", b"X-KEPT-BY:server")
    world.book()
    passes(world, 5)
    assert world.writes() == 1
    assert world.changes() == []


def test_a_server_that_states_no_etag_sees_one_write(world: EngineWorld) -> None:
    world.server.states_etags = False
    world.book()
    passes(world, 5)
    assert world.writes() == 1
    assert world.changes() == []


def test_the_sequence_is_hers_to_count(world: EngineWorld) -> None:
    world.book()
    passes(world)
    ((href, text),) = world.texts().items()
    assert "SEQUENCE:" not in text or "SEQUENCE:0" in text
    hers = text.replace("SEQUENCE:0\r\n", "").replace("END:VEVENT", "SEQUENCE:7\r\nEND:VEVENT")
    world.server.put(world.work, href.rsplit("/", 1)[-1].removesuffix(".ics"), hers)
    passes(world)
    ((_, text),) = world.texts().items()
    assert "SEQUENCE:7\r\n" in text


def test_two_events_of_others_with_one_uid_both_block_once(world: EngineWorld) -> None:
    her_event(world, "a", "same", hour=10)
    her_event(world, "b", "same", hour=14)
    passes(world)
    assert [span.start.hour for span in world.busy()] == [15, 19]


def test_a_server_that_refuses_every_token_is_listed_once_a_pass(world: EngineWorld) -> None:
    her_event(world, "a")
    world.sync()
    world.server.honours_tokens = False
    for _ in range(3):
        world.pass_time(minutes=6)
        before = len(world.server.calls)
        assert world.sync().ok
        called = [call.operation for call in world.server.calls[before:]]
        assert called == ["discover", "report", "list"]
        assert len(world.busy()) == 1


def test_a_listing_that_a_direct_look_contradicts_is_thrown_away(world: EngineWorld) -> None:
    world.book()
    her_event(world, "a")
    passes(world)
    busy = world.busy()
    world.server.forget_tokens(world.work)
    world.server.lists_nothing = True
    report = world.sync()
    assert report.calendars[0].error is not None
    world.server.lists_nothing = False
    passes(world)
    assert (world.busy(), world.changes(), len(world.texts())) == (busy, [], 2)


def test_what_waits_is_found_in_the_database_though_no_bell_rang(world: EngineWorld) -> None:
    with world.database.read() as connection:
        assert due_accounts(connection, now=world.now) == []
    world.book()
    with world.database.read() as connection:
        assert due_accounts(connection, now=world.now) == ["account"]
