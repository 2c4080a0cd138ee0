"""Answers of servers that err, lie or are none, and what a reading makes of them."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sync.backends.caldav.backend import CalDavBackend
from sync.backends.caldav.reading import PARAMS
from sync.backends.errors import (
    AuthorizationLost,
    BackendError,
    CalendarMissing,
    Refused,
    SyncTokenInvalid,
    Throttled,
    Unavailable,
)
from sync.backends.protocol import Cursor, CursorKind, Known, Page, RemoteCalendar
from tests.support import ics
from tests.support.dav_stub import Asked, Canned, DavStub, dav_error, member, multistatus, page, response

EVENT = ics.timed("uid-1", datetime(2026, 3, 3, 10), timedelta(hours=1))
TOKEN = Cursor(CursorKind.SYNC_TOKEN, "t1", PARAMS)
SYNC_OFFERED = (
    "<D:supported-report-set><D:supported-report><D:report><D:sync-collection/></D:report>"
    "</D:supported-report></D:supported-report-set>"
)
IS_CALENDAR = "<D:resourcetype><D:collection/><C:calendar/></D:resourcetype>"


def state(*, token: str | None = None, ctag: str | None = None, offered: bool = True) -> Canned:
    props = IS_CALENDAR + (SYNC_OFFERED if offered else "")
    props += "" if token is None else f"<D:sync-token>{token}</D:sync-token>"
    props += "" if ctag is None else f"<CS:getctag>{ctag}</CS:getctag>"
    return multistatus(response("/cal/", props))


def listing(*members: str) -> Canned:
    return multistatus(response("/cal/", IS_CALENDAR), *members)


def read(
    backend: CalDavBackend, calendar: RemoteCalendar, cursor: Cursor | None = None, **known: str | None
) -> list[Page]:
    return list(backend.changes(calendar, cursor, Known(lambda: known)))


def together(pages: list[Page]) -> Page:
    return Page(
        changed=tuple(seen for part in pages for seen in part.changed),
        gone=tuple(href for part in pages for href in part.gone),
        present=tuple(href for part in pages for href in part.present),
        unread=tuple(href for part in pages for href in part.unread),
        cursor=pages[-1].cursor,
        full=all(part.full for part in pages),
    )


def test_a_report_that_is_cut_short_is_followed_to_its_end(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    stub.on(
        "REPORT",
        "/cal/",
        multistatus(response("/cal/a.ics", status=404), response("/cal/", status=507), token="t2"),
        multistatus(response("/cal/b.ics", status=404), token="t3"),
    )
    read_all = together(read(backend, calendar, TOKEN))
    assert read_all.gone == ("/cal/a.ics", "/cal/b.ics")
    assert read_all.cursor == Cursor(CursorKind.SYNC_TOKEN, "t3", PARAMS)
    assert "<D:sync-token>t2</D:sync-token>" in stub.asked[1].body


def test_a_report_that_never_ends_is_given_up(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    stub.on("REPORT", "/cal/", multistatus(response("/cal/", status=507), token="t1"))
    with pytest.raises(Unavailable):
        read(backend, calendar, TOKEN)


def test_no_limit_is_ever_sent(stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar) -> None:
    stub.on("REPORT", "/cal/", multistatus(token="t2"))
    read(backend, calendar, TOKEN)
    assert "limit" not in stub.asked[0].body
    assert stub.asked[0].headers["depth"] == "0"


def test_the_collection_and_what_lies_below_it_are_no_members(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    odd = [member("/cal/"), member("/cal"), member("/cal/sub/"), response("/cal/", status=404)]
    stub.on("REPORT", "/cal/", multistatus(*odd, token="t2"))
    read_all = together(read(backend, calendar, TOKEN))
    assert (read_all.changed, read_all.gone, read_all.unread) == ((), (), ())
    assert stub.methods() == ["REPORT"]


def test_a_member_named_twice_is_loaded_once(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    stub.on(
        "REPORT",
        "/cal/",
        multistatus(member("/cal/a%40b.ics"), member("/cal/a@b.ics"), token="t2"),
        multistatus(member("/cal/a@b.ics", text=EVENT), member("/cal/unasked.ics", text=EVENT)),
    )
    (seen,) = together(read(backend, calendar, TOKEN)).changed
    assert seen.href == "/cal/a%40b.ics"
    assert stub.asked[1].body.count("<D:href>") == 1


@pytest.mark.parametrize("status", [403, 409, 412, 500, 507])
def test_a_refused_token_is_invalid_whatever_the_status(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar, status: int
) -> None:
    stub.on("REPORT", "/cal/", dav_error(status, "D:valid-sync-token"))
    with pytest.raises(SyncTokenInvalid):
        read(backend, calendar, TOKEN)


@pytest.mark.parametrize(
    "answer,error",
    [
        (Canned(500), Unavailable),
        (Canned(503), Unavailable),
        (Canned(429), Throttled),
        (Canned(507), Unavailable),
        (Canned(418), Unavailable),
        (Canned(403), Refused),
        (Canned(401), AuthorizationLost),
        (Canned(404), CalendarMissing),
        (Canned(410), CalendarMissing),
        (page(), Unavailable),
        (Canned(207, "<html><body>Sign in</body></html>"), Unavailable),
        (Canned(207, str(multistatus(member("/cal/a.ics"), token="t2").body)[:-30]), Unavailable),
        (Canned(204), Unavailable),
    ],
)
def test_no_other_failure_costs_the_token(
    stub: DavStub,
    backend: CalDavBackend,
    calendar: RemoteCalendar,
    answer: Canned,
    error: type[BackendError],
) -> None:
    stub.on("REPORT", "/cal/", answer)
    stub.on("PROPFIND", "/cal/", answer)
    with pytest.raises(error) as caught:
        read(backend, calendar, TOKEN)
    assert type(caught.value) is error


@pytest.mark.parametrize("status", [400, 405, 501])
def test_a_server_that_will_not_report_is_read_by_its_etags(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar, status: int
) -> None:
    stub.on("REPORT", "/cal/", Canned(status), multistatus(member("/cal/a.ics", text=EVENT)))
    stub.on("PROPFIND", "/cal/", state(ctag="c1"), listing(member("/cal/a.ics")))
    read_all = together(read(backend, calendar, TOKEN))
    assert read_all.full
    assert read_all.cursor == Cursor(CursorKind.ETAGS, "c1", PARAMS)
    assert [seen.href for seen in read_all.changed] == ["/cal/a.ics"]


@pytest.mark.parametrize("status", [403, 418, 500, 507])
def test_a_report_that_fails_without_a_reason_is_made_good_by_a_listing_and_the_token_of_now(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar, status: int
) -> None:
    stub.on("REPORT", "/cal/", Canned(status), multistatus(member("/cal/a.ics", text=EVENT)))
    stub.on("PROPFIND", "/cal/", state(token="t9"), listing(member("/cal/a.ics")))
    read_all = together(read(backend, calendar, TOKEN))
    assert read_all.full
    assert read_all.cursor == replace(TOKEN, value="t9")
    assert [seen.href for seen in read_all.changed] == ["/cal/a.ics"]


def test_a_known_href_that_is_now_listed_in_capitals_is_the_same_event(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    stub.on("PROPFIND", "/cal/", state(), listing(member("/cal/A.ICS", '"1"')))
    read_all = together(read(backend, calendar, None, **{"/cal/a.ics": '"1"'}))
    assert (read_all.present, read_all.changed) == (("/cal/a.ics",), ())


def test_two_events_whose_names_differ_in_case_alone_are_two(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    stub.on("PROPFIND", "/cal/", state(), listing(member("/cal/A.ics", '"1"'), member("/cal/a.ics", '"2"')))
    read_all = together(read(backend, calendar, None, **{"/cal/a.ics": '"2"', "/cal/A.ics": '"1"'}))
    assert set(read_all.present) == {"/cal/a.ics", "/cal/A.ics"}


def test_an_unchanged_ctag_is_one_request(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    cursor = Cursor(CursorKind.ETAGS, "c1", PARAMS)
    stub.on("PROPFIND", "/cal/", state(ctag="c1"))
    assert read(backend, calendar, cursor) == [Page(cursor=cursor)]
    assert stub.methods() == ["PROPFIND"]


def test_without_a_ctag_every_pass_lists(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    stub.on("PROPFIND", "/cal/", state(), listing(member("/cal/a.ics", '"1"')))
    known = {"/cal/a.ics": '"1"', "/cal/b.ics": '"2"'}
    cursor = Cursor(CursorKind.ETAGS, "", PARAMS)
    read_all = together(list(backend.changes(calendar, cursor, Known(lambda: known))))
    assert (read_all.full, read_all.present, read_all.changed) == (True, ("/cal/a.ics",), ())


def test_a_changed_ctag_loads_what_has_another_etag(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    stub.on(
        "PROPFIND",
        "/cal/",
        state(ctag="c2"),
        listing(member("/cal/a.ics", '"1"'), member("/cal/b.ics", '"3"')),
    )
    stub.on("REPORT", "/cal/", multistatus(member("/cal/b.ics", '"3"', EVENT)))
    known = {"/cal/a.ics": '"1"', "/cal/b.ics": '"2"'}
    cursor = Cursor(CursorKind.ETAGS, "c1", PARAMS)
    read_all = together(list(backend.changes(calendar, cursor, Known(lambda: known))))
    assert read_all.present == ("/cal/a.ics",)
    assert [(seen.href, seen.etag) for seen in read_all.changed] == [("/cal/b.ics", '"3"')]
    assert read_all.cursor == Cursor(CursorKind.ETAGS, "c2", PARAMS)


def test_the_token_is_taken_before_the_listing(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    stub.on("PROPFIND", "/cal/", state(token="before"), listing(), state(token="after"))
    read_all = together(read(backend, calendar))
    assert read_all.cursor == Cursor(CursorKind.SYNC_TOKEN, "before", PARAMS)
    assert [asked.headers["depth"] for asked in stub.asked] == ["0", "1"]


def test_a_token_without_the_report_is_not_used(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    stub.on("PROPFIND", "/cal/", state(token="t", ctag="c", offered=False), listing())
    assert together(read(backend, calendar)).cursor == Cursor(CursorKind.ETAGS, "c", PARAMS)


def test_a_listing_that_is_cut_short_is_no_listing(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    stub.on(
        "PROPFIND", "/cal/", state(token="t"), listing(member("/cal/a.ics"), response("/cal/", status=507))
    )
    with pytest.raises(Unavailable):
        read(backend, calendar)


def test_a_listing_that_does_not_even_name_the_calendar_is_no_listing(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    stub.on("PROPFIND", "/cal/", state(token="t"), multistatus())
    with pytest.raises(Unavailable):
        read(backend, calendar)


def test_what_no_longer_calls_itself_a_calendar_is_not_read(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    stub.on(
        "PROPFIND",
        "/cal/",
        multistatus(response("/cal/", "<D:resourcetype><D:collection/></D:resourcetype>")),
    )
    with pytest.raises(Unavailable):
        read(backend, calendar)


def test_a_member_that_is_missing_from_the_bodies_is_asked_for_alone(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    stub.on("REPORT", "/cal/", multistatus(member("/cal/a.ics"), token="t2"), multistatus())
    stub.on("GET", "/cal/a.ics", Canned(200, EVENT, {"ETag": '"7"', "Content-Type": "text/calendar"}))
    (seen,) = together(read(backend, calendar, TOKEN)).changed
    assert (seen.href, seen.etag, seen.uid) == ("/cal/a.ics", '"7"', "uid-1")


@pytest.mark.parametrize("alone", [Canned(404), Canned(403), Canned(500), page()])
def test_a_member_that_cannot_be_loaded_is_unread_and_never_gone(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar, alone: Canned
) -> None:
    stub.on(
        "REPORT",
        "/cal/",
        multistatus(member("/cal/a.ics"), member("/cal/b.ics"), token="t2"),
        multistatus(member("/cal/b.ics", text=EVENT)),
    )
    stub.on("GET", "/cal/a.ics", alone)
    read_all = together(read(backend, calendar, TOKEN))
    assert (read_all.unread, read_all.gone) == (("/cal/a.ics",), ())
    assert [seen.href for seen in read_all.changed] == ["/cal/b.ics"]


def test_a_member_that_is_gone_when_its_body_is_asked_for_is_unread(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    stub.on(
        "REPORT",
        "/cal/",
        multistatus(member("/cal/a.ics"), token="t2"),
        multistatus(response("/cal/a.ics", status=404)),
    )
    read_all = together(read(backend, calendar, TOKEN))
    assert (read_all.unread, read_all.gone, read_all.changed) == (("/cal/a.ics",), (), ())
    assert stub.methods() == ["REPORT", "REPORT", "GET"]


def test_a_member_that_a_multiget_calls_missing_though_it_is_there_is_read(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    stub.on(
        "REPORT",
        "/cal/",
        multistatus(member("/cal/a.ics"), token="t2"),
        multistatus(response("/cal/a.ics", status=410)),
    )
    stub.on("GET", "/cal/a.ics", Canned(200, EVENT, {"ETag": '"7"', "Content-Type": "text/calendar"}))
    (seen,) = together(read(backend, calendar, TOKEN)).changed
    assert (seen.href, seen.uid) == ("/cal/a.ics", "uid-1")


def test_one_body_that_spoils_the_whole_report_is_found(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    hrefs = [f"/cal/{number}.ics" for number in range(8)]
    spoilt = "\x0b"

    def bodies(asked: Asked) -> Canned:
        named = [href for href in hrefs if f"<D:href>{href}</D:href>" in asked.body]
        return multistatus(*(member(href, text=EVENT + spoilt * (href == hrefs[5])) for href in named))

    stub.on("REPORT", "/cal/", multistatus(*map(member, hrefs), token="t2"), bodies)
    stub.on("GET", hrefs[5], Canned(200, EVENT, {"ETag": '"5"', "Content-Type": "text/calendar"}))
    read_all = together(read(backend, calendar, TOKEN))
    assert [seen.href for seen in read_all.changed] == hrefs
    assert stub.methods().count("GET") == 1


def test_a_server_that_fails_for_every_member_is_unavailable(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    hrefs = [f"/cal/{number}.ics" for number in range(50)]
    stub.on("REPORT", "/cal/", multistatus(*map(member, hrefs), token="t2"), Canned(500))
    for href in hrefs:
        stub.on("GET", href, Canned(500))
    with pytest.raises(Unavailable):
        read(backend, calendar, TOKEN)
    assert stub.methods().count("GET") == 10


def test_a_sign_in_page_instead_of_bodies_is_no_reading(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    stub.on("REPORT", "/cal/", multistatus(member("/cal/a.ics"), token="t2"), page())
    with pytest.raises(Unavailable):
        read(backend, calendar, TOKEN)


def test_an_href_at_another_host_is_never_asked(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    with DavStub() as other:
        stub.on(
            "REPORT",
            "/cal/",
            multistatus(member(f"{other.url}secret.ics"), member(f"{other.url}cal/a.ics"), token="t2"),
            multistatus(member("/cal/a.ics", text=EVENT)),
        )
        read_all = together(read(backend, calendar, TOKEN))
        assert [seen.href for seen in read_all.changed] == ["/cal/a.ics"]
        assert other.asked == []


def test_a_redirect_to_another_host_is_refused(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    with DavStub() as other:
        stub.on("REPORT", "/cal/", Canned(302, headers={"Location": f"{other.url}cal/"}))
        with pytest.raises(Refused):
            read(backend, calendar, TOKEN)
        assert other.asked == []


def test_a_tasks_member_is_not_loaded(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    kind = "<D:getcontenttype>text/calendar; charset=utf-8; component=vtodo</D:getcontenttype>"
    task = response("/cal/task.ics", f'<D:getetag>"1"</D:getetag>{kind}')
    stub.on("PROPFIND", "/cal/", state(token="t"), listing(task))
    read_all = together(read(backend, calendar))
    assert (read_all.changed, read_all.present, read_all.unread) == ((), (), ())
    assert stub.methods() == ["PROPFIND", "PROPFIND"]


def test_a_known_href_keeps_its_spelling(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    stub.on("PROPFIND", "/cal/", state(token="t"), listing(member("/cal/a@b.ics", '"1"')))
    known = {"/cal/a%40b.ics": '"1"'}
    read_all = together(list(backend.changes(calendar, None, Known(lambda: known))))
    assert read_all.present == ("/cal/a%40b.ics",)


def test_a_weak_etag_is_no_etag(stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar) -> None:
    stub.on("GET", "/cal/a.ics", Canned(200, EVENT, {"ETag": 'W/"1"', "Content-Type": "text/calendar"}))
    seen = backend.read(calendar, "/cal/a.ics")
    assert seen is not None
    assert seen.etag is None


def test_an_etag_without_quotes_gets_them(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    stub.on("GET", "/cal/a.ics", Canned(200, EVENT, {"ETag": "abc", "Content-Type": "text/calendar"}))
    seen = backend.read(calendar, "/cal/a.ics")
    assert seen is not None
    assert seen.etag == '"abc"'


@pytest.mark.parametrize(
    "answer,error",
    [
        (page(), Unavailable),
        (Canned(500), Unavailable),
        (Canned(400), Unavailable),
        (Canned(403), Refused),
        (Canned(401), AuthorizationLost),
    ],
)
def test_a_reading_that_failed_is_never_an_absence(
    stub: DavStub,
    backend: CalDavBackend,
    calendar: RemoteCalendar,
    answer: Canned,
    error: type[BackendError],
) -> None:
    stub.on("GET", "/cal/a.ics", answer)
    with pytest.raises(error):
        backend.read(calendar, "/cal/a.ics")


@pytest.mark.parametrize("status", [404, 410])
def test_only_404_and_410_are_absences(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar, status: int
) -> None:
    stub.on("GET", "/cal/a.ics", Canned(status))
    assert backend.read(calendar, "/cal/a.ics") is None


@pytest.mark.parametrize("answer", [Canned(400), Canned(403), Canned(500), page()])
def test_a_search_that_failed_found_not_nothing(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar, answer: Canned
) -> None:
    stub.on("REPORT", "/cal/", answer)
    with pytest.raises((Unavailable, Refused)):
        backend.find(calendar, "uid-1")


def test_the_wait_that_the_server_asks_for_is_passed_on(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    stub.on("REPORT", "/cal/", Canned(429, headers={"Retry-After": "120"}))
    with pytest.raises(Unavailable) as caught:
        read(backend, calendar, TOKEN)
    assert caught.value.retry_after == timedelta(minutes=2)


def test_a_wait_given_as_a_date_counts_from_the_servers_own_clock(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    dates = {"Retry-After": "Tue, 03 Mar 2026 10:05:00 GMT", "Date": "Tue, 03 Mar 2026 10:00:00 GMT"}
    stub.on("REPORT", "/cal/", Canned(503, headers=dates))
    with pytest.raises(Unavailable) as caught:
        read(backend, calendar, TOKEN)
    assert caught.value.retry_after == timedelta(minutes=5)


@pytest.mark.parametrize("value", ["soon", "", "-5", "Tue, 99 Mar"])
def test_a_wait_that_means_nothing_is_none(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar, value: str
) -> None:
    stub.on("REPORT", "/cal/", Canned(503, headers={"Retry-After": value}))
    with pytest.raises(Unavailable) as caught:
        read(backend, calendar, TOKEN)
    assert caught.value.retry_after is None


@pytest.mark.parametrize("status", [200, 403, 500, 503])
def test_a_member_that_a_listing_fails_to_speak_of_is_there(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar, status: int
) -> None:
    stub.on("PROPFIND", "/cal/", state(token="t1"), listing(response("/cal/a.ics", status=status)))
    stub.on("REPORT", "/cal/", multistatus())
    stub.on("GET", "/cal/a.ics", Canned(403))
    found = together(read(backend, calendar, **{"/cal/a.ics": '"1"', "/cal/b.ics": '"1"'}))
    assert (found.full, found.unread, found.gone) == (True, ("/cal/a.ics",), ())


def test_of_several_names_that_share_a_status_each_counts(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    both = response("/cal/a.ics", status=404).replace("<D:status>", "<D:href>/cal/b.ics</D:href><D:status>")
    stub.on("REPORT", "/cal/", multistatus(both, token="t2"))
    assert together(read(backend, calendar, TOKEN)).gone == ("/cal/a.ics", "/cal/b.ics")
