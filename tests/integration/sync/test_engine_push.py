"""Push channels and messages: Google really posts, the web application takes it, the worker reads what is due."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from sync.engine.engine import Wish
from sync.failpoints import set_trigger
from sync.model.timespan import TimeSpan
from sync.store.accounts import remove_account
from sync.store.channels import push_is_live
from sync.store.purge import purge_channels
from sync.store.tables import account, calendar
from tests.support.google_account import ADA, timed
from tests.support.google_server import GoogleServer
from tests.support.push_world import PushWorld

TUESDAY_10 = datetime(2026, 11, 24, 15, tzinfo=UTC)
SPAN = TimeSpan(TUESDAY_10, TUESDAY_10 + timedelta(hours=1))
MEETING = timed("2026-11-24T10:00:00", "2026-11-24T11:00:00")


@pytest.fixture
def google() -> Iterator[GoogleServer]:
    with GoogleServer() as server:
        yield server


@pytest.fixture
def world(sqlite_url: str, google: GoogleServer, tmp_path: Path) -> Iterator[PushWorld]:
    """Never synced."""
    with PushWorld(sqlite_url, google, tmp_path / "data") as made:
        yield made


def settled(made: PushWorld) -> PushWorld:
    made.drain()
    made.google.channels.settle()
    made.take_calls()
    made.pass_time(seconds=10)
    return made


@pytest.fixture
def live(sqlite_url: str, google: GoogleServer, tmp_path: Path) -> Iterator[PushWorld]:
    """Read, with a live channel, and nothing due."""
    with PushWorld(sqlite_url, google, tmp_path / "data") as made:
        yield settled(made)


@pytest.fixture
def each(database_url: str, google: GoogleServer, tmp_path: Path) -> Iterator[PushWorld]:
    """The same on each database."""
    with PushWorld(database_url, google, tmp_path / "data") as made:
        yield settled(made)


def is_live(world: PushWorld) -> bool:
    with world.database.read() as connection:
        return push_is_live(connection, world.calendar_row().id, world.now)


def push_text(world: PushWorld) -> str | None:
    found: str | None = world.calendar_row().push_text
    return found


def test_a_channel_is_open_before_the_first_reading_so_that_nothing_falls_between(world: PushWorld) -> None:
    world.drain()
    assert world.take_calls() == ["calendarList.list", "events.watch", "events.list"]
    assert is_live(world)
    assert push_text(world) is None


def test_a_change_is_read_because_google_says_so(each: PushWorld) -> None:
    assert not each.due()
    each.hers(MEETING)
    each.google.channels.settle()
    assert [report.ok for report in each.drain()] == [True]
    assert each.take_calls() == ["events.list"]
    assert each.busy() == [SPAN]
    assert not each.due()


def test_the_first_message_only_says_that_there_is_a_channel(live: PushWorld) -> None:
    assert live.google.channels.answers == [(live.channels()[0].id, "sync", 204)]
    assert live.calendar_row().dirty_at is None
    assert not live.due()


def test_a_storm_of_a_thousand_messages_is_two_readings(live: PushWorld) -> None:
    for number in range(1_000):
        live.google.channels.changed(live.calendar_id)
        if number % 100 == 50:
            live.google.channels.settle()
            live.drain()
    live.google.channels.settle()
    for _ in range(5):
        live.drain()
        live.pass_time(seconds=1)
    assert live.take_calls() == ["events.list"] * 2


def test_copies_of_a_message_are_one_reading(each: PushWorld) -> None:
    each.google.push_copies(50)
    each.hers(MEETING)
    each.google.channels.settle()
    for _ in range(5):
        each.drain()
        each.pass_time(seconds=1)
    assert each.take_calls() == ["events.list"]
    assert each.busy() == [SPAN]


def test_messages_out_of_order_lead_to_what_there_is(live: PushWorld) -> None:
    live.google.channels.late = True
    kept, gone = live.hers(MEETING), live.hers({**MEETING, "id": "gonesoon"})
    live.google.cancel(ADA, gone)
    live.google.channels.release()
    live.google.channels.settle()
    live.drain()
    assert live.busy() == [SPAN]
    assert [row.href for row in live.entries() if row.gone_at is None] == [kept]


def test_a_message_while_the_calendar_is_read_leads_to_another_reading(each: PushWorld) -> None:
    """Though the reading was due already, so that the message changes nothing about when."""
    each.pass_time(minutes=8)
    late = timed("2026-11-25T10:00:00", "2026-11-25T11:00:00")

    def change_behind_its_back(point: str) -> None:
        if point == "pull.before_cursor":
            set_trigger(None)
            each.hers(late)
            each.google.channels.settle()

    set_trigger(change_behind_its_back)
    try:
        each.engine.sync_account("account", owner="worker", now=each.now)
    finally:
        set_trigger(None)
    assert each.busy() == []
    assert each.due()
    each.drain()
    assert len(each.busy()) == 1


def test_our_own_write_is_echoed_once_and_changes_nothing(live: PushWorld) -> None:
    live.book()
    live.drain()
    live.google.channels.settle()
    live.pass_time(seconds=4)
    live.drain()
    live.google.channels.settle()
    live.pass_time(seconds=4)
    live.drain()
    assert live.take_calls() == ["events.insert", "events.list"]
    assert live.changes() == []


def test_messages_that_are_lost_for_an_hour_are_made_good_by_the_clock(live: PushWorld) -> None:
    """Whatever she does is seen within the time between two readings, and nothing is freed that she did not free."""
    live.google.push_copies(0)
    book = live.google.accounts.books[live.calendar_id]
    poll = live.views.view(None, "ada").request_only_after / 2  # type: ignore[arg-type]
    since: dict[TimeSpan, datetime] = {}
    ids: list[str] = []
    for minute in range(60):
        if minute % 7 == 0:
            start = TUESDAY_10 + timedelta(days=minute)
            body = timed(start.isoformat(), (start + timedelta(hours=1)).isoformat(), "UTC")
            ids.append(live.hers(body))
            since[TimeSpan(start, start + timedelta(hours=1))] = live.now
        if minute == 30:
            live.google.cancel(ADA, ids.pop(0))
            cancelled = live.now
        live.drain()
        busy = live.busy()
        for span, at in since.items():
            over = span.start == TUESDAY_10 and minute >= 30
            if over:
                assert span not in busy or live.now - cancelled <= poll
            else:
                assert span in busy or live.now - at <= poll
        live.pass_time(minutes=1)
    live.pass_time(minutes=8)
    live.drain()
    assert len(live.busy()) == len(ids) == sum(not stored.cancelled for stored in book.events.values())
    assert len(live.take_calls()) <= 1.5 * 65 / 5


def test_a_channel_is_replaced_before_it_ends_the_new_one_first(each: PushWorld) -> None:
    (old,) = each.channels()
    each.pass_time(days=5.7)
    each.drain()
    calls = [call for call in each.take_calls() if call != "calendarList.list"]
    assert calls.index("events.watch") < calls.index("channels.stop")
    (new,) = each.channels()
    assert new.id != old.id
    assert new.opened_at < old.expires_at < new.expires_at
    assert list(each.google.channels.open) == [new.id]


def test_while_two_channels_overlap_a_change_is_read_and_neither_is_without_one(live: PushWorld) -> None:
    live.pass_time(days=5.7)
    live.google.fail("channels.stop", 503, "backendError")
    live.drain()
    assert sorted(live.states()) == ["live", "retiring"]
    live.take_calls()
    live.pass_time(seconds=10)
    live.hers(timed("2026-12-01T10:00:00", "2026-12-01T11:00:00"))
    live.google.channels.settle()
    live.drain()
    assert live.take_calls() == ["events.list"]
    assert len(live.busy()) == 1
    live.pass_time(minutes=8)
    live.drain()
    assert live.states() == ["live"]


def test_a_message_that_is_on_its_way_while_its_channel_is_replaced_is_no_loss(live: PushWorld) -> None:
    live.pass_time(days=5.7)
    with live.database.write() as connection:
        # A pass for another reason than to read this calendar.
        connection.execute(update(calendar).values(due_at=live.now + timedelta(minutes=10)))
        connection.execute(update(account).values(discover_due_at=live.now))
    live.google.channels.late = True
    live.hers(timed("2026-12-01T10:00:00", "2026-12-01T11:00:00"))
    live.drain()
    live.google.channels.release()
    live.google.channels.settle()
    live.drain()
    assert len(live.busy()) == 1


def test_a_channel_that_ended_unseen_is_replaced_and_the_calendar_read(live: PushWorld) -> None:
    live.pass_time(days=8)
    live.hers(timed("2026-12-08T10:00:00", "2026-12-08T11:00:00"))
    live.google.channels.settle()
    assert not is_live(live)
    live.drain()
    assert is_live(live)
    assert len(live.channels()) == 1
    assert len(live.busy()) == 1


def test_a_life_that_google_cuts_short_is_renewed_in_time(world: PushWorld) -> None:
    world.google.channels.longest = timedelta(hours=1)
    world.drain()
    for _ in range(36):
        world.pass_time(minutes=5)
        world.drain()
        assert is_live(world)
    assert sum(call.method == "events.watch" for call in world.taken()) <= 7
    assert len(world.channels()) == 1


def test_a_stop_that_fails_is_tried_again_until_the_channel_has_run_out(live: PushWorld) -> None:
    (old,) = live.channels()
    live.push_to(None)
    live.google.fail("channels.stop", 503, "backendError", times=500)
    live.sync()
    assert live.states() == ["retiring"]
    for _ in range(7):
        live.pass_time(days=1)
        live.sync()
        assert (live.states() == ["retiring"]) == (live.now < old.expires_at)
    assert live.states() == []


def test_stopping_a_channel_that_is_over_is_done(live: PushWorld) -> None:
    live.google.channels.open.clear()
    live.push_to(None)
    live.sync()
    assert live.states() == []


def test_late_messages_of_a_stopped_channel_change_nothing(live: PushWorld) -> None:
    live.google.channels.late = True
    live.hers(MEETING)
    live.push_to(None)
    live.sync()
    live.take_calls()
    live.google.channels.release()
    live.google.channels.settle()
    live.pass_time(seconds=10)
    assert live.google.channels.answers[-1][2] == 204
    assert not live.due()


@pytest.mark.parametrize("after_effect", [False, True])
def test_a_channel_whose_opening_was_not_answered_is_waited_out(
    world: PushWorld, *, after_effect: bool
) -> None:
    world.google.cut("events.watch", after_effect=after_effect)
    world.drain()
    assert world.states() == ["opening"]
    assert push_text(world)
    assert world.calendar_row().checked_at == world.now
    world.pass_time(minutes=6)
    world.drain()
    assert sorted(world.states()) == ["live", "opening"]
    world.pass_time(days=7)
    world.drain()
    assert world.states() == ["live"]


@pytest.mark.parametrize("point", ["watch.before_live", "watch.before_forget"])
def test_a_crash_around_opening_and_stopping_leaves_one_live_channel(live: PushWorld, point: str) -> None:
    live.pass_time(days=5.7)

    def crash(name: str) -> None:
        if name == point:
            raise KeyboardInterrupt

    set_trigger(crash)
    try:
        with pytest.raises(KeyboardInterrupt):
            live.drain()
    finally:
        set_trigger(None)
    for _ in range(3):
        live.pass_time(minutes=6)
        live.drain()
        assert is_live(live)
    assert live.states().count("live") == 1
    live.pass_time(days=8)
    live.sync()
    assert live.states() == ["live"]


def test_an_address_that_google_does_not_post_to_is_told_and_not_asked_for_again_at_once(
    world: PushWorld,
) -> None:
    """It is a 401 that says nothing about the account."""
    world.google.channels.verified = {"booking.example.com"}
    assert [report.ok for report in world.drain()] == [True]
    assert world.account_row().state == "ok"
    assert "verified" in (push_text(world) or "")
    assert world.states() == []
    for _ in range(12):
        world.pass_time(minutes=20)
        world.drain()
    assert sum(call.method == "events.watch" for call in world.taken()) == 2  # one with a renewed token
    world.google.channels.verified = None
    world.pass_time(hours=3)
    world.drain()
    assert is_live(world)
    assert push_text(world) is None


def test_an_address_without_https_is_told(world: PushWorld) -> None:
    world.push_to("http://booking.example.com/hooks/google")
    assert [report.ok for report in world.drain()] == [True]
    assert "https" in (push_text(world) or "")


def test_a_calendar_without_push_is_read_by_the_clock_alone(world: PushWorld) -> None:
    world.google.channels.without = {ADA}
    world.drain()
    world.hers(MEETING)
    world.pass_time(minutes=6)
    world.drain()
    assert world.busy() == [SPAN]
    assert push_text(world) == "Google sends no messages about this calendar."
    for _ in range(6):
        world.pass_time(days=1)
        world.sync()
    assert sum(call.method == "events.watch" for call in world.taken()) == 1


def test_a_limit_on_opening_channels_is_waited_out(world: PushWorld) -> None:
    world.google.fail("events.watch", 429, "rateLimitExceeded", retry_after=3600)
    assert [report.ok for report in world.drain()] == [True]
    for _ in range(9):
        world.pass_time(minutes=6)
        world.drain()
    assert sum(call.method == "events.watch" for call in world.taken()) == 1
    world.pass_time(minutes=7)
    world.drain()
    assert is_live(world)


def test_another_address_of_ours_gets_a_channel_of_its_own(live: PushWorld) -> None:
    (old,) = live.channels()
    live.push_to(live.address.replace("127.0.0.1", "127.0.0.1") + "?new")
    live.sync()
    (new,) = live.channels()
    assert (new.address, live.google.channels.stopped) == (live.address + "?new", [old.id])


def test_switched_off_its_channels_end_and_the_reason_is_told(live: PushWorld) -> None:
    live.push_to(None)
    live.sync()
    assert live.google.channels.open == {}
    assert "FREEHOLD_GOOGLE_PUSH" in (push_text(live) or "")
    rows = live.calendar_row()
    live.pass_time(minutes=6)
    live.sync()
    assert live.calendar_row().push_text == rows.push_text


def test_an_ignored_calendar_is_not_watched(sqlite_url: str, google: GoogleServer, tmp_path: Path) -> None:
    roles = {"Work": "write", "Birthdays": "ignore"}
    with PushWorld(sqlite_url, google, tmp_path / "data", roles=roles) as world:
        google.add_calendar(ADA, "Birthdays")
        world.drain()
        assert [row.calendar_id for row in world.channels()] == [world.calendar_row().id]


def test_a_removed_account_stops_its_channels_and_then_loses_its_secret(each: PushWorld) -> None:
    with each.database.write() as connection:
        remove_account(connection, "account", now=each.now)
    assert each.account_row().secret_enc is not None
    each.drain()
    assert each.take_calls() == ["channels.stop"]
    assert each.account_row().secret_enc is None
    assert each.states() == []
    assert not each.due()


def test_a_removed_account_that_cannot_stop_them_loses_its_secret_within_a_day(live: PushWorld) -> None:
    with live.database.write() as connection:
        remove_account(connection, "account", now=live.now)
    live.google.revoke(ADA)
    for _ in range(31):
        live.drain()
        live.pass_time(hours=1)
    assert live.account_row().secret_enc is None
    assert live.states() == ["retiring"]
    assert len(live.google.take_calls()) < 40
    with live.database.write() as connection:
        assert purge_channels(connection, now=live.now) == 0
        assert purge_channels(connection, now=live.now + timedelta(days=7)) == 1
    assert live.states() == []


def test_a_removed_account_without_channels_loses_its_secret_at_once(world: PushWorld) -> None:
    with world.database.write() as connection:
        remove_account(connection, "account", now=world.now)
    assert world.account_row().secret_enc is None


def test_a_live_look_opens_no_channel(world: PushWorld) -> None:
    world.push_to(None)
    world.drain()
    world.push_to(world.address)
    world.take_calls()
    world.engine.sync_account("account", owner="look", now=world.now, wish=Wish(look=3))
    assert world.take_calls() == ["events.list"]


def test_a_message_hastens_no_calendar_that_fails(live: PushWorld) -> None:
    live.google.fail("events.list", 500, "backendError")
    live.sync()
    with live.database.write() as connection:
        connection.execute(update(account).values(not_before=None))
    before = live.calendar_row().due_at
    live.hers(MEETING)
    live.google.channels.settle()
    assert live.calendar_row().due_at == before
    live.pass_time(minutes=1)
    live.drain()
    assert live.busy() == [SPAN]


def test_channels_cost_an_idle_account_no_call(live: PushWorld) -> None:
    for _ in range(6):
        live.pass_time(minutes=8)
        live.drain()
    assert live.take_calls() == ["events.list"] * 6


def test_of_the_token_only_its_hash_is_kept(live: PushWorld) -> None:
    (sent,) = live.google.channels.open.values()
    assert sent.token
    assert len(sent.token) >= 43  # 256 bits
    with live.database.read() as connection:
        rows = [*live.channels(), *connection.execute(select(calendar)), *connection.execute(select(account))]
    assert not any(sent.token in repr(row) for row in rows)
