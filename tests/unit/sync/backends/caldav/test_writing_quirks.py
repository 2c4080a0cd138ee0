"""Answers to writes, and what is known after each."""

from datetime import UTC, datetime, timedelta

import pytest

from sync.backends.caldav.backend import CalDavBackend
from sync.backends.errors import (
    AuthorizationLost,
    BackendError,
    CalendarMissing,
    PreconditionFailed,
    Refused,
    Rejected,
    Throttled,
    Unavailable,
)
from sync.backends.protocol import Identity, RemoteCalendar, RemoteObject
from sync.model.event import Event, Series
from sync.model.moments import Length, WallTime
from tests.support import ics
from tests.support.dav_stub import Asked, Canned, DavStub, dav_error, member, multistatus, page, response

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
START = datetime(2026, 3, 3, 10)
HOUR = timedelta(hours=1)
NEW = Identity("abc@freehold", "abc")
HREF = "/cal/abc.ics"
SERIES = Series(NEW.uid, Event(WallTime(START, "UTC"), Length(exact=HOUR), summary="Intake"))
HERS = ics.timed(NEW.uid, START.replace(tzinfo=UTC), HOUR, summary="Hers", extra=["X-KEPT:yes"])
IS_CALENDAR = response("/cal/", "<D:resourcetype><D:collection/><C:calendar/></D:resourcetype>")


def text(body: str, etag: str | None) -> Canned:
    headers = {"Content-Type": "text/calendar"} | ({} if etag is None else {"ETag": etag})
    return Canned(200, body, headers)


@pytest.fixture
def seen(stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar) -> RemoteObject:
    stub.on("GET", "/cal/seen.ics", text(HERS, '"1"'))
    seen = backend.read(calendar, "/cal/seen.ics")
    assert seen is not None
    stub.asked.clear()
    return seen


def test_a_create_is_conditional_on_nothing_being_there(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    stub.on("PUT", HREF, Canned(201, headers={"ETag": '"1"'}))
    written = backend.create(calendar, NEW, SERIES, now=NOW)
    assert stub.methods() == ["GET", "PUT"]
    assert stub.asked[1].headers["if-none-match"] == "*"
    assert (written.object.href, written.object.etag, written.object.series) == (HREF, '"1"', SERIES)


@pytest.mark.parametrize("headers", [{}, {"ETag": 'W/"1"'}])
def test_a_write_without_a_strong_etag_is_read_back(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar, headers: dict[str, str]
) -> None:
    stub.on("PUT", HREF, Canned(201, headers=headers))
    stub.on("GET", HREF, Canned(404), text(HERS, '"9"'))
    written = backend.create(calendar, NEW, SERIES, now=NOW)
    assert written.object.etag == '"9"'
    assert written.object.series is not None
    assert written.object.series.master is not None
    assert written.object.series.master.summary == "Hers"


def test_a_put_answered_by_a_multistatus_is_read_back(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    stub.on("PUT", HREF, multistatus(response(HREF, status=201)))
    stub.on("GET", HREF, Canned(404), text(HERS, '"9"'))
    assert backend.create(calendar, NEW, SERIES, now=NOW).object.etag == '"9"'


def test_a_server_that_names_new_objects_itself_is_followed(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    stub.on("PUT", HREF, Canned(201, headers={"Location": "/cal/4711.ics", "ETag": '"1"'}))
    stub.on("GET", "/cal/4711.ics", text(HERS, '"1"'))
    assert backend.create(calendar, NEW, SERIES, now=NOW).object.href == "/cal/4711.ics"


def test_a_write_that_cannot_be_read_back_is_of_unknown_outcome(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    stub.on("PUT", HREF, Canned(201))
    stub.on("REPORT", "/cal/", multistatus())
    with pytest.raises(Unavailable):
        backend.create(calendar, NEW, SERIES, now=NOW)


def test_a_server_that_names_new_objects_and_does_not_say_how_is_searched_by_uid(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    stub.on("PUT", HREF, Canned(201))
    stub.on("REPORT", "/cal/", multistatus(member("/cal/4711.ics", '"1"', HERS)))
    written = backend.create(calendar, NEW, SERIES, now=NOW)
    assert (written.object.href, written.object.etag) == ("/cal/4711.ics", '"1"')


def test_nothing_is_sent_where_something_is_already_for_some_servers_would_write_over_it(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    stub.on("GET", HREF, text(HERS, '"1"'))
    stub.on("PUT", HREF, Canned(204))
    with pytest.raises(PreconditionFailed):
        backend.create(calendar, NEW, SERIES, now=NOW)
    assert stub.methods() == ["GET"]


def test_a_create_refused_without_a_reason_while_the_uid_is_there_is_a_taken_name(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    stub.on("PUT", HREF, Canned(400, "Bad request"))
    stub.on("REPORT", "/cal/", multistatus(member("/cal/4711.ics", '"1"', HERS)))
    with pytest.raises(PreconditionFailed):
        backend.create(calendar, NEW, SERIES, now=NOW)


@pytest.mark.parametrize(
    "answer,error",
    [
        (Canned(412), PreconditionFailed),
        (Canned(409), PreconditionFailed),
        (dav_error(409, "C:no-uid-conflict"), PreconditionFailed),
        (dav_error(412, "C:no-uid-conflict"), PreconditionFailed),
        (dav_error(403, "C:no-uid-conflict"), PreconditionFailed),
        (dav_error(403, "C:unique-scheduling-object-resource"), PreconditionFailed),
        (dav_error(412, "C:valid-calendar-data"), Rejected),
        (dav_error(409, "C:max-resource-size"), Rejected),
        (Canned(400), Rejected),
        (Canned(403), Rejected),
        (Canned(404), Rejected),
        (Canned(413), Rejected),
        (Canned(415), Rejected),
        (
            Canned(400, "Calendar object with uid already exists in this calendar collection."),
            PreconditionFailed,
        ),
        (Canned(423), Unavailable),
        (Canned(429), Throttled),
        (Canned(500), Unavailable),
        (Canned(503), Unavailable),
        (Canned(507), Unavailable),
        (Canned(401), AuthorizationLost),
    ],
)
def test_a_failed_create_says_what_to_do_next(
    stub: DavStub,
    backend: CalDavBackend,
    calendar: RemoteCalendar,
    answer: Canned,
    error: type[BackendError],
) -> None:
    stub.on("PUT", HREF, answer)
    stub.on("PROPFIND", "/cal/", multistatus(IS_CALENDAR))
    stub.on("REPORT", "/cal/", multistatus())
    with pytest.raises(error) as caught:
        backend.create(calendar, NEW, SERIES, now=NOW)
    assert type(caught.value) is error


@pytest.mark.parametrize("status", [404, 409, 410])
def test_a_create_in_a_calendar_that_is_gone_says_so(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar, status: int
) -> None:
    stub.on("PUT", HREF, Canned(status))
    with pytest.raises(CalendarMissing):
        backend.create(calendar, NEW, SERIES, now=NOW)


def test_a_write_that_is_redirected_is_refused_and_not_sent_again(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    stub.on("PUT", HREF, Canned(307, headers={"Location": "/elsewhere/abc.ics"}))
    with pytest.raises(Refused):
        backend.create(calendar, NEW, SERIES, now=NOW)
    assert stub.methods() == ["GET", "PUT"]


def test_an_update_is_conditional_on_the_etag_it_was_made_from(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar, seen: RemoteObject
) -> None:
    stub.on("PUT", "/cal/seen.ics", Canned(204, headers={"ETag": '"2"'}))
    written = backend.update(calendar, seen, SERIES, now=NOW)
    (asked,) = stub.asked
    assert asked.headers["if-match"] == '"1"'
    assert "X-KEPT:yes" in asked.body
    assert written.object.etag == '"2"'


def test_an_update_without_an_etag_takes_the_one_that_is_there(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    stub.on("GET", HREF, text(HERS, 'W/"1"'), text(HERS, '"2"'))
    stub.on("PUT", HREF, Canned(204, headers={"ETag": '"3"'}))
    seen = backend.read(calendar, HREF)
    assert seen is not None
    backend.update(calendar, seen, SERIES, now=NOW)
    assert stub.asked[-1].headers["if-match"] == '"2"'


def test_where_no_version_is_ever_stated_nothing_is_written_over(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    stub.on("GET", HREF, text(HERS, None))
    seen = backend.read(calendar, HREF)
    assert seen is not None
    with pytest.raises(Rejected):
        backend.update(calendar, seen, SERIES, now=NOW)
    assert "PUT" not in stub.methods()


@pytest.mark.parametrize(
    "answer,error",
    [
        (Canned(412), PreconditionFailed),
        (Canned(404), PreconditionFailed),
        (Canned(410), PreconditionFailed),
        (dav_error(412, "C:no-uid-conflict"), Rejected),
        (Canned(409), Rejected),
        (Canned(403), Rejected),
        (Canned(507), Unavailable),
        (Canned(502), Unavailable),
    ],
)
def test_a_failed_update_says_what_to_do_next(
    stub: DavStub,
    backend: CalDavBackend,
    calendar: RemoteCalendar,
    seen: RemoteObject,
    answer: Canned,
    error: type[BackendError],
) -> None:
    stub.on("PUT", "/cal/seen.ics", answer)
    with pytest.raises(error) as caught:
        backend.update(calendar, seen, SERIES, now=NOW)
    assert type(caught.value) is error


def test_what_cannot_be_read_is_not_changed(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    seen = RemoteObject(HREF, '"1"', b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n", None, "broken")
    with pytest.raises(Rejected):
        backend.update(calendar, seen, SERIES, now=NOW)
    assert stub.asked == []


@pytest.mark.parametrize("status", [200, 204, 404, 410])
def test_a_delete_of_something_gone_is_done(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar, seen: RemoteObject, status: int
) -> None:
    stub.on("DELETE", "/cal/seen.ics", Canned(status))
    backend.delete(calendar, seen)
    assert stub.asked[0].headers["if-match"] == '"1"'


@pytest.mark.parametrize(
    "answer,error",
    [
        (Canned(412), PreconditionFailed),
        (Canned(202), Unavailable),
        (Canned(207), Unavailable),
        (page(), Unavailable),
        (Canned(500), Unavailable),
        (Canned(423), Unavailable),
        (Canned(403), Rejected),
    ],
)
def test_a_failed_delete_says_what_to_do_next(
    stub: DavStub,
    backend: CalDavBackend,
    calendar: RemoteCalendar,
    seen: RemoteObject,
    answer: Canned,
    error: type[BackendError],
) -> None:
    stub.on("DELETE", "/cal/seen.ics", answer)
    with pytest.raises(error) as caught:
        backend.delete(calendar, seen)
    assert type(caught.value) is error


def test_a_delete_without_an_etag_removes_only_what_was_meant(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    stub.on("GET", HREF, text(HERS, None), text(HERS.replace("Hers", "Other"), '"2"'))
    seen = backend.read(calendar, HREF)
    assert seen is not None
    with pytest.raises(PreconditionFailed):
        backend.delete(calendar, seen)
    assert "DELETE" not in stub.methods()


def test_a_sign_in_page_in_answer_to_a_put_is_no_success(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar
) -> None:
    stub.on(
        "PUT", HREF, Canned(200, "<html>Please sign in</html>", {"Content-Type": "text/html", "ETag": '"1"'})
    )
    stub.on("GET", HREF, page())
    with pytest.raises(Unavailable):
        backend.create(calendar, NEW, SERIES, now=NOW)


def test_if_match_any_is_never_sent(
    stub: DavStub, backend: CalDavBackend, calendar: RemoteCalendar, seen: RemoteObject
) -> None:
    def no_content(asked: Asked) -> Canned:
        assert asked.headers.get("if-match") != "*"
        return Canned(204, headers={"ETag": '"5"'})

    for method in ("PUT", "DELETE"):
        stub.on(method, "/cal/seen.ics", no_content)
    written = backend.update(calendar, seen, SERIES, now=NOW)
    backend.delete(calendar, written.object)
    assert stub.methods() == ["PUT", "DELETE"]
