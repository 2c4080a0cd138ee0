"""The faults and lies that the memory server is asked for; its honest side is in the contract suite."""

from datetime import UTC, datetime, timedelta

import pytest

from sync.backends.errors import SyncTokenInvalid, Unavailable
from sync.backends.memory import MemoryBackend, MemoryServer
from sync.backends.protocol import Cursor, Identity, Known, RemoteCalendar
from sync.model.event import Event, Series
from sync.model.moments import Length, WallTime
from tests.support import ics

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
START = datetime(2026, 3, 3, 10)
HOUR = timedelta(hours=1)
NEW = Identity("abc@freehold", "abc")
SERIES = Series(NEW.uid, Event(WallTime(START, "UTC"), Length(exact=HOUR)))


@pytest.fixture
def server() -> MemoryServer:
    return MemoryServer(page_size=2)


@pytest.fixture
def calendar(server: MemoryServer) -> RemoteCalendar:
    return server.add_calendar("Work", zone="Europe/Berlin")


def fill(server: MemoryServer, calendar: RemoteCalendar, count: int) -> list[str]:
    return [server.put(calendar, f"e{at}", ics.timed(f"uid-{at}", START, HOUR)) for at in range(count)]


def cursor_of(server: MemoryServer, calendar: RemoteCalendar) -> Cursor:
    cursor = list(MemoryBackend(server).changes(calendar, None, Known()))[-1].cursor
    assert cursor is not None
    return cursor


def test_a_fault_before_the_effect_leaves_no_effect(server: MemoryServer, calendar: RemoteCalendar) -> None:
    server.fail("create", Unavailable("gone"))
    with pytest.raises(Unavailable):
        MemoryBackend(server).create(calendar, NEW, SERIES, now=NOW)
    assert server.texts(calendar) == {}


def test_a_fault_after_the_effect_loses_the_answer_only(
    server: MemoryServer, calendar: RemoteCalendar
) -> None:
    server.fail("create", Unavailable("gone"), after_effect=True)
    with pytest.raises(Unavailable):
        MemoryBackend(server).create(calendar, NEW, SERIES, now=NOW)
    assert list(server.texts(calendar)) == ["/Work/abc.ics"]


def test_a_fault_happens_once(server: MemoryServer, calendar: RemoteCalendar) -> None:
    backend = MemoryBackend(server)
    server.fail("read", Unavailable("gone"))
    with pytest.raises(Unavailable):
        backend.read(calendar, "/Work/abc.ics")
    assert backend.read(calendar, "/Work/abc.ics") is None


def test_a_fault_may_come_in_the_middle_of_a_reading(server: MemoryServer, calendar: RemoteCalendar) -> None:
    fill(server, calendar, 5)
    server.fail("list", Unavailable("cut"), skip=1)
    reading = MemoryBackend(server).changes(calendar, None, Known())
    assert len(next(reading).changed) == 2
    with pytest.raises(Unavailable):
        next(reading)


def test_something_else_may_happen_during_a_call(server: MemoryServer, calendar: RemoteCalendar) -> None:
    fill(server, calendar, 2)
    server.plan("list", lambda: server.remove(calendar, "/Work/e0.ics"))
    (page,) = MemoryBackend(server).changes(calendar, None, Known())
    assert [seen.href for seen in page.changed] == ["/Work/e1.ics"]


def test_pages_are_cut_at_the_page_size(server: MemoryServer, calendar: RemoteCalendar) -> None:
    cursor = cursor_of(server, calendar)
    hrefs = fill(server, calendar, 5)
    pages = list(MemoryBackend(server).changes(calendar, cursor, Known()))
    assert [len(page.changed) for page in pages] == [2, 2, 1]
    assert [seen.href for page in pages for seen in page.changed] == hrefs


def test_a_lying_listing_is_full_and_empty(server: MemoryServer, calendar: RemoteCalendar) -> None:
    fill(server, calendar, 1)
    server.lists_nothing = True
    (page,) = MemoryBackend(server).changes(calendar, None, Known())
    assert page.full
    assert page.changed == ()


def test_a_lying_token_steps_over_a_change(server: MemoryServer, calendar: RemoteCalendar) -> None:
    cursor = cursor_of(server, calendar)
    fill(server, calendar, 1)
    server.reports_nothing = True
    (page,) = MemoryBackend(server).changes(calendar, cursor, Known())
    server.reports_nothing = False
    assert page.changed == ()
    (after,) = MemoryBackend(server).changes(calendar, page.cursor, Known())
    assert after.changed == ()


def test_forgotten_tokens_are_invalid_and_new_ones_good(
    server: MemoryServer, calendar: RemoteCalendar
) -> None:
    cursor = cursor_of(server, calendar)
    server.forget_tokens(calendar)
    with pytest.raises(SyncTokenInvalid):
        list(MemoryBackend(server).changes(calendar, cursor, Known()))
    list(MemoryBackend(server).changes(calendar, cursor_of(server, calendar), Known()))


def test_every_write_gives_a_new_etag(server: MemoryServer, calendar: RemoteCalendar) -> None:
    backend = MemoryBackend(server)
    etags = set()
    for _ in range(3):
        href = server.put(calendar, "same", ics.timed("uid", START, HOUR))
        seen = backend.read(calendar, href)
        assert seen is not None
        etags.add(seen.etag)
    assert len(etags) == 3


def test_without_tokens_an_unchanged_ctag_is_one_call(server: MemoryServer, calendar: RemoteCalendar) -> None:
    server.offers_tokens = False
    fill(server, calendar, 1)
    cursor = cursor_of(server, calendar)
    server.calls.clear()
    (page,) = MemoryBackend(server).changes(calendar, cursor, Known())
    assert (page.full, page.changed, page.cursor) == (False, (), cursor)
    assert [call.operation for call in server.calls] == ["ctag"]


def test_without_tokens_a_change_is_found_by_comparing_etags(
    server: MemoryServer, calendar: RemoteCalendar
) -> None:
    server.offers_tokens = False
    first, second = fill(server, calendar, 2)
    backend = MemoryBackend(server)
    (page,) = backend.changes(calendar, None, Known())
    known = {seen.href: seen.etag for seen in page.changed}
    server.put(calendar, "e1", ics.timed("uid-1", START, HOUR * 2))
    (after,) = backend.changes(calendar, page.cursor, Known(lambda: known))
    assert after.full
    assert (after.present, [seen.href for seen in after.changed]) == ((first,), [second])
