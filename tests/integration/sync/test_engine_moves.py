"""A provider moves one of our events into another of her calendars: it is the same event, not a deletion."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from sync.backends.errors import Unavailable
from sync.store.changes import ChangeKind
from sync.store.tables import calendar
from tests.support import ics
from tests.support.engine_world import EngineWorld


@pytest.fixture
def world(database_url: str) -> EngineWorld:
    made = EngineWorld(database_url, roles={"Work": "write", "Old": "ignore"})
    made.home = made.server.add_calendar("Home")  # type: ignore[attr-defined]
    made.old = made.server.add_calendar("Old")  # type: ignore[attr-defined]
    made.sync()
    made.book()
    made.sync()
    return made


def move(world: EngineWorld, name: str) -> str:
    ((href, text),) = world.texts().items()
    world.server.remove(world.work, href)
    return world.server.put(getattr(world, name), href.rsplit("/", 1)[-1].removesuffix(".ics"), text)


def texts(world: EngineWorld, name: str) -> dict[str, str]:
    return dict(world.server.texts(getattr(world, name)))


def test_an_event_moved_to_another_calendar_is_not_handed_over_as_deleted(world: EngineWorld) -> None:
    move(world, "home")
    world.sync()
    world.sync()
    assert world.changes() == []
    assert world.busy() == []
    found = world.event()
    assert found is not None
    assert found.calendar_name == "Home"


def test_it_does_not_matter_which_of_the_two_calendars_is_read_first(world: EngineWorld) -> None:
    move(world, "home")
    world.server.fail("report", Unavailable("cut"))
    world.sync()
    world.pass_time(minutes=6)
    world.sync()
    assert world.changes() == []
    assert world.busy() == []


def test_what_we_write_afterwards_goes_to_where_the_event_is(world: EngineWorld) -> None:
    move(world, "home")
    world.sync()
    world.book(hour=15)
    world.sync()
    world.sync()
    (text,) = texts(world, "home").values()
    assert "T150000" in text
    assert world.texts() == {}


def test_an_event_moved_and_changed_is_handed_over_as_changed(world: EngineWorld) -> None:
    href = move(world, "home")
    text = texts(world, "home")[href].replace("Request: GH", "GH")
    world.server.put(world.home, href.rsplit("/", 1)[-1].removesuffix(".ics"), text)  # type: ignore[attr-defined]
    world.sync()
    assert [change.kind for change in world.changes()] == [ChangeKind.EDITED]


def test_an_event_that_was_to_be_removed_is_removed_from_where_it_is(world: EngineWorld) -> None:
    move(world, "home")
    world.sync()
    world.take_out()
    world.sync()
    assert texts(world, "home") == {}
    assert world.changes() == []


def test_an_event_moved_before_its_removal_was_sent_is_removed_from_where_it_is(world: EngineWorld) -> None:
    move(world, "home")
    world.take_out()
    world.sync()
    world.sync()
    assert texts(world, "home") == {}
    assert world.busy() == []
    assert world.changes() == []


def test_an_event_moved_while_its_removal_has_no_answer_is_removed_from_where_it_is(
    world: EngineWorld,
) -> None:
    world.take_out()
    world.server.plan("delete", lambda: move(world, "home") and None)
    world.server.fail("delete", Unavailable("cut"))
    for _ in range(3):
        world.sync()
        world.pass_time(minutes=6)
    assert texts(world, "home") == {}
    assert world.busy() == []
    assert world.changes() == []


def test_an_event_moved_between_the_readings_of_both_calendars_is_removed_from_where_it_is(
    world: EngineWorld,
) -> None:
    """Its new place is read first, where it is taken for an event of hers until its old one is."""
    with world.database.write() as connection:
        earlier = update(calendar).where(calendar.c.name == "Home")
        connection.execute(earlier.values(created_at=world.now - timedelta(days=1)))
    move(world, "home")
    world.server.fail("report", Unavailable("cut"), skip=1)
    world.sync()
    assert len(world.busy()) == 1
    world.take_out()
    world.sync()
    world.sync()
    assert texts(world, "home") == {}
    assert world.busy() == []
    assert world.changes() == []


def test_an_event_moved_back_is_still_the_same(world: EngineWorld) -> None:
    href = move(world, "home")
    world.sync()
    text = texts(world, "home")[href]
    world.server.remove(world.home, href)  # type: ignore[attr-defined]
    world.server.put(world.work, href.rsplit("/", 1)[-1].removesuffix(".ics"), text)
    world.sync()
    world.sync()
    assert world.changes() == []
    found = world.event()
    assert found is not None
    assert found.calendar_name == "Work"


def test_an_event_made_anew_after_its_deletion_elsewhere_has_a_name_of_its_own_and_may_be_moved_there_again(
    world: EngineWorld,
) -> None:
    href = move(world, "home")
    world.sync()
    world.server.remove(world.home, href)  # type: ignore[attr-defined]
    world.sync()
    (deleted,) = world.changes()
    world.book(hour=15)
    world.sync()
    move(world, "home")
    world.sync()
    world.sync()
    assert deleted.kind is ChangeKind.DELETED
    assert world.changes() == []
    assert len({row.uid for row in world.entries() if row.booking_ref}) == 2
    (text,) = texts(world, "home").values()
    assert "T150000" in text


def test_an_event_moved_to_where_we_do_not_look_is_gone(world: EngineWorld) -> None:
    move(world, "old")
    world.sync()
    world.sync()
    assert [change.kind for change in world.changes()] == [ChangeKind.DELETED]


def test_a_calendar_that_is_gone_is_not_where_the_event_went(world: EngineWorld) -> None:
    (href,) = world.texts()
    world.server.remove(world.work, href)
    world.server.remove_calendar(world.home)  # type: ignore[attr-defined]
    world.sync()
    assert [change.kind for change in world.changes()] == [ChangeKind.DELETED]
    assert world.calendar_row("Work").state == "ok"
    assert world.calendar_row("Home").state == "missing"


@pytest.mark.parametrize("origin, target", [("Work", "Home"), ("Home", "Work")])
def test_an_event_of_others_that_was_moved_blocks_again_before_its_new_calendar_is_due(
    database_url: str, origin: str, target: str
) -> None:
    world = EngineWorld(database_url, roles={"Work": "write", "Home": "busy"})
    places = {"Work": world.work, "Home": world.server.add_calendar("Home")}
    text = ics.calendar(ics.event("lunch", datetime(2026, 11, 24, 12), timedelta(hours=1), tzid=ics.NEW_YORK))
    href = world.server.put(places[origin], "lunch", text)
    world.sync()
    taken = world.busy()
    assert len(taken) == 1
    world.server.remove(places[origin], href)
    world.server.put(places[target], "lunch", text)
    with world.database.write() as connection:
        connection.execute(update(calendar).where(calendar.c.name == origin).values(due_at=world.now))
    for _ in range(2):  # in one pass if the calendar it left is read first
        world.engine.sync_account("account", owner="worker", now=world.now)
    assert world.busy() == taken
    assert world.calendar_row(target).due_at > world.now
