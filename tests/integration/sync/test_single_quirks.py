"""What one deviation of a server does to the engine, one fact at a time."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from sync.model.timespan import TimeSpan
from tests.support import ics
from tests.support.hosted_world import HostedWorld
from tests.support.quirks.profiles import Names, Quirks, Sync, Tags
from tests.support.quirks.proxy import Weather
from tests.support.quirks.server import QuirkServer
from tests.support.radicale import RadicaleServer

THURSDAY_10 = datetime(2026, 11, 26, 15, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
PLAIN = Quirks("Radicale as it is")
Played = Callable[..., HostedWorld]


@pytest.fixture
def played(radicale: RadicaleServer, sqlite_url: str) -> Iterator[Played]:
    """A world at a server with these switches."""
    worlds: list[HostedWorld] = []

    def play(*, settled: bool = True, **switches: object) -> HostedWorld:
        quirks = replace(PLAIN, **switches)  # type: ignore[arg-type]
        world = HostedWorld(sqlite_url, QuirkServer(quirks, radicale))
        if settled:
            world.settle()
        worlds.append(world)
        return world

    yield play
    for world in worlds:
        world.database.engine.dispose()
        assert isinstance(world.host, QuirkServer)
        world.host.close()


def server_of(world: HostedWorld) -> QuirkServer:
    assert isinstance(world.host, QuirkServer)
    return world.host


def meeting(number: int = 1, start: datetime = THURSDAY_10) -> str:
    return ics.timed(f"uid-{number}", start, HOUR)


def test_an_event_that_a_server_names_otherwise_while_vouching_for_it_is_followed(played: Played) -> None:
    world = played(names=Names.SILENT, put_tags=Tags.STRONG)
    world.book(day=26)
    world.settle()
    world.book(day=26, hour=14)
    world.settle()
    ((href, text),) = world.texts().items()
    assert "T140000" in text
    assert world.busy() == []
    assert [row.href for row in world.entries()] == [href]


def test_a_server_that_gives_events_other_uids_keeps_one_event_though_the_answer_was_lost(
    played: Played,
) -> None:
    world = played(replaces_uid=True)
    server_of(world).play.weather.append(("PUT", Weather.CUT_AFTER))
    world.book(day=26)
    world.settle(4)
    world.book(day=26, hour=14)
    world.settle()
    assert len(world.texts()) == 1
    assert world.busy() == []
    assert world.changes() == []


def test_a_copy_of_ours_with_the_same_uid_takes_its_own_time(played: Played) -> None:
    world = played(takes_any_uid=True)
    world.book(day=26)
    world.settle()
    ((_, text),) = world.texts().items()
    folder = urlsplit(world.client.url).path
    server_of(world).plant(f"{folder}copy.ics", text.replace("T100000", "T150000").encode())
    world.settle()
    world.next_day()
    assert len(world.busy()) == 1
    assert world.changes() == []
    assert len(world.texts()) == 2


def test_what_slides_out_of_a_servers_window_stops_nothing(played: Played) -> None:
    world = played(window_days=30)
    world.put_by_other("soon", meeting(1, THURSDAY_10))
    world.settle()
    world.pass_time(days=40)
    server_of(world).play.reports.today = world.now.date()
    world.put_by_other("new", meeting(2, world.now + timedelta(days=2)))
    report = world.settle()
    assert report.ok
    assert world.calendar_row().state == "ok"
    assert len(world.busy()) == 1


def test_a_booking_beyond_a_servers_window_stands(played: Played) -> None:
    world = played(window_days=365)
    world.now += timedelta(days=-365)
    server_of(world).play.reports.today = world.now.date()
    world.book(day=26)
    world.settle()
    world.next_day()
    assert world.settle().ok
    assert len(world.texts()) == 1
    assert world.changes() == []


def test_a_report_that_keeps_back_changes_is_made_good_the_next_day(played: Played) -> None:
    world = played(lossy=2)
    for number in range(5):
        world.put_by_other(f"event-{number}", meeting(number, THURSDAY_10 + number * timedelta(days=1)))
    world.settle()
    assert len(world.busy()) == 2
    world.next_day()
    assert len(world.busy()) == 5


def test_a_report_that_comes_in_pages_is_read_to_its_end_in_one_pass(played: Played) -> None:
    world = played(page=2)
    for number in range(5):
        world.put_by_other(f"event-{number}", meeting(number, THURSDAY_10 + number * timedelta(days=1)))
    world.sync()
    assert len(world.busy()) == 5


def test_a_deletion_that_no_report_names_is_seen_the_next_day(played: Played) -> None:
    world = played(hides_deletions=True)
    world.put_by_other("event", meeting())
    world.settle()
    world.client.delete_event("event.ics")
    world.settle()
    assert len(world.busy()) == 1
    world.next_day()
    assert world.busy() == []


@pytest.mark.parametrize(
    "token", [(403, True), (409, True), (412, True), (500, True), (410, False), (500, False), (403, False)]
)
def test_a_forgotten_token_costs_no_event_and_frees_what_went_meanwhile(
    played: Played, token: tuple[int, bool]
) -> None:
    world = played(unknown_token=token)
    world.put_by_other("event", meeting())
    world.put_by_other("other", meeting(2, THURSDAY_10 + HOUR))
    world.settle()
    world.client.delete_event("other.ics")
    world.forget_token()
    world.settle()
    assert world.busy() == [TimeSpan(THURSDAY_10, THURSDAY_10 + HOUR)]
    assert world.calendar_row().state == "ok"


def test_a_token_that_a_server_pretends_to_know_is_found_out_the_next_day(played: Played) -> None:
    world = played(unknown_token=(207, False))
    world.put_by_other("event", meeting())
    world.settle()
    world.client.delete_event("event.ics")
    world.forget_token()
    world.settle()
    assert len(world.busy()) == 1
    world.next_day()
    assert world.busy() == []


def test_a_new_event_that_would_not_load_is_tried_again_within_minutes(played: Played) -> None:
    world = played(multiget_misses=404)
    world.put_by_other("event", meeting())
    server_of(world).play.weather.append(("GET", Weather.BROKEN))
    world.sync()
    assert world.busy() == []
    world.pass_time(minutes=11)
    world.sync()
    assert len(world.busy()) == 1


def test_a_first_reading_that_was_cut_short_goes_on_where_it_was(played: Played) -> None:
    world = played(settled=False)
    for number in range(250):
        world.put_by_other(f"event-{number}", meeting(number, THURSDAY_10 + number * HOUR))
    weather = server_of(world).play.weather
    # The one that asks for everything is cut, and so the calendar is read in parts.
    cut, clear = ("REPORT", Weather.CUT_BEFORE), ("REPORT", Weather.CLEAR)
    weather += [cut, clear, clear, cut]
    told: list[int] = []
    world.sync_told(told)
    assert told == [0, 100, 200]
    assert len(world.entries()) == 200
    world.sent.clear()
    world.pass_time(minutes=1)
    world.sync_told(told)
    assert len(world.entries()) == 250
    assert world.sent["REPORT"] == 1
    assert told[-1] == 250


def test_a_calendar_whose_address_is_spelt_otherwise_today_is_the_same(played: Played) -> None:
    world = played(spells_at_twice=True)
    world.put_by_other("event", meeting())
    world.book(day=26, hour=14)
    world.settle()
    server_of(world).play.spells_at = True
    world.next_day()
    assert world.calendar_row().state == "ok"
    assert len(world.busy()) == 1
    assert len(world.texts()) == 2


def test_what_a_server_was_seen_to_do_is_kept_and_its_calendars_say_how_they_are_read(played: Played) -> None:
    world = played(sync=Sync.ABSENT, put_tags=Tags.WEAK)
    world.book(day=26)
    world.settle()
    assert world.account_row().capabilities == {
        "schedules": "no",
        "sync_collection": "no",
        "ctag": "yes",
        "etag_on_write": "no",
    }
    assert world.calendar_row().cursor_kind == "etags"
