"""A first reading: one report with the bodies in it, and a listing that says whether it named everything."""

from datetime import datetime, timedelta

import pytest

from sync.backends.caldav.backend import CalDavBackend
from sync.backends.caldav.capabilities import CollectionState
from sync.backends.caldav.reading import PARAMS
from sync.backends.errors import CalendarMissing, Unavailable
from sync.backends.protocol import Cursor, CursorKind, Known, RemoteCalendar
from tests.support import ics
from tests.support.dav_stub import Asked, Canned, DavStub, member, multistatus, page, response
from tests.unit.sync.backends.caldav.test_reading_quirks import listing, read, state, together


def event(name: str) -> str:
    return ics.timed(name, datetime(2026, 3, 3, 10), timedelta(hours=1))


@pytest.fixture(autouse=True)
def discovered(backend: CalDavBackend) -> None:
    backend._ways = {"/cal/": CollectionState("t0", "")}


def names(stub: DavStub) -> list[str]:
    """What was asked for, by its report or method."""
    return [
        next((name for name in ("calendar-query", "calendar-multiget") if name in asked.body), asked.method)
        for asked in stub.asked
    ]


def test_it_is_one_report_and_one_listing(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    stub.on("REPORT", "/cal/", multistatus(member("/cal/a.ics", text=event("a")), token="t1"))
    stub.on("PROPFIND", "/cal/", listing(member("/cal/a.ics")))
    read_all = together(read(backend, calendar))
    assert names(stub) == ["calendar-query", "PROPFIND"]
    assert [seen.uid for seen in read_all.changed] == ["a"]
    assert read_all.full
    assert read_all.cursor == Cursor(CursorKind.SYNC_TOKEN, "t0", PARAMS)


def test_a_server_without_tokens_is_read_so_under_its_ctag(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    backend._ways = {"/cal/": CollectionState(None, "c0")}
    stub.on("REPORT", "/cal/", multistatus(member("/cal/a.ics", text=event("a"))))
    stub.on("PROPFIND", "/cal/", listing(member("/cal/a.ics")))
    read_all = together(read(backend, calendar))
    assert names(stub) == ["calendar-query", "PROPFIND"]
    assert read_all.cursor == Cursor(CursorKind.ETAGS, "c0", PARAMS)


def test_what_the_report_gave_under_an_older_etag_is_loaded_by_name(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    def report(asked: Asked) -> Canned:
        if "calendar-multiget" in asked.body:
            return multistatus(member("/cal/a.ics", etag='"2"', text=event("new")))
        return multistatus(member("/cal/a.ics", etag='"1"', text=event("old")))

    stub.on("REPORT", "/cal/", report)
    stub.on("PROPFIND", "/cal/", listing(member("/cal/a.ics", etag='"2"')))
    read_all = together(read(backend, calendar))
    assert [(seen.uid, seen.etag) for seen in read_all.changed] == [("old", '"1"'), ("new", '"2"')]


def test_what_the_report_left_out_is_loaded_by_name(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    def report(asked: Asked) -> Canned:
        name = "b" if "calendar-multiget" in asked.body else "a"
        return multistatus(member(f"/cal/{name}.ics", text=event(name)), token="t1")

    stub.on("REPORT", "/cal/", report)
    stub.on("PROPFIND", "/cal/", listing(member("/cal/a.ics"), member("/cal/b.ics")))
    read_all = together(read(backend, calendar))
    assert [seen.uid for seen in read_all.changed] == ["a", "b"]
    assert names(stub)[-1] == "calendar-multiget"


def test_what_came_after_the_report_is_read_and_the_token_is_one_of_before(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    known = {"a": event("a")}

    def report(asked: Asked) -> Canned:
        found = [member(f"/cal/{name}.ics", text=text) for name, text in known.items()]
        known["later"] = event("later")
        return multistatus(*found, token=f"t{len(known) - 1}")

    stub.on("REPORT", "/cal/", report)
    stub.on("PROPFIND", "/cal/", lambda _: listing(*(member(f"/cal/{name}.ics") for name in known)))
    read_all = together(read(backend, calendar))
    assert [seen.uid for seen in read_all.changed] == ["a", "later"]
    assert read_all.cursor is not None
    assert read_all.cursor.value == "t0"


def test_an_event_that_is_gone_when_the_listing_is_made_is_left_to_the_next_report(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    stub.on("REPORT", "/cal/", multistatus(member("/cal/a.ics", text=event("a")), token="t1"))
    stub.on("PROPFIND", "/cal/", listing())
    read_all = together(read(backend, calendar))
    assert [seen.uid for seen in read_all.changed] == ["a"]
    assert read_all.gone == ()


@pytest.mark.parametrize(
    "answer",
    [
        Canned(400),
        Canned(403),
        Canned(501),
        page(),
        Canned(207, "<D:multistatus xmlns:D='DAV:'><D:response>", {"Content-Type": "application/xml"}),
        Canned(207, "<x/>", {"Content-Type": "application/xml"}),
        multistatus(member("/cal/a.ics", text=event("a")), response("/cal/", status=507), token="part"),
    ],
    ids=["400", "403", "501", "a page", "broken off", "another root", "cut short"],
)
def test_where_it_is_not_handed_out_whole_the_calendar_is_listed_under_a_token_of_before(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar, answer: Canned
) -> None:
    def report(asked: Asked) -> Canned:
        if "calendar-multiget" in asked.body:
            return multistatus(member("/cal/a.ics", text=event("a")), member("/cal/b.ics", text=event("b")))
        return answer

    both = listing(member("/cal/a.ics"), member("/cal/b.ics"))
    stub.on("REPORT", "/cal/", report)
    stub.on("PROPFIND", "/cal/", lambda asked: state(token="t9") if "sync-token" in asked.body else both)
    read_all = together(read(backend, calendar))
    assert {seen.uid for seen in read_all.changed} == {"a", "b"}
    assert read_all.cursor == Cursor(CursorKind.SYNC_TOKEN, "t9", PARAMS)
    assert read_all.full


def test_a_listing_that_fails_ends_the_reading_without_a_cursor(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    stub.on("REPORT", "/cal/", multistatus(member("/cal/a.ics", text=event("a")), token="t1"))
    stub.on("PROPFIND", "/cal/", Canned(500))
    pages = backend.changes(calendar, None, Known())
    assert next(pages).cursor is None
    with pytest.raises(Unavailable):
        list(pages)


def test_a_calendar_that_is_gone_is_missing(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    with pytest.raises(CalendarMissing):
        read(backend, calendar)


def test_where_something_is_known_only_the_rest_is_loaded(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    both = listing(member("/cal/a.ics"), member("/cal/b.ics"))
    stub.on("REPORT", "/cal/", multistatus(member("/cal/b.ics", text=event("b"))))
    stub.on("PROPFIND", "/cal/", lambda asked: state(token="t9") if "sync-token" in asked.body else both)
    read_all = together(read(backend, calendar, **{"/cal/a.ics": '"1"'}))
    assert names(stub)[-1] == "calendar-multiget"
    assert (read_all.present, [seen.uid for seen in read_all.changed]) == (("/cal/a.ics",), ["b"])


def test_after_a_reading_that_failed_the_large_report_is_not_asked_for_again(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    stub.on("REPORT", "/cal/", multistatus(member("/cal/a.ics", text=event("a"))))
    stub.on(
        "PROPFIND",
        "/cal/",
        lambda asked: state(token="t9") if "sync-token" in asked.body else listing(member("/cal/a.ics")),
    )
    read_all = together(list(backend.changes(calendar, None, Known(failed=True))))
    assert "calendar-query" not in names(stub)
    assert [seen.uid for seen in read_all.changed] == ["a"]
