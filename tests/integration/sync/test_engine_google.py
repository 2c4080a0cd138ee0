"""The engine at Google: how many calls it takes, what survives faults, and that rest is rest."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sync.engine.engine import Wish
from sync.failpoints import set_trigger
from sync.model.event import Status
from sync.model.timespan import TimeSpan
from sync.store.changes import ChangeKind
from sync.store.due import due_accounts
from sync.store.outbox import EntryState
from tests.support.engine_world import ZONE, appointment
from tests.support.google_account import ADA, timed
from tests.support.google_server import GoogleServer
from tests.support.google_world import GoogleWorld

TUESDAY_10 = datetime(2026, 11, 24, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)
MEETING = timed("2026-11-24T10:00:00", "2026-11-24T11:00:00")
WEEKLY = {**MEETING, "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=2"]}
SECOND = "_20261201T150000Z"


@pytest.fixture
def google() -> Iterator[GoogleServer]:
    with GoogleServer() as server:
        yield server


@pytest.fixture
def world(database_url: str, google: GoogleServer) -> GoogleWorld:
    """On each database, its calendar known and empty."""
    made = GoogleWorld(database_url, google)
    made.sync()
    made.take_calls()
    return made


@pytest.fixture
def quick(sqlite_url: str, google: GoogleServer) -> GoogleWorld:
    """Never synced."""
    return GoogleWorld(sqlite_url, google)


def hour(start: datetime) -> TimeSpan:
    return TimeSpan(start, start + HOUR)


def many(world: GoogleWorld, count: int) -> None:
    """Events of an hour, ten a day, from the day after tomorrow on."""
    book = world.google.accounts.books[world.calendar_id]
    for number in range(count):
        day, slot = divmod(number, 10)
        start = datetime(2026, 11, 25, 8 + slot) + timedelta(days=day)
        end = start + HOUR
        event_id = f"many{number:06d}"
        body = timed(start.isoformat(), end.isoformat(), id=event_id, iCalUID=f"{event_id}@google.com")
        book.place(body)


@pytest.mark.slow
def test_ten_thousand_events_are_four_calls_and_rest_is_one(quick: GoogleWorld) -> None:
    many(quick, 10_000)
    assert quick.sync().ok
    assert quick.take_calls() == ["calendarList.list", *["events.list"] * 4]
    assert len(quick.entries()) == 10_000
    quick.pass_time(minutes=6)
    quick.engine.sync_account("account", owner="worker", now=quick.now)
    assert quick.take_calls() == ["events.list"]
    for number in range(10):
        quick.google.change(quick.calendar_id, f"many{number:06d}", {"transparency": "transparent"})
    blocked = len(quick.busy())
    quick.pass_time(minutes=6)
    quick.engine.sync_account("account", owner="worker", now=quick.now)
    assert quick.take_calls() == ["events.list"]
    assert len(quick.busy()) == blocked - 10


def test_ten_changes_of_every_kind_are_one_call(world: GoogleWorld) -> None:
    series = [world.hers(WEEKLY) for _ in range(4)]
    single = [world.hers(MEETING) for _ in range(6)]
    world.sync()
    world.take_calls()
    world.google.change(ADA, series[0], {"summary": "Renamed"})
    world.google.change(ADA, series[1] + SECOND, timed("2026-12-02T10:00:00", "2026-12-02T11:00:00"))
    world.google.cancel(ADA, series[2] + SECOND)
    world.google.cancel(ADA, series[3])
    for number, event_id in enumerate(single):
        world.google.change(ADA, event_id, {"location": f"Room {number}"})
    world.pass_time(minutes=6)
    world.engine.sync_account("account", owner="worker", now=world.now)
    assert world.take_calls() == ["events.list"]
    assert len([row for row in world.entries() if row.gone_at is None]) == 9


def test_a_request_is_one_insert_its_acceptance_one_patch_and_its_end_one_delete(world: GoogleWorld) -> None:
    world.book()
    world.engine.sync_account("account", owner="worker", now=world.now)
    assert world.take_calls() == ["events.insert"]
    event = world.event_of()
    assert (event["summary"], event["status"], event["visibility"]) == ("Request: GH", "tentative", "private")
    assert event["start"] == {"dateTime": "2026-11-24T10:00:00-05:00", "timeZone": ZONE}
    with world.database.write() as connection:
        world.put(connection, "booking", appointment(summary="GH", status=Status.CONFIRMED))
    world.engine.sync_account("account", owner="worker", now=world.now)
    (call,) = world.taken()
    assert (call.method, call.body) == ("events.patch", {"summary": "GH", "status": "confirmed"})
    world.take_out()
    world.engine.sync_account("account", owner="worker", now=world.now)
    assert world.take_calls() == ["events.delete"]
    assert world.google.events(ADA) == []
    assert world.google.api.mails == []


def test_an_idle_system_writes_nothing_and_changes_nothing(world: GoogleWorld) -> None:
    href = world.hers(
        {**WEEKLY, "description": "<b>Notes</b> &amp; more", "recurrence": ["RRULE:COUNT=2;FREQ=WEEKLY"]}
    )
    world.google.cancel(ADA, href + SECOND)
    world.book()
    world.sync()
    before, rows = world.writes(), world.entries()
    for number in range(8):
        world.pass_time(minutes=6)
        world.sync(full=number % 3 == 0)
    assert world.writes() == before
    assert world.changes() == []
    assert [row.agreed_print for row in world.entries()] == [row.agreed_print for row in rows]


def test_a_moved_instance_blocks_its_new_time_only(world: GoogleWorld) -> None:
    href = world.hers(WEEKLY)
    world.sync()
    world.google.change(ADA, href + SECOND, timed("2026-12-02T16:00:00", "2026-12-02T17:00:00"))
    world.sync()
    assert world.busy() == [hour(TUESDAY_10), hour(datetime(2026, 12, 2, 21, tzinfo=UTC))]
    world.google.cancel(ADA, href + SECOND)
    world.sync()
    assert world.busy() == [hour(TUESDAY_10)]


def test_an_all_day_event_lies_in_the_calendars_own_zone(quick: GoogleWorld) -> None:
    berlin = quick.google.add_calendar(ADA, "Berlin", zone="Europe/Berlin")
    quick.google.put(berlin, {"start": {"date": "2026-11-24"}, "end": {"date": "2026-11-25"}})
    quick.sync()
    day = datetime(2026, 11, 23, 23, tzinfo=UTC)
    assert quick.busy() == [TimeSpan(day, day + timedelta(days=1))]


def test_an_event_of_times_only_blocks(quick: GoogleWorld) -> None:
    colleague = quick.google.add_calendar(ADA, "Colleague", role="freeBusyReader")
    quick.google.put(colleague, MEETING)
    quick.sync()
    assert quick.busy() == [hour(TUESDAY_10)]


def test_a_create_whose_answer_was_lost_is_found_and_not_doubled(world: GoogleWorld) -> None:
    world.book()
    world.google.cut("events.insert", after_effect=True)
    assert not world.sync().ok
    world.pass_time(minutes=1)
    assert world.sync().ok
    assert len(world.google.events(ADA)) == 1
    found = world.event()
    assert found is not None
    assert found.state is EntryState.WRITTEN


def test_her_confirmation_in_the_calendar_is_handed_over(world: GoogleWorld) -> None:
    world.book()
    world.sync()
    world.google.change(ADA, world.event_of()["id"], {"status": "confirmed", "colorId": "3"})
    world.sync()
    (change,) = world.changes()
    assert change.kind is ChangeKind.EDITED
    assert change.after is not None
    assert change.after.master is not None
    assert change.after.master.status is Status.CONFIRMED


def test_her_deletion_is_handed_over_and_a_new_booking_takes_a_new_id(world: GoogleWorld) -> None:
    world.book()
    world.sync()
    first = world.event_of()["id"]
    world.google.cancel(ADA, first)
    world.sync()
    assert [change.kind for change in world.changes()] == [ChangeKind.DELETED]
    world.book(hour=12)
    world.sync()
    assert [body["id"] != first for body in world.google.events(ADA)] == [True]


def test_an_event_she_moves_to_another_calendar_keeps_its_id_and_is_followed(world: GoogleWorld) -> None:
    home = world.google.add_calendar(ADA, "Home")
    world.book()
    world.sync()
    event_id = world.event_of()["id"]
    world.google.move(ADA, event_id, home)
    world.sync()
    world.sync()
    assert world.changes() == []
    assert world.busy() == []
    world.book(hour=15)
    world.sync()
    (moved,) = world.google.events(home)
    assert (moved["id"], moved["start"]["dateTime"]) == (event_id, "2026-11-24T15:00:00-05:00")
    assert world.google.events(ADA) == []


def test_a_token_that_ends_between_pages_frees_nothing_and_reads_all_again(world: GoogleWorld) -> None:
    kept, gone = world.hers(MEETING), world.hers(timed("2026-11-25T10:00:00", "2026-11-25T11:00:00"))
    world.sync()
    world.google.cancel(ADA, gone)
    world.google.change(ADA, kept, {"summary": "Renamed"})
    world.google.set_page_sizes([1])
    world.google.fail("events.list", 410, "fullSyncRequired", skip=1)
    assert world.sync().ok
    assert world.busy() == [hour(TUESDAY_10)]


def test_access_revoked_between_pages_stops_the_account_and_keeps_blocking(world: GoogleWorld) -> None:
    world.hers(MEETING)
    world.sync()
    before = world.calendar_row()
    for _ in range(3):
        world.hers(timed("2026-11-26T10:00:00", "2026-11-26T11:00:00"))
    world.google.set_page_sizes([1])
    world.google.faults.plan("events.list", lambda: world.google.revoke(ADA), skip=1)
    assert not world.sync().ok
    assert world.account_row().state == "needs_reauth"
    assert hour(TUESDAY_10) in world.busy()
    after = world.calendar_row()
    assert (after.cursor_value, after.checked_at) == (before.cursor_value, before.checked_at)
    world.connect()
    assert world.sync().ok
    assert world.account_row().state == "ok"
    assert len(world.busy()) == 4


def test_access_that_ends_anywhere_frees_nothing_and_doubles_nothing(quick: GoogleWorld) -> None:
    world, dice = quick, random.Random(11)
    world.sync()
    expected = 0
    for turn in range(100):
        world.hers(timed(f"2026-11-2{dice.randrange(4, 8)}T10:00:00", "2026-11-28T11:00:00"))
        world.book(f"booking-{turn}", hour=dice.randrange(8, 18), day=dice.randrange(24, 30))
        expected += 2
        before = set(world.busy())
        world.google.set_page_sizes([dice.randrange(1, 4)])
        world.google.faults.plan("*", lambda: world.google.revoke(ADA), skip=dice.randrange(6))
        while not world.account_row().stopped:
            world.sync()
        assert before <= set(world.busy())
        world.take_calls()
        with world.database.read() as connection:
            assert due_accounts(connection, now=world.now + timedelta(days=9)) == []
        world.pass_time(minutes=1)  # what could not be written waits that long
        world.connect()
        assert world.sync().ok
        assert (world.account_row().state, world.account_row().stopped) == ("ok", False)
        assert len(world.google.events(world.calendar_id)) == expected
    assert len(world.busy()) == expected // 2  # ours are held by their bookings


def test_a_look_at_an_account_whose_access_ended_asks_nobody(world: GoogleWorld) -> None:
    world.google.revoke(ADA)
    world.sync()
    world.google.take_calls()
    report = world.engine.sync_account("account", owner="look", now=world.now, wish=Wish(look=3.0))
    assert not report.ok
    assert world.google.take_calls() == []


def test_one_calendar_read_before_access_ended_does_not_hide_that_it_ended(world: GoogleWorld) -> None:
    world.google.add_calendar(ADA, "Other")
    world.sync()
    world.google.faults.plan("events.list", lambda: world.google.revoke(ADA), skip=1)
    world.sync()
    assert world.account_row().state == "needs_reauth"


def test_a_calendar_that_is_gone_keeps_its_events(world: GoogleWorld) -> None:
    world.hers(MEETING)
    world.google.add_calendar(ADA, "Other")
    world.sync()
    world.google.remove_calendar(world.calendar_id)
    world.sync()
    assert world.calendar_row().state == "missing"
    assert world.busy() == [hour(TUESDAY_10)]


def test_a_limit_is_waited_out_as_long_as_google_says(world: GoogleWorld) -> None:
    world.google.fail("events.list", 429, "rateLimitExceeded", retry_after=600)
    assert not world.sync().ok
    row = world.account_row()
    assert row.state == "unreachable"
    assert row.not_before >= world.now + timedelta(seconds=450)


def test_a_third_of_all_calls_failing_ends_in_the_right_state(world: GoogleWorld) -> None:
    world.google.storm(0.3)
    ids: list[str] = []
    for number in range(12):
        ids.append(
            world.hers(timed(f"2026-11-{24 + number % 5}T0{number % 8 + 1}:00:00", "2026-11-29T00:00:00"))
        )
        world.book(f"booking-{number}", hour=9 + number)
        if number % 3 == 2:
            world.google.cancel(ADA, ids[number - 1])
            world.take_out(f"booking-{number - 2}")
        world.sync()
        world.pass_time(minutes=2)
    world.google.storm(0)
    for _ in range(3):
        world.pass_time(minutes=2)
        assert world.sync().ok
    expected = sorted(f"booking-{number}" for number in range(12) if number % 3)
    assert (
        sorted(booking for booking in map("booking-{}".format, range(12)) if _stands(world, booking))
        == expected
    )
    ours = [body for body in world.google.events(ADA) if "freeholdUid" in _private(body)]
    assert len(ours) == len(expected)
    living = {row.href for row in world.entries() if row.gone_at is None and row.origin == "remote"}
    assert living == {body["id"] for body in world.google.events(ADA)} - {body["id"] for body in ours}


def crashed_at(world: GoogleWorld, point: str) -> None:
    """A pass that ends without a word at ``point``."""

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


@pytest.mark.parametrize("point", ["push.before_send", "push.before_confirm", "push.inside_confirm"])
@pytest.mark.parametrize("wish", ["create", "update", "delete"])
def test_a_crash_around_a_write_leaves_one_event_or_none(quick: GoogleWorld, point: str, wish: str) -> None:
    quick.sync()
    quick.book()
    if wish != "create":
        quick.sync()
    if wish == "update":
        quick.book(hour=15)
    elif wish == "delete":
        quick.take_out()
    crashed_at(quick, point)
    assert quick.sync().ok
    starts = [body["start"]["dateTime"] for body in quick.google.events(ADA)]
    wanted = {"create": ["2026-11-24T10:00:00-05:00"], "update": ["2026-11-24T15:00:00-05:00"], "delete": []}
    assert starts == wanted[wish]
    assert quick.changes() == []
    before = quick.writes()
    quick.pass_time(minutes=5)
    quick.sync()
    assert quick.writes() == before


@pytest.mark.parametrize("point", ["pull.between_pages", "pull.before_cursor"])
def test_a_crash_in_a_reading_is_read_again(quick: GoogleWorld, point: str) -> None:
    quick.sync()
    href = quick.hers(WEEKLY)
    quick.google.cancel(ADA, href + SECOND)
    crashed_at(quick, point)
    assert quick.sync().ok
    assert quick.busy() == [hour(TUESDAY_10)]


def _stands(world: GoogleWorld, booking: str) -> bool:
    found = world.event(booking)
    return found is not None and found.state is EntryState.WRITTEN


def _private(body: dict[str, Any]) -> dict[str, Any]:
    return dict(body.get("extendedProperties", {}).get("private", {}))
