"""The engine reads a calendar: what blocks, what stays blocked, and what is believed to be gone."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from sync.backends.errors import Unavailable
from sync.backends.memory import MemoryBackend
from sync.backends.protocol import Cursor, Known, Page, RemoteCalendar
from sync.engine.engine import Wish
from sync.model.freebusy import BusyPolicy, Reading
from sync.model.timespan import TimeSpan
from sync.store.tables import calendar
from tests.support import ics
from tests.support.engine_world import EngineWorld

TUESDAY_10 = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


@pytest.fixture
def world(database_url: str) -> EngineWorld:
    return EngineWorld(database_url)


def meeting(uid: str, start: datetime = TUESDAY_10, **rest: object) -> str:
    return ics.timed(uid, start, timedelta(hours=1), **rest)


def hour(start: datetime) -> TimeSpan:
    return TimeSpan(start, start + timedelta(hours=1))


def test_a_busy_event_blocks_its_time(world: EngineWorld) -> None:
    world.server.put(world.work, "a", meeting("a"))
    assert world.sync().ok
    assert world.busy() == [hour(TUESDAY_10)]


def test_a_free_event_leaves_its_time_and_setting_it_busy_takes_it(world: EngineWorld) -> None:
    world.server.put(world.work, "a", meeting("a", transp="TRANSPARENT"))
    world.sync()
    assert world.busy() == []
    world.server.put(world.work, "a", meeting("a", transp="OPAQUE"))
    world.sync()
    assert world.busy() == [hour(TUESDAY_10)]


def test_a_moved_occurrence_blocks_its_new_time_only(world: EngineWorld) -> None:
    start, new = datetime(2026, 11, 24, 10), datetime(2026, 11, 25, 16)
    text = ics.weekly("w", start, timedelta(hours=1), count=2, moved={start: new})
    world.server.put(world.work, "w", text)
    world.sync()
    assert world.busy() == [
        hour(datetime(2026, 11, 25, 21, tzinfo=UTC)),
        hour(datetime(2026, 12, 1, 15, tzinfo=UTC)),
    ]


def test_a_deleted_event_frees_its_time(world: EngineWorld) -> None:
    href = world.server.put(world.work, "a", meeting("a"))
    world.sync()
    world.server.remove(world.work, href)
    world.sync()
    assert world.busy() == []


def test_a_deleted_event_frees_its_time_at_a_server_without_tokens(world: EngineWorld) -> None:
    world.server.offers_tokens = False
    world.server.put(world.work, "kept", meeting("kept", TUESDAY_10 + timedelta(hours=3)))
    href = world.server.put(world.work, "a", meeting("a"))
    world.sync()
    world.server.remove(world.work, href)
    world.sync()
    assert world.busy() == [hour(TUESDAY_10 + timedelta(hours=3))]


def test_a_pass_without_changes_is_one_request(world: EngineWorld) -> None:
    world.server.put(world.work, "a", meeting("a"))
    world.sync()
    world.server.calls.clear()
    world.pass_time(minutes=6)
    world.engine.sync_account("account", owner="worker", now=world.now)
    assert [call.operation for call in world.server.calls] == ["report"]


def test_an_unreachable_server_frees_nothing_and_the_reading_grows_old(world: EngineWorld) -> None:
    world.server.put(world.work, "a", meeting("a"))
    world.sync()
    read_at = world.calendar_row().checked_at
    world.server.reachable = False
    world.pass_time(hours=2)
    report = world.sync()
    assert not report.ok
    assert world.busy() == [hour(TUESDAY_10)]
    assert world.calendar_row().checked_at == read_at
    assert world.account_row().state == "unreachable"


def test_an_account_that_comes_back_is_well_again(world: EngineWorld) -> None:
    world.server.reachable = False
    world.sync()
    world.server.reachable = True
    assert world.sync().ok
    assert (world.account_row().state, world.calendar_row().state) == ("ok", "ok")


def test_refused_credentials_ask_for_new_ones_and_keep_blocking(world: EngineWorld) -> None:
    world.server.put(world.work, "a", meeting("a"))
    world.sync()
    world.server.password = "changed"
    world.sync()
    assert world.account_row().state == "needs_reauth"
    assert world.busy() == [hour(TUESDAY_10)]


def test_a_missing_calendar_keeps_its_events(world: EngineWorld) -> None:
    world.server.put(world.work, "a", meeting("a"))
    world.sync()
    world.server.remove_calendar(world.work)
    world.sync()
    assert world.calendar_row().state == "missing"
    assert world.busy() == [hour(TUESDAY_10)]


def test_an_invalid_token_enumerates_anew_and_sweeps_what_went_meanwhile(world: EngineWorld) -> None:
    gone = world.server.put(world.work, "gone", meeting("gone"))
    kept = TUESDAY_10 + timedelta(hours=3)
    world.server.put(world.work, "kept", meeting("kept", kept))
    world.sync()
    world.server.remove(world.work, gone)
    world.server.forget_tokens(world.work)
    assert world.sync().ok
    assert world.busy() == [hour(kept)]


def test_an_error_between_pages_keeps_the_old_cursor_and_the_next_pass_replays(world: EngineWorld) -> None:
    world.server.page_size = 2
    world.sync()
    before = world.calendar_row().cursor_value
    for number in range(5):
        world.server.put(
            world.work, f"e{number}", meeting(f"e{number}", TUESDAY_10 + timedelta(hours=2 * number))
        )
    world.server.fail("report", Unavailable("cut"), skip=1)
    assert not world.sync().ok
    assert world.calendar_row().cursor_value == before
    assert world.sync().ok
    assert len(world.busy()) == 5


def test_an_event_that_becomes_unreadable_keeps_its_block(world: EngineWorld) -> None:
    world.server.put(world.work, "a", meeting("a"))
    world.sync()
    world.server.put(world.work, "a", "BEGIN:VCALENDAR\r\nnothing to be read\r\n")
    assert world.sync().ok
    assert world.busy() == [hour(TUESDAY_10)]
    assert [row.quarantined for row in world.entries()] == [True]


def test_one_empty_listing_after_several_events_removes_nothing(world: EngineWorld) -> None:
    for number in range(3):
        world.server.put(
            world.work, f"e{number}", meeting(f"e{number}", TUESDAY_10 + timedelta(hours=2 * number))
        )
    world.sync()
    world.server.lists_nothing = True
    world.sync(full=True)
    assert len(world.busy()) == 3


def test_a_second_empty_listing_after_ten_minutes_goes_to_the_brake(world: EngineWorld) -> None:
    for number in range(12):
        world.server.put(
            world.work, f"e{number}", meeting(f"e{number}", TUESDAY_10 + timedelta(hours=2 * number))
        )
    world.sync()
    for href in list(world.texts()):
        world.server.remove(world.work, href)
    world.sync(full=True)
    world.pass_time(minutes=11)
    world.sync(full=True)
    assert len(world.busy()) == 12
    assert world.calendar_row().state == "held"


def test_many_events_gone_at_once_are_held_and_go_on_blocking(world: EngineWorld) -> None:
    hrefs = [
        world.server.put(
            world.work, f"e{number}", meeting(f"e{number}", TUESDAY_10 + timedelta(hours=2 * number))
        )
        for number in range(20)
    ]
    world.sync()
    for href in hrefs[:10]:
        world.server.remove(world.work, href)
    report = world.sync()
    assert report.calendars[0].held == 10
    assert len(world.busy()) == 20


def test_held_events_that_come_back_are_no_longer_held(world: EngineWorld) -> None:
    names = [f"e{number}" for number in range(10)]
    for number, name in enumerate(names):
        world.server.put(world.work, name, meeting(name, TUESDAY_10 + timedelta(hours=2 * number)))
    world.sync()
    for href in list(world.texts()):
        world.server.remove(world.work, href)
    world.sync()
    assert world.calendar_row().state == "held"
    for number, name in enumerate(names):
        world.server.put(world.work, name, meeting(name, TUESDAY_10 + timedelta(hours=2 * number)))
    world.sync()
    assert world.calendar_row().state == "ok"
    assert len(world.busy()) == 10


def test_a_setting_to_ignore_tentative_events_holds_for_what_is_stored(world: EngineWorld) -> None:
    world.server.put(world.work, "a", meeting("a", status="TENTATIVE"))
    world.sync()
    world.views.policy = BusyPolicy(tentative=Reading.FREE)
    world.sync()
    assert world.busy() == []


def test_the_horizon_slides_over_an_endless_series(world: EngineWorld) -> None:
    world.server.put(world.work, "w", ics.weekly("w", datetime(2026, 11, 24, 10), timedelta(hours=1)))
    world.sync()
    last = world.busy()[-1].start
    world.pass_time(days=40)
    world.sync()
    assert world.busy()[-1].start >= last + timedelta(days=30)


ENDING = {
    "it begins beyond the horizon": (datetime(2027, 4, 6, 10), {"rrule": "FREQ=WEEKLY;COUNT=12"}),
    "it comes once a quarter": (datetime(2027, 1, 6, 10), {"rrule": "FREQ=MONTHLY;INTERVAL=3;COUNT=8"}),
    "it comes once a year": (datetime(2026, 4, 6, 10), {"rrule": "FREQ=YEARLY;UNTIL=20300101T000000Z"}),
    "it has extra dates": (
        datetime(2026, 11, 24, 10),
        {"extra": ["RDATE:20261201T150000Z,20270406T140000Z"]},
    ),
}


@pytest.mark.parametrize("start, rest", ENDING.values(), ids=ENDING)
def test_the_horizon_slides_over_a_series_that_ends(
    world: EngineWorld, start: datetime, rest: dict[str, object]
) -> None:
    text = ics.timed("s", start, start + timedelta(hours=1), tzid=ics.NEW_YORK, **rest)
    world.server.put(world.work, "s", text)
    for _ in range(5):
        world.sync()
        world.pass_time(days=20)
    assert [span for span in world.busy() if span.start.month == 4] != []


def test_what_a_first_reading_stored_before_it_broke_off_follows_the_rules_of_today(
    world: EngineWorld,
) -> None:
    world.server.page_size = 1
    for name, day in (("a", 24), ("b", 25)):
        start = datetime(2026, 11, day, 10)
        text = ics.timed(name, start, start + timedelta(hours=1), tzid=ics.NEW_YORK, status="TENTATIVE")
        world.server.put(world.work, name, text)
    world.views.policy = BusyPolicy(tentative=Reading.FREE)
    world.server.fail("list", Unavailable("cut"), skip=1)
    world.sync()
    assert world.busy() == []
    world.views.policy = BusyPolicy()
    world.pass_time(minutes=10)
    world.sync()
    assert [span.start.day for span in world.busy()] == [24, 25]


def test_a_look_does_not_put_off_the_whole_reading_that_is_due(world: EngineWorld) -> None:
    world.sync()
    with world.database.write() as connection:
        connection.execute(update(calendar).values(due_at=world.now, full_due_at=world.now))
    world.engine.sync_account("account", owner="look", now=world.now, wish=Wish(look=3.0))
    row = world.calendar_row()
    assert row.due_at <= world.now
    world.engine.sync_account("account", owner="worker", now=world.now)
    row = world.calendar_row()
    assert row.full_at == world.now
    assert row.due_at > world.now


def test_a_series_is_expanded_again_when_the_time_zone_data_is_another(
    world: EngineWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.server.put(world.work, "w", ics.weekly("w", datetime(2026, 11, 24, 10), timedelta(hours=1)))
    world.sync()
    before = world.calendar_row().expanded_key
    monkeypatch.setattr("sync.engine.expansion.zone_data", lambda: "# version 2027a")
    world.pass_time(minutes=10)
    world.sync()
    assert world.calendar_row().expanded_key != before
    assert len(world.busy()) > 8


BOMBS = {
    "it repeats every second": "FREQ=SECONDLY",
    "it counts for ever": "FREQ=DAILY;COUNT=9999999999",
    "it never comes true": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=10000",
    "it says nothing": "FREQ=FORTNIGHTLY",
}


@pytest.mark.parametrize("rule", BOMBS.values(), ids=BOMBS)
def test_a_rule_that_is_not_followed_blocks_is_told_and_the_rest_of_the_calendar_is_read(
    world: EngineWorld, rule: str
) -> None:
    first = datetime(1000, 1, 1, 9) if "COUNT=1" in rule else datetime(2026, 11, 24, 9)
    world.server.put(world.work, "bomb", ics.timed("bomb", first, first + timedelta(hours=1), rrule=rule))
    world.server.put(world.work, "a", meeting("a"))
    assert world.sync().ok
    by_uid = {row.uid: row for row in world.entries()}
    assert by_uid["bomb"].problem
    assert by_uid["a"].problem is None
    assert hour(TUESDAY_10) in world.busy()
    assert len(world.busy()) > 1


def test_a_second_worker_leaves_an_account_in_use_alone(world: EngineWorld) -> None:
    seen: list[bool] = []
    world.server.plan("list", lambda: seen.append(world.sync(owner="second").busy))
    world.sync()
    assert seen == [True]


def test_a_rule_that_fits_no_calendar_fails_the_account_and_names_what_there_is(database_url: str) -> None:
    world = EngineWorld(database_url, roles={"Wrok": "write"})
    report = world.sync()
    assert report.error == 'no calendar is named "Wrok"; the account has: "Work"'
    assert world.account_row().discovered_at is None


class Withholding(MemoryBackend):
    """Names a member at each reading that it does not hand out."""

    def changes(self, calendar: RemoteCalendar, cursor: Cursor | None, known: Known) -> Iterator[Page]:
        for page in super().changes(calendar, cursor, known):
            yield replace(page, unread=("/Work/withheld.ics",))


def test_a_member_that_is_never_handed_out_is_shown_once_and_goes_with_its_name(world: EngineWorld) -> None:
    world.backend = Withholding
    world.sync()
    world.sync()
    assert [(row.href, row.quarantined) for row in world.entries()] == [("/Work/withheld.ics", True)]
    world.backend = MemoryBackend
    world.sync(full=True)
    assert [row.gone_at is None for row in world.entries()] == [False]


def cut(text: str, before: str) -> str:
    """What is left of a text that broke off."""
    return text[: text.index(before)]


def test_of_a_series_whose_text_broke_off_all_that_was_known_goes_on_blocking(world: EngineWorld) -> None:
    text = ics.weekly("w", datetime(2026, 11, 24, 10), timedelta(hours=1), count=3)
    world.server.put(world.work, "w", text)
    world.sync()
    known = world.busy()
    moved = text.replace("20261124T10", "20261124T16").replace("20261124T11", "20261124T17")
    world.server.put(world.work, "w", cut(moved, "RRULE:FREQ=WEEKLY"))
    world.sync()
    assert set(known) < set(world.busy())
    assert hour(TUESDAY_10 + timedelta(hours=6)) in world.busy()
    world.server.put(world.work, "w", text)
    world.sync()
    assert world.busy() == known


def test_a_text_of_ours_that_broke_off_is_no_answer_of_hers(world: EngineWorld) -> None:
    world.sync()
    world.book()
    world.sync()
    ((href, text),) = world.texts().items()
    world.server.put(world.work, href.rpartition("/")[2].removesuffix(".ics"), cut(text, "STATUS"))
    world.sync()
    assert world.changes() == []
    assert world.event() is not None
    assert [row.quarantined for row in world.entries()] == [True]
