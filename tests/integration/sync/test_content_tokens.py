"""A sync token may stand for a content: once our own event is gone again, the old token says that nothing changed."""

from collections.abc import Callable, Iterator

import pytest

from sync.backends.errors import Unavailable
from sync.backends.memory_server import MemoryServer
from sync.failpoints import set_trigger
from sync.store.changes import ChangeKind
from tests.support.engine_world import EngineWorld
from tests.support.hosted_world import HostedWorld
from tests.support.xandikos import XandikosServer


@pytest.fixture
def world(database_url: str) -> EngineWorld:
    server = MemoryServer()
    server.content_tokens = True
    made = EngineWorld(database_url, server=server)
    made.sync()
    return made


@pytest.fixture
def hosted(sqlite_url: str, xandikos: XandikosServer) -> Iterator[HostedWorld]:
    made = HostedWorld(sqlite_url, xandikos)
    made.sync()
    yield made
    made.database.engine.dispose()


def right_after_the_write(act: Callable[[], None]) -> None:
    """Another program acts between our write and the reading that follows it."""

    def trigger(name: str) -> None:
        if name == "push.inside_confirm":
            set_trigger(None)
            act()

    set_trigger(trigger)


def the_href(world: EngineWorld) -> str:
    (href,) = world.texts()
    return href


def test_an_event_deleted_before_our_write_was_read_back_is_a_deletion(world: EngineWorld) -> None:
    world.book()
    right_after_the_write(lambda: world.server.remove(world.work, the_href(world)))
    world.sync()
    world.sync()
    assert [change.kind for change in world.changes()] == [ChangeKind.DELETED]
    assert world.texts() == {}


def test_xandikos_itself_is_not_believed_that_nothing_changed(hosted: HostedWorld) -> None:
    hosted.book()
    right_after_the_write(lambda: hosted.client.delete_event(hosted.client.list_hrefs()[0]))
    hosted.sync()
    hosted.sync()
    assert [change.kind for change in hosted.changes()] == [ChangeKind.DELETED]
    assert hosted.client.list_hrefs() == []


def test_an_edit_put_back_to_the_content_before_our_write_is_an_edit(world: EngineWorld) -> None:
    world.book(hour=10)
    world.sync()
    before = world.texts()[the_href(world)]
    world.book(hour=11)
    name = the_href(world).rsplit("/", 1)[-1].removesuffix(".ics")
    right_after_the_write(lambda: world.server.put(world.work, name, before) and None)
    world.sync()
    world.sync()
    (change,) = world.changes()
    assert change.kind is ChangeKind.EDITED
    assert "T100000" in world.texts()[the_href(world)]


def test_an_event_put_back_before_our_removal_was_read_back_is_removed_again(world: EngineWorld) -> None:
    world.book()
    world.sync()
    name = the_href(world).rsplit("/", 1)[-1].removesuffix(".ics")
    before = world.texts()[the_href(world)]
    world.take_out()
    right_after_the_write(lambda: world.server.put(world.work, name, before) and None)
    world.sync()
    world.sync()
    assert world.texts() == {}


def test_a_created_event_found_by_a_look_is_not_believed_to_be_there_for_good(world: EngineWorld) -> None:
    world.book()
    world.server.fail("create", Unavailable("cut"), after_effect=True)
    world.server.fail("report", Unavailable("later"))
    world.sync()
    world.pass_time(minutes=6)
    world.server.plan("read", lambda: world.server.remove(world.work, the_href(world)), after_effect=True)
    world.sync()
    assert world.texts() == {}
    world.sync()
    assert [change.kind for change in world.changes()] == [ChangeKind.DELETED]


def test_an_edit_found_by_a_look_and_taken_back_before_a_reading_is_taken_back(world: EngineWorld) -> None:
    world.book(hour=10)
    world.sync()
    world.sync()
    name = the_href(world).rsplit("/", 1)[-1].removesuffix(".ics")
    before = world.texts()[the_href(world)]
    edited(world, "SUMMARY:Request: GH", "SUMMARY:Hers")
    world.book(hour=10, summary="Request: GH again")
    world.server.plan("read", lambda: world.server.put(world.work, name, before) and None, after_effect=True)
    world.server.fail("report", Unavailable("later"))
    world.sync()
    world.pass_time(minutes=6)
    world.sync()
    world.sync()
    assert "SUMMARY:Request: GH\r" in world.texts()[the_href(world)]
    found = world.event()
    assert found is not None
    assert found.series is not None
    assert found.series.master.summary == "Request: GH"


def test_an_event_that_was_looked_for_once_is_not_looked_for_again(world: EngineWorld) -> None:
    world.server.reports_nothing = True
    world.book()
    world.sync()
    world.sync()
    before = len(world.server.calls)
    world.sync()
    assert [call.operation for call in world.server.calls[before:]] == ["discover", "report"]


def test_a_write_that_the_next_reading_names_costs_no_look(world: EngineWorld) -> None:
    world.book()
    world.sync()
    world.sync()
    assert not [call for call in world.server.calls if call.operation in ("read", "find")]


def test_a_write_that_is_named_with_her_edit_on_top_costs_no_look(world: EngineWorld) -> None:
    world.book()
    right_after_the_write(lambda: edited(world, "T100000", "T090000"))
    world.sync()
    before = len(world.server.calls)
    world.sync()
    world.sync()
    assert not [call for call in world.server.calls[before:] if call.operation in ("read", "find")]


def edited(world: EngineWorld, old: str, new: str) -> None:
    ((href, text),) = world.texts().items()
    assert old in text
    world.server.put(world.work, href.rsplit("/", 1)[-1].removesuffix(".ics"), text.replace(old, new))
