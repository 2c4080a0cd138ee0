"""Answers that are lost, wishes that change meanwhile, and events that come and go while the engine looks."""

from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Thread

import pytest
from sqlalchemy import select
from sqlalchemy import text as text_of

from sync.backends.errors import Rejected, Unavailable
from sync.engine.engine import Wish
from sync.engine.handing_over import hand_over
from sync.model.event import Series
from sync.model.timespan import TimeSpan
from sync.store.changes import ChangeKind
from sync.store.deletions import confirm, restore
from sync.store.outbox import EntryState
from sync.store.tables import calendar
from tests.support import ics
from tests.support.engine_world import EngineWorld, appointment

TUESDAY_10 = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


@pytest.fixture
def world(database_url: str) -> EngineWorld:
    made = EngineWorld(database_url)
    made.sync()
    return made


def name_of(href: str) -> str:
    return href.rsplit("/", 1)[-1].removesuffix(".ics")


def the_text(world: EngineWorld) -> str:
    (text,) = world.texts().values()
    return text


def meeting(uid: str, start: datetime = TUESDAY_10) -> str:
    return ics.timed(uid, start, timedelta(hours=1))


def settle(world: EngineWorld) -> None:
    for _ in range(3):
        world.pass_time(minutes=6)
        world.sync()


def test_an_outside_event_that_comes_back_during_a_reading_is_never_touched(world: EngineWorld) -> None:
    href = world.server.put(world.work, "a", meeting("a"))
    world.sync()
    world.server.remove(world.work, href)
    back = partial(world.server.put, world.work, "a", meeting("a"))
    world.server.plan("report", lambda: back() and None, after_effect=True)
    settle(world)
    assert list(world.texts()) == [href]
    assert world.writes() == 0
    assert world.busy() == [TimeSpan(TUESDAY_10, TUESDAY_10 + timedelta(hours=1))]


def test_a_move_after_a_move_whose_answer_was_lost_stands(world: EngineWorld) -> None:
    world.book()
    world.sync()
    world.book(hour=15)
    world.server.fail("update", Unavailable("cut"), after_effect=True)
    world.sync()
    world.book(hour=16)
    settle(world)
    assert "T160000" in the_text(world)
    assert world.changes() == []


def test_a_move_taken_back_after_its_answer_was_lost_is_taken_back_there_too(world: EngineWorld) -> None:
    world.book()
    world.sync()
    world.book(hour=15)
    world.server.fail("update", Unavailable("cut"), after_effect=True)
    world.sync()
    world.book(hour=10)
    settle(world)
    assert "T100000" in the_text(world)
    assert world.changes() == []


def test_a_move_that_arrives_after_its_repetition_was_refused_is_still_known_as_ours(
    world: EngineWorld,
) -> None:
    world.book()
    world.sync()
    world.book(hour=15)
    world.server.fail("update", Unavailable("cut"))
    world.sync()
    world.server.fail("update", Rejected("not this one"))
    world.pass_time(minutes=6)
    world.sync()
    ((href, text),) = world.texts().items()
    world.server.put(
        world.work, name_of(href), text.replace("T100000", "T150000").replace("T104500", "T154500")
    )
    world.book(hour=16)
    settle(world)
    assert "T160000" in the_text(world)
    assert world.changes() == []


def test_an_edit_on_top_of_a_lost_move_is_the_only_thing_handed_over(world: EngineWorld) -> None:
    world.book()
    world.sync()
    world.book(hour=15)
    world.server.fail("update", Unavailable("cut"), after_effect=True)
    world.sync()
    ((href, text),) = world.texts().items()
    world.server.put(world.work, name_of(href), text.replace("SUMMARY:Request: GH", "SUMMARY:Grace"))
    world.book(hour=16)
    settle(world)
    (change,) = world.changes()
    assert change.before is not None
    assert change.after is not None
    assert change.before.master is not None
    assert change.after.master is not None
    assert change.before.master.start == change.after.master.start
    assert change.after.master.summary == "Grace"
    assert "T160000" in the_text(world)
    assert "SUMMARY:Grace" in the_text(world)


@pytest.mark.parametrize("after_effect", [True, False])
def test_a_removal_taken_back_after_its_answer_was_lost_is_no_deletion(
    world: EngineWorld, after_effect: bool
) -> None:
    world.book()
    world.sync()
    world.take_out()
    world.server.fail("delete", Unavailable("cut"), after_effect=after_effect)
    world.sync()
    world.book()
    settle(world)
    assert "T100000" in the_text(world)
    assert world.changes() == []
    found = world.event()
    assert found is not None
    assert found.state is EntryState.WRITTEN


def test_an_event_made_again_after_its_removal_landed_has_a_new_identity(world: EngineWorld) -> None:
    world.book()
    world.sync()
    (first,) = world.texts()
    world.take_out()
    world.server.plan("delete", world.book, after_effect=True)
    settle(world)
    (second,) = world.texts()
    assert first != second
    assert world.changes() == []


def test_of_two_events_for_one_booking_the_restored_older_one_is_removed(world: EngineWorld) -> None:
    world.book()
    world.sync()
    ((href, text),) = world.texts().items()
    world.server.remove(world.work, href)
    world.sync()
    assert [change.kind for change in world.changes()] == [ChangeKind.DELETED]
    world.book(hour=11)
    world.sync()
    world.server.put(world.work, name_of(href), text)
    settle(world)
    assert "T110000" in the_text(world)
    assert world.changes() == []


def test_a_booking_taken_back_as_it_is_sent_for_the_first_time_leaves_nothing(world: EngineWorld) -> None:
    world.book()
    world.server.plan("create", world.take_out, after_effect=True)
    settle(world)
    assert world.texts() == {}
    assert world.changes() == []


def test_an_event_given_up_while_its_write_fails_is_not_written_later(world: EngineWorld) -> None:
    world.book()
    world.sync()
    world.book(hour=15)

    def give_up() -> None:
        with world.database.write() as connection:
            hand_over(connection, world.cipher, world.views, booking_ref="booking", now=world.now)
        raise Unavailable("cut")

    world.server.plan("update", give_up)
    settle(world)
    assert "T100000" in the_text(world)
    assert world.busy() == [TimeSpan(TUESDAY_10, TUESDAY_10 + timedelta(minutes=45))]


def test_a_wake_up_during_a_reading_is_not_lost(world: EngineWorld) -> None:
    def wake() -> None:
        with world.database.write() as connection:
            later = world.now + timedelta(seconds=1)
            connection.execute(calendar.update().values(due_at=later, full_due_at=later))

    world.server.plan("report", wake)
    world.sync()
    row = world.calendar_row()
    assert (row.due_at, row.full_due_at) == (world.now + timedelta(seconds=1),) * 2


def test_one_event_the_server_cannot_store_does_not_keep_the_calendar_from_being_read(
    world: EngineWorld,
) -> None:
    world.book("poison")
    world.pass_time(seconds=1)
    world.book("fine", hour=12)
    world.server.put(world.work, "a", meeting("a"))
    for _ in range(5):
        world.server.fail("create", Unavailable("status 500"))
        report = world.sync()
        assert not report.ok
        assert world.calendar_row().checked_at == world.now
        world.pass_time(minutes=1)
    assert len(world.busy()) == 1
    found = world.event("fine")
    assert found is not None
    assert found.state is EntryState.WRITTEN


def test_an_event_of_ours_made_unreadable_is_parked_and_the_others_go_on(world: EngineWorld) -> None:
    world.book("broken")
    world.sync()
    (href,) = world.texts()
    world.server.put(world.work, name_of(href), "BEGIN:VCALENDAR\r\nnothing to be read\r\n")
    world.book("broken", hour=14)
    world.book("fine", hour=12)
    settle(world)
    broken, fine = world.event("broken"), world.event("fine")
    assert broken is not None
    assert broken.state is EntryState.FAILED
    assert fine is not None
    assert fine.state is EntryState.WRITTEN


def test_a_removal_the_server_refused_stays_parked_when_the_event_is_read_again(world: EngineWorld) -> None:
    world.book()
    world.sync()
    world.server.states_etags = False
    world.sync(full=True)
    world.take_out()
    world.server.fail("delete", Rejected("not this one"))
    world.sync()
    world.sync(full=True)
    found = world.event()
    assert found is not None
    assert found.state is EntryState.FAILED
    assert [row.due_at for row in world.entries()] == [None]


def test_bookings_found_gone_while_they_are_written_go_to_the_brake(world: EngineWorld) -> None:
    for number in range(4):
        world.book(f"b{number}", hour=9 + number)
    world.sync()
    for href in list(world.texts()):
        world.server.remove(world.work, href)
    for number in range(4):
        world.book(f"b{number}", hour=13 + number)
    settle(world)
    assert world.changes() == []
    assert world.calendar_row().state == "held"


def test_one_booking_found_gone_while_it_is_written_is_handed_over(world: EngineWorld) -> None:
    world.book()
    world.sync()
    (href,) = world.texts()
    world.server.remove(world.work, href)
    world.server.reports_nothing = True
    world.book(hour=15)
    settle(world)
    assert [change.kind for change in world.changes()] == [ChangeKind.DELETED]
    assert world.texts() == {}


def test_a_booking_written_between_the_pages_of_a_listing_is_not_missed_by_it(world: EngineWorld) -> None:
    world.server.page_size = 1
    for number in range(3):
        world.server.put(
            world.work, f"z{number}", meeting(f"z{number}", TUESDAY_10 + timedelta(hours=number))
        )
    world.server.plan("list", world.book, skip=1)
    assert world.sync(full=True).ok
    assert len(world.texts()) == 4


def test_an_event_removed_and_made_again_within_one_reading_goes_on_blocking(world: EngineWorld) -> None:
    hrefs = [
        world.server.put(world.work, f"e{n}", meeting(f"e{n}", TUESDAY_10 + timedelta(hours=2 * n)))
        for n in range(3)
    ]
    world.sync()
    world.server.page_size = 1
    for href in hrefs[:2]:
        world.server.remove(world.work, href)
    world.server.plan("report", lambda: world.server.put(world.work, "e0", meeting("e0")) and None, skip=1)
    world.sync()
    assert TimeSpan(TUESDAY_10, TUESDAY_10 + timedelta(hours=1)) in world.busy()


def hold_four_bookings_and_eleven_events(world: EngineWorld) -> None:
    for number in range(4):
        world.book(f"b{number}", hour=9 + number)
    for number in range(11):
        world.server.put(
            world.work, f"e{number}", meeting(f"e{number}", TUESDAY_10 + timedelta(days=number + 1))
        )
    world.sync()
    for href in list(world.texts()):
        world.server.remove(world.work, href)
    world.server.put(world.work, "kept", meeting("kept"))
    world.sync()
    assert world.calendar_row().state == "held"


def restore_now(world: EngineWorld) -> None:
    with world.database.write() as connection:
        row = connection.execute(select(calendar)).one()
        restore(connection, world.cipher, row.id, now=world.now)


def test_restored_bookings_are_written_again_and_others_stay_held(world: EngineWorld) -> None:
    hold_four_bookings_and_eleven_events(world)
    restore_now(world)
    settle(world)
    assert len(world.texts()) == 5
    assert len(world.busy()) == 12
    assert world.calendar_row().state == "held"
    assert world.changes() == []


def test_held_events_stay_held_when_some_of_them_are_over(world: EngineWorld) -> None:
    hold_four_bookings_and_eleven_events(world)
    world.pass_time(days=3)
    world.sync(full=True)
    assert world.calendar_row().state == "held"
    assert world.changes() != []  # the four bookings are over by now, so their deletion is handed over
    assert len(world.busy()) >= 8


def test_a_booking_written_again_leaves_no_twin_when_the_old_event_comes_back(world: EngineWorld) -> None:
    for number in range(4):
        world.book(f"b{number}", hour=9 + number)
    world.sync()
    before = world.texts()
    for href in before:
        world.server.remove(world.work, href)
    world.server.put(world.work, "kept", meeting("kept"))
    world.sync()
    restore_now(world)
    world.sync()
    for href, text in before.items():
        world.server.put(world.work, name_of(href), text)
    settle(world)
    assert len(world.texts()) == 5


def test_our_own_removals_whose_answers_were_lost_are_not_held(world: EngineWorld) -> None:
    for number in range(4):
        world.book(f"b{number}", hour=9 + number)
    world.sync()
    world.server.fail("delete", Unavailable("cut"), after_effect=True, times=4)
    for number in range(4):
        world.take_out(f"b{number}")
        world.engine.sync_account("account", owner="worker", now=world.now)
    world.sync()
    assert world.calendar_row().state == "ok"
    assert world.changes() == []


def test_a_wish_that_is_just_being_stored_is_not_overwritten_by_a_reading(world: EngineWorld) -> None:
    if world.database.dialect == "sqlite":
        # One transaction writes at a time there; the reading cannot even begin to store.
        return
    world.book()
    world.sync()
    ((href, text),) = world.texts().items()
    world.server.put(world.work, name_of(href), text.replace("Request: GH", "Grace"))
    with world.database.write() as connection:
        world.put(connection, "booking", appointment(hour=15))
        worker = Thread(target=world.sync)
        worker.start()
        wait_for_a_lock(world)
    worker.join()
    settle(world)
    assert "T150000" in the_text(world)
    assert "SUMMARY:Grace" in the_text(world)


def test_an_own_event_that_is_just_being_moved_keeps_no_old_time_when_its_calendar_is_expanded_anew(
    world: EngineWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.put_own(Series("", appointment(hour=10)))
    world.sync()
    monkeypatch.setattr("sync.engine.expansion.zone_data", lambda: "# version 2027a")
    worker = Thread(target=lambda: look(world))
    with world.database.write() as connection:
        world.put_own_in(connection, Series("", appointment(hour=15)))
        worker.start()
        if world.database.dialect != "sqlite":
            wait_for_a_lock(world)
    worker.join()
    later = TUESDAY_10 + timedelta(hours=5)
    assert world.busy() == [TimeSpan(later, later + timedelta(minutes=45))]


def test_an_event_whose_deletion_is_just_being_confirmed_does_not_block_again_when_its_calendar_is_expanded_anew(
    world: EngineWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold_ten_deletions(world)
    monkeypatch.setattr("sync.engine.expansion.zone_data", lambda: "# version 2027a")
    worker = Thread(target=lambda: look(world))
    with world.database.write() as connection:
        confirm(connection, world.cipher, world.calendar_row().id, now=world.now)
        worker.start()
        if world.database.dialect != "sqlite":
            wait_for_a_lock(world)
    worker.join()
    assert world.busy() == []


def look(world: EngineWorld) -> bool:
    return world.engine.sync_account("account", owner="look", now=world.now, wish=Wish(look=5.0)).ok


def hold_ten_deletions(world: EngineWorld) -> None:
    hrefs = [world.server.put(world.work, f"e{n}", meeting(f"e{n}")) for n in range(10)]
    world.sync()
    for href in hrefs:
        world.server.remove(world.work, href)
    world.sync()
    assert world.calendar_row().state == "held"


def wait_for_a_lock(world: EngineWorld) -> None:
    with world.database.read() as watcher:
        blocked = text_of("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        while not watcher.execute(blocked).scalar():
            watcher.execute(text_of("SELECT pg_sleep(0.01), pg_stat_clear_snapshot()"))
