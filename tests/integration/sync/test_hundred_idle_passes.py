"""100 idle passes over three days: 0 writes remotely, 0 changes in the mirror, reading times and schedule aside."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from booking.events import Wanted, new_series
from sync.engine.engine import Wish
from sync.model.event import Status, Transparency
from sync.model.moments import Length, WallTime
from sync.pacing import FULL_EVERY
from sync.store.outbox import EntryState
from sync.store.tables import metadata
from tests.support import ics
from tests.support.engine_world import ZONE, EngineWorld, appointment
from tests.support.google_account import ADA, timed
from tests.support.google_server import GoogleServer
from tests.support.google_world import GoogleWorld
from tests.support.hosted_world import HostedWorld

PASSES = 100
APART = timedelta(minutes=43)
HOUR = timedelta(hours=1)
MONDAY = datetime(2026, 11, 30, 9)
SUPERVISION = Wanted("Supervision", WallTime(MONDAY, ZONE), Length(exact=HOUR), Transparency.OPAQUE)
TEA = replace(
    SUPERVISION, start=WallTime(MONDAY + 4 * HOUR, ZONE), transparency=Transparency.TRANSPARENT,
    rule="FREQ=WEEKLY;COUNT=5",
)  # fmt: skip

# Times of readings and of what comes next; a lease; and the number that a listing has, with the mark it leaves.
ASIDE = {
    "sync_account": {"discovered_at", "discover_due_at", "lease_owner", "lease_until", "fence"},
    "sync_calendar": {"checked_at", "due_at", "full_at", "full_due_at", "generation"},
    "sync_entry": {"generation"},
}


@pytest.fixture(params=["radicale", "xandikos"])
def dav(request: pytest.FixtureRequest, sqlite_url: str) -> Iterator[HostedWorld]:
    made = HostedWorld(sqlite_url, request.getfixturevalue(request.param))
    yield made
    made.database.engine.dispose()


@pytest.fixture
def google(sqlite_url: str) -> Iterator[GoogleWorld]:
    with GoogleServer() as server:
        yield GoogleWorld(sqlite_url, server)


def test_a_hundred_idle_passes_change_nothing_at_a_caldav_server(dav: HostedWorld) -> None:
    start = datetime(2026, 12, 2, 10)
    moved = {start.replace(day=9): start.replace(day=9, hour=14)}
    gone = [start.replace(day=16)]
    hers = {
        "single": ics.timed("single", start, start + HOUR, tzid=ZONE),
        "weekly": ics.weekly("weekly", start, HOUR, count=6, moved=moved, cancelled=gone),
        "endless": ics.weekly("endless", start + HOUR, HOUR),
        "days": ics.all_day("days", date(2026, 12, 24), date(2026, 12, 27)),
        "nowhere": ics.timed("nowhere", start, start + HOUR, tzid="Nowhere/At All"),
    }
    for name, text in hers.items():
        dav.put_by_other(name, text)

    def held() -> Any:
        return dav.client.propfind(props=["<getetag/>"], depth="1").text, dav.texts()

    asked = idle(dav, held=held, asked=lambda: Counter(dav.sent))
    assert asked.keys() <= {"PROPFIND", "REPORT", "GET", "OPTIONS"}


def test_a_hundred_idle_passes_change_nothing_at_google(google: GoogleWorld) -> None:
    lesson = timed("2026-12-02T10:00:00", "2026-12-02T11:00:00", ZONE)
    weekly = google.hers({**lesson, "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=6"]})
    moved = timed("2026-12-09T14:00:00", "2026-12-09T15:00:00", ZONE)
    google.google.change(ADA, f"{weekly}_20261209T150000Z", moved)
    google.google.cancel(ADA, f"{weekly}_20261216T150000Z")
    google.hers(lesson)
    google.hers({**lesson, "recurrence": ["RRULE:FREQ=WEEKLY"]})
    google.hers({"summary": "Holidays", "start": {"date": "2026-12-24"}, "end": {"date": "2026-12-27"}})

    def asked() -> Counter[str]:
        return Counter(call.method for call in google.google.calls)

    done = idle(google, held=lambda: google.google.events(google.calendar_id), asked=asked)
    assert done.keys() <= {"events.list", "calendarList.list", "oauth.token"}


def idle(world: EngineWorld, *, held: Callable[[], Any], asked: Callable[[], Counter[str]]) -> Counter[str]:
    """Events of ours are written, then nothing happens for 100 passes; which requests those made.

    ``held`` is what the server has, read past the program; ``asked`` counts our requests so far.
    """
    world.sync()
    world.book("requested")
    with world.database.write() as connection:
        world.put(connection, "accepted", appointment(hour=12, summary="GH", status=Status.CONFIRMED))
    world.put_own(new_series("supervision", SUPERVISION), "supervision")
    world.put_own(new_series("tea", TEA), "tea")
    for _ in range(3):
        world.sync()
        world.pass_time(minutes=6)
    ours = [world.event(name) for name in ("requested", "accepted", "supervision", "tea")]
    assert {found and found.state for found in ours} == {EntryState.WRITTEN}

    tables, there, before, listed = dump(world), held(), asked(), set()
    for number in range(PASSES):
        world.pass_time(seconds=APART.total_seconds())
        wish = Wish(everything=number % 25 == 0)
        assert world.engine.sync_account("account", owner="worker", now=world.now, wish=wish).ok
        assert world.calendar_row().checked_at == world.now
        listed.add(world.calendar_row().full_at)
    assert dump(world) == tables
    assert held() == there
    assert len(listed) >= PASSES * APART // FULL_EVERY
    assert world.changes() == []
    return asked() - before


def dump(world: EngineWorld) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table of syncing, sealed columns as they lie there, but for what is set ASIDE."""
    with world.database.read() as connection:
        return {
            table.name: [
                {name: value for name, value in row.items() if name not in ASIDE.get(table.name, ())}
                for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()
            ]
            for table in metadata.sorted_tables
            if table.name.startswith("sync_")
        }
