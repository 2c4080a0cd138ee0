"""The engine writes our events, merges what providers change, and never does either twice."""

import pytest
from sqlalchemy import update

from sync.backends.errors import Rejected, Unavailable
from sync.failpoints import set_trigger
from sync.store.changes import ChangeKind
from sync.store.outbox import EntryState
from sync.store.tables import account
from tests.support.engine_world import EngineWorld, appointment


@pytest.fixture
def world(database_url: str) -> EngineWorld:
    made = EngineWorld(database_url)
    made.sync()
    return made


def the_text(world: EngineWorld) -> str:
    (text,) = world.texts().values()
    return text


def edited(world: EngineWorld, old: str, new: str) -> None:
    """The provider changes the one event in her own program."""
    ((href, text),) = world.texts().items()
    assert old in text
    world.server.put(world.work, href.rsplit("/", 1)[-1].removesuffix(".ics"), text.replace(old, new))


def test_a_booking_appears_as_a_tentative_event(world: EngineWorld) -> None:
    world.book()
    world.sync()
    text = the_text(world)
    assert "SUMMARY:Request: GH" in text
    assert "STATUS:TENTATIVE" in text
    assert "DTSTART;TZID=America/New_York:20261124T100000" in text


def test_its_own_event_takes_no_busy_row(world: EngineWorld) -> None:
    world.book()
    world.sync()
    world.sync()
    assert world.busy() == []


def test_an_idle_system_writes_nothing(world: EngineWorld) -> None:
    world.book()
    world.sync()
    before = world.writes()
    for _ in range(10):
        world.pass_time(minutes=6)
        world.sync()
    assert world.writes() == before
    assert world.changes() == []


def test_several_wishes_before_a_pass_are_one_write(world: EngineWorld) -> None:
    world.book(hour=10)
    world.book(hour=11)
    world.book(hour=12)
    before = world.writes()
    world.sync()
    assert world.writes() == before + 1
    assert "T120000" in the_text(world)


def test_a_booking_taken_back_before_it_was_sent_is_never_written(world: EngineWorld) -> None:
    world.book()
    world.take_out()
    before = world.writes()
    world.sync()
    assert world.writes() == before


def test_a_booking_taken_back_is_removed_from_the_calendar(world: EngineWorld) -> None:
    world.book()
    world.sync()
    world.take_out()
    world.sync()
    assert world.texts() == {}
    found = world.event()
    assert found is not None
    assert found.state is EntryState.REMOVED


def test_a_created_event_whose_answer_was_lost_is_found_not_doubled(world: EngineWorld) -> None:
    world.book()
    world.server.fail("create", Unavailable("cut"), after_effect=True)
    world.sync()
    world.pass_time(minutes=1)
    world.sync()
    assert len(world.texts()) == 1
    found = world.event()
    assert found is not None
    assert found.state is EntryState.WRITTEN


def test_a_lost_create_that_the_provider_edited_is_taken_over(world: EngineWorld) -> None:
    world.book()
    world.server.fail("create", Unavailable("cut"), after_effect=True)
    world.sync()
    edited(world, "T100000", "T140000")
    edited(world, "T104500", "T144500")
    world.pass_time(minutes=1)
    world.sync()
    assert [change.kind for change in world.changes()] == [ChangeKind.EDITED]
    assert "T140000" in the_text(world)


def test_an_update_whose_answer_was_lost_is_recognised(world: EngineWorld) -> None:
    world.book()
    world.sync()
    world.book(hour=15)
    world.server.fail("update", Unavailable("cut"), after_effect=True)
    world.sync()
    world.pass_time(minutes=1)
    world.sync()
    assert world.changes() == []
    assert "T150000" in the_text(world)


def test_a_removal_whose_answer_was_lost_is_settled_by_looking(world: EngineWorld) -> None:
    world.book()
    world.sync()
    world.take_out()
    world.server.fail("delete", Unavailable("cut"), after_effect=True)
    world.sync()
    world.pass_time(minutes=1)
    world.sync()
    assert world.texts() == {}
    assert world.changes() == []


def test_a_move_by_the_provider_is_handed_over_once_and_not_written_back(world: EngineWorld) -> None:
    world.book()
    world.sync()
    before = world.writes()
    edited(world, "T100000", "T140000")
    edited(world, "T104500", "T144500")
    world.sync()
    world.sync()
    (change,) = world.changes()
    assert change.kind is ChangeKind.EDITED
    assert change.before is not None
    assert change.before.master is not None
    assert change.after is not None
    assert change.after.master is not None
    assert change.after.master.start == appointment(hour=14).start
    assert world.writes() == before


def test_a_deletion_by_the_provider_is_handed_over_once(world: EngineWorld) -> None:
    world.book()
    world.sync()
    (href,) = world.texts()
    world.server.remove(world.work, href)
    world.sync()
    world.sync()
    assert [change.kind for change in world.changes()] == [ChangeKind.DELETED]


def test_an_event_put_back_by_the_provider_is_handed_over_as_restored(world: EngineWorld) -> None:
    world.book()
    world.sync()
    ((href, text),) = world.texts().items()
    world.server.remove(world.work, href)
    world.sync()
    world.changes()
    world.server.put(world.work, href.rsplit("/", 1)[-1].removesuffix(".ics"), text)
    world.sync()
    assert [change.kind for change in world.changes()] == [ChangeKind.RESTORED]
    found = world.event()
    assert found is not None
    assert found.state is EntryState.WRITTEN


def test_a_create_that_lands_after_the_cancellation_is_removed(world: EngineWorld) -> None:
    world.book()
    world.sync()
    ((href, text),) = world.texts().items()
    world.take_out()
    world.sync()
    world.server.put(world.work, href.rsplit("/", 1)[-1].removesuffix(".ics"), text)
    world.sync()
    world.sync()
    assert world.texts() == {}
    assert world.changes() == []


def test_changes_of_different_fields_on_both_sides_both_stand(world: EngineWorld) -> None:
    world.book()
    world.sync()
    edited(world, "SUMMARY:Request: GH", "SUMMARY:Request: GH\r\nLOCATION:Room 2")
    world.book(hour=15)
    world.sync()
    text = the_text(world)
    assert "LOCATION:Room 2" in text
    assert "T150000" in text


def test_a_time_changed_on_both_sides_is_the_providers(world: EngineWorld) -> None:
    world.book()
    world.sync()
    edited(world, "T100000", "T140000")
    edited(world, "T104500", "T144500")
    world.book(hour=15)
    world.sync()
    assert "T140000" in the_text(world)
    assert [change.kind for change in world.changes()] == [ChangeKind.EDITED]


def test_our_removal_stands_though_the_provider_edited(world: EngineWorld) -> None:
    world.book()
    world.sync()
    edited(world, "SUMMARY:Request: GH", "SUMMARY:Grace")
    world.take_out()
    world.sync()
    assert world.texts() == {}


def test_what_other_programs_added_survives_our_next_write(world: EngineWorld) -> None:
    world.book()
    world.sync()
    edited(
        world,
        "END:VEVENT",
        "X-COLOUR:teal\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT10M\r\nEND:VALARM\r\nEND:VEVENT",
    )
    world.sync()
    world.book(summary="GH")
    world.sync()
    text = the_text(world)
    assert "SUMMARY:GH" in text
    assert "X-COLOUR:teal" in text
    assert "TRIGGER:-PT10M" in text


def test_a_write_the_server_will_never_take_is_parked_and_the_others_go_on(world: EngineWorld) -> None:
    world.book("first")
    world.pass_time(seconds=1)
    world.book("second", hour=12)
    world.server.fail("create", Rejected("too large"))
    world.sync()
    first, second = world.event("first"), world.event("second")
    assert first is not None
    assert first.state is EntryState.FAILED
    assert second is not None
    assert second.state is EntryState.WRITTEN


def test_an_event_recreated_after_its_removal_gets_a_new_identity(world: EngineWorld) -> None:
    world.book()
    world.sync()
    first = world.event()
    world.take_out()
    world.sync()
    world.book()
    world.sync()
    second = world.event()
    assert first is not None
    assert second is not None
    assert first.uid != second.uid
    assert len(world.texts()) == 1


def test_most_of_our_bookings_gone_at_once_are_held(world: EngineWorld) -> None:
    for number in range(4):
        world.book(f"b{number}", hour=9 + number)
    world.sync()
    for href in list(world.texts())[:3]:
        world.server.remove(world.work, href)
    world.sync()
    assert world.changes() == []
    assert world.calendar_row().state == "held"


@pytest.mark.parametrize("point", ["push.before_send", "push.before_confirm", "push.inside_confirm"])
def test_a_crash_while_writing_leaves_one_event_in_the_end(world: EngineWorld, point: str) -> None:
    world.book()

    def crash(name: str) -> None:
        if name == point:
            raise KeyboardInterrupt

    set_trigger(crash)
    try:
        with pytest.raises(KeyboardInterrupt):
            world.sync()
    finally:
        set_trigger(None)
    world.pass_time(minutes=5)
    world.sync()
    assert len(world.texts()) == 1
    found = world.event()
    assert found is not None
    assert found.state is EntryState.WRITTEN


def test_a_worker_that_lost_its_lease_writes_nothing_more(world: EngineWorld) -> None:
    world.book()

    def steal() -> None:
        with world.database.write() as connection:
            connection.execute(update(account).values(fence=account.c.fence + 1, lease_owner="thief"))

    world.server.plan("create", steal, after_effect=True)
    report = world.sync()
    assert report.error == "another worker took this account over"
    with world.database.write() as connection:
        connection.execute(update(account).values(lease_until=None))
    world.sync()
    assert len(world.texts()) == 1


def test_an_event_renamed_by_the_server_is_still_ours(world: EngineWorld) -> None:
    world.book()
    world.sync()
    ((href, text),) = world.texts().items()
    world.server.remove(world.work, href)
    world.server.put(world.work, "renamed", text)
    world.sync()
    world.sync(full=True)
    assert world.changes() == []
    assert world.busy() == []
    found = world.event()
    assert found is not None
    assert found.href is not None
    assert found.href.endswith("renamed.ics")


def test_what_was_written_is_read_at_once_so_that_the_cursor_moves_past_it(world: EngineWorld) -> None:
    world.book()
    before = world.calendar_row().cursor_value
    world.engine.sync_account("account", owner="worker", now=world.now)
    assert world.calendar_row().cursor_value != before
