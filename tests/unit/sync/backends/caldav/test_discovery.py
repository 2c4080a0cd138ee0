"""From an address to calendars, at servers that put things where they like."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sync.backends.access import AccountAccess
from sync.backends.caldav.backend import CalDavBackend
from sync.backends.errors import AuthorizationLost, BackendError, Refused, Unavailable
from sync.backends.protocol import Discovery
from tests.support import ics
from tests.support.dav_stub import Canned, DavStub, multistatus, page, response

CALENDAR = "<D:resourcetype><D:collection/><C:calendar/></D:resourcetype>"
FOLDER = "<D:resourcetype><D:collection/></D:resourcetype>"
VEVENTS = '<C:supported-calendar-component-set><C:comp name="VEVENT"/></C:supported-calendar-component-set>'
TASKS = '<C:supported-calendar-component-set><C:comp name="VTODO"/></C:supported-calendar-component-set>'


def principal_at(path: str) -> str:
    return f"<D:current-user-principal><D:href>{path}</D:href></D:current-user-principal>"


def home_at(*paths: str) -> str:
    return (
        f"<C:calendar-home-set>{''.join(f'<D:href>{path}</D:href>' for path in paths)}</C:calendar-home-set>"
    )


def named(name: str) -> str:
    return f"<D:displayname>{name}</D:displayname>"


@contextmanager
def account(stub: DavStub, path: str = "", username: str = "ada") -> Iterator[CalDavBackend]:
    access = AccountAccess(
        "caldav", f"{stub.url}{path}", username, "secret", timeout_seconds=5, allow_private=True
    )
    backend = CalDavBackend(access)
    yield backend
    backend.close()


def discovered(stub: DavStub, path: str = "", username: str = "ada") -> Discovery:
    with account(stub, path, username) as backend:
        return backend.discover()


def usual(stub: DavStub, *calendars: str, addresses: str = "") -> None:
    """A server with its root, principal and home at different places."""
    stub.on("PROPFIND", "/", multistatus(response("/", FOLDER + principal_at("/p/ada/"))))
    stub.on("PROPFIND", "/p/ada/", multistatus(response("/p/ada/", home_at("/home/") + addresses)))
    stub.on("PROPFIND", "/home/", multistatus(response("/home/", FOLDER), *calendars))


def test_the_root_leads_over_principal_and_home_to_the_calendars(stub: DavStub) -> None:
    usual(stub, response("/home/work/", CALENDAR + named("Work") + VEVENTS))
    (calendar,) = discovered(stub).calendars
    assert (calendar.remote_id, calendar.url, calendar.name) == (
        "/home/work/",
        f"{stub.url}home/work/",
        "Work",
    )


def test_the_well_known_address_is_tried_where_the_given_one_is_no_dav(stub: DavStub) -> None:
    usual(stub, response("/home/work/", CALENDAR))
    stub.on("PROPFIND", "/shop/", page())
    stub.on("PROPFIND", "/.well-known/caldav", Canned(301, headers={"Location": "/"}))
    assert [calendar.remote_id for calendar in discovered(stub, "shop/").calendars] == ["/home/work/"]


def test_all_home_sets_are_listed(stub: DavStub) -> None:
    stub.on("PROPFIND", "/", multistatus(response("/", principal_at("/p/"))))
    stub.on("PROPFIND", "/p/", multistatus(response("/p/", home_at("/one/", "/two/"))))
    stub.on("PROPFIND", "/one/", multistatus(response("/one/a/", CALENDAR)))
    stub.on("PROPFIND", "/two/", multistatus(response("/two/b/", CALENDAR)))
    assert [calendar.name for calendar in discovered(stub).calendars] == ["a", "b"]


def test_a_home_set_may_be_given(stub: DavStub) -> None:
    stub.on(
        "PROPFIND",
        "/home/",
        multistatus(response("/home/", FOLDER)),
        multistatus(response("/home/", FOLDER), response("/home/work/", CALENDAR)),
    )
    assert [calendar.name for calendar in discovered(stub, "home/").calendars] == ["work"]


def test_a_calendar_that_is_given_is_the_only_one(stub: DavStub) -> None:
    usual(stub, response("/home/work/", CALENDAR), response("/home/other/", CALENDAR))
    stub.on(
        "PROPFIND", "/home/work", multistatus(response("/home/work/", CALENDAR + principal_at("/p/ada/")))
    )
    stub.on("PROPFIND", "/home/work/", multistatus(response("/home/work/", CALENDAR)))
    (calendar,) = discovered(stub, "home/work").calendars
    assert calendar.url == f"{stub.url}home/work/"


@pytest.mark.parametrize(
    "kind",
    [
        "<C:schedule-inbox/>",
        "<C:schedule-outbox/>",
        "<CS:subscribed/>",
        "<CS:notification/>",
        '<x:deleted-calendar xmlns:x="http://nextcloud.com/ns"/>',
    ],
)
def test_collections_that_only_look_like_calendars_are_left_out(stub: DavStub, kind: str) -> None:
    odd = f"<D:resourcetype><D:collection/><C:calendar/>{kind}</D:resourcetype>"
    usual(stub, response("/home/odd/", odd), response("/home/work/", CALENDAR))
    assert [calendar.name for calendar in discovered(stub).calendars] == ["work"]


def test_a_calendar_without_events_is_left_out(stub: DavStub) -> None:
    usual(stub, response("/home/tasks/", CALENDAR + TASKS), response("/home/work/", CALENDAR + VEVENTS))
    assert [calendar.name for calendar in discovered(stub).calendars] == ["work"]


def test_without_a_name_the_last_part_of_the_path_is_the_name(stub: DavStub) -> None:
    usual(stub, response("/home/caf%C3%A9/", CALENDAR))
    assert [calendar.name for calendar in discovered(stub).calendars] == ["café"]


@pytest.mark.parametrize(
    "granted,writable",
    [
        ("", False),
        ("<D:privilege><D:read/></D:privilege>", False),
        ("<D:privilege><D:write-properties/></D:privilege>", False),
        ("<D:privilege><D:all/></D:privilege>", True),
        ("<D:privilege><D:read/></D:privilege><D:privilege><D:write-content/></D:privilege>", True),
    ],
)
def test_privileges_decide_about_writing(stub: DavStub, granted: str, writable: bool) -> None:
    rights = f"<D:current-user-privilege-set>{granted}</D:current-user-privilege-set>"
    usual(stub, response("/home/work/", CALENDAR + rights))
    assert [calendar.writable for calendar in discovered(stub).calendars] == [writable]


def test_a_server_that_says_nothing_of_privileges_lets_the_first_write_decide(stub: DavStub) -> None:
    usual(stub, response("/home/work/", CALENDAR))
    assert [calendar.writable for calendar in discovered(stub).calendars] == [True]


@pytest.mark.parametrize(
    "stated,zone",
    [
        ("<C:calendar-timezone-id>Europe/Berlin</C:calendar-timezone-id>", "Europe/Berlin"),
        (
            f"<C:calendar-timezone>{ics.calendar(zones=['America/New_York'])}</C:calendar-timezone>",
            "America/New_York",
        ),
        ("<C:calendar-timezone>nonsense</C:calendar-timezone>", None),
        ("<C:calendar-timezone/>", None),
        ("", None),
    ],
)
def test_the_zone_is_the_one_stated(stub: DavStub, stated: str, zone: str | None) -> None:
    usual(stub, response("/home/work/", CALENDAR + stated))
    assert [calendar.zone for calendar in discovered(stub).calendars] == [zone]


def test_own_addresses_are_the_servers_and_the_user_name(stub: DavStub) -> None:
    hrefs = "<D:href>mailto:Ada@Example.com</D:href><D:href>/p/ada/</D:href><D:href>urn:uuid:1</D:href>"
    usual(stub, addresses=f"<C:calendar-user-address-set>{hrefs}</C:calendar-user-address-set>")
    found = discovered(stub, username="A.Lovelace@example.com")
    assert found.own_addresses == {"ada@example.com", "a.lovelace@example.com"}


def test_an_account_without_calendars_is_an_account(stub: DavStub) -> None:
    usual(stub)
    found = discovered(stub)
    assert (found.principal, found.calendars) == ("/p/ada/", ())


@pytest.mark.parametrize(
    "answer,error",
    [
        (page(), Refused),
        (Canned(404), Refused),
        (Canned(405), Refused),
        (Canned(403), Refused),
        (Canned(500), Unavailable),
        (Canned(503), Unavailable),
        (Canned(401), AuthorizationLost),
    ],
)
def test_an_address_without_a_calendar_server_says_why(
    stub: DavStub, answer: Canned, error: type[BackendError]
) -> None:
    stub.on("PROPFIND", "/", answer)
    with pytest.raises(error):
        discovered(stub)


@pytest.mark.parametrize("place", ["/", "/.well-known/caldav"])
def test_a_redirect_to_another_host_is_refused_and_not_followed(stub: DavStub, place: str) -> None:
    with DavStub() as other:
        stub.on("PROPFIND", place, Canned(301, headers={"Location": other.url}))
        with pytest.raises(Refused):
            discovered(stub)
        assert other.asked == []


@pytest.mark.parametrize("where", ["principal", "home"])
def test_a_principal_or_home_at_another_host_is_refused_and_not_asked(stub: DavStub, where: str) -> None:
    with DavStub() as other:
        place = f"{other.url}p/"
        stub.on(
            "PROPFIND",
            "/",
            multistatus(response("/", principal_at(place if where == "principal" else "/p/"))),
        )
        stub.on("PROPFIND", "/p/", multistatus(response("/p/", home_at(place))))
        with pytest.raises(Refused):
            discovered(stub)
        assert other.asked == []


def test_a_calendar_at_another_host_is_left_out(stub: DavStub) -> None:
    usual(stub, response("http://192.0.2.1/cal/", CALENDAR), response("/home/work/", CALENDAR))
    assert [calendar.name for calendar in discovered(stub).calendars] == ["work"]


def test_an_address_that_must_not_be_asked_is_refused_at_once() -> None:
    access = AccountAccess("caldav", "http://127.0.0.1:1/", "ada", "secret")
    with pytest.raises(Refused):
        CalDavBackend(access)


def test_the_secret_is_in_no_text_of_the_access() -> None:
    assert "s3cr3t" not in repr(AccountAccess("caldav", "https://example.com/", "ada", "s3cr3t"))
