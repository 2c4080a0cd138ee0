"""The CalDAV servers and the foreign client that other tests rely on."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.support import ics
from tests.support.caldav_server import Account, CalDavServer, Calendar
from tests.support.dav_client import CALDAV, DAV, DavClient, Refused
from tests.support.radicale import RadicaleServer

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_fresh_account_has_no_calendar(caldav_server: CalDavServer, fresh_account: Account) -> None:
    caldav_server.make_calendar(fresh_account, "left-over")
    account = caldav_server.fresh_account()
    home = caldav_server.calendar_url(account.username, "x").removesuffix("x/")
    assert DavClient(home, account.username, account.password).list_hrefs() == []


def test_a_calendar_has_the_name_zone_and_components_it_was_made_with(fresh_calendar: Calendar) -> None:
    names = ["<displayname/>", "<C:calendar-timezone/>", "<C:supported-calendar-component-set/>"]
    (found,) = fresh_calendar.client().propfind(props=names).resources()
    assert found.text(f"{DAV}displayname") == "Work"
    assert "TZID:America/New_York" in (found.text(f"{CALDAV}calendar-timezone") or "")
    components = found.found[f"{CALDAV}supported-calendar-component-set"]
    assert [component.get("name") for component in components] == ["VEVENT"]


def test_an_event_put_is_listed_read_and_deleted(fresh_calendar: Calendar) -> None:
    client = fresh_calendar.client()
    etag = client.put_event("one.ics", ics.timed("one", NOON, HOUR, summary="Façade"))
    (href,) = client.list_hrefs()
    assert href.endswith("/one.ics")
    assert "SUMMARY:Façade" in client.get_event(href)
    assert etag == client.request("GET", href).etag
    client.delete_event(href)
    assert client.list_events() == []


def test_a_sync_report_names_what_changed_and_what_went(fresh_calendar: Calendar) -> None:
    client = fresh_calendar.client()
    client.put_event("goes.ics", ics.all_day("goes", date(2026, 3, 2)))
    token = client.sync_collection().sync_token()
    client.delete_event("goes.ics")
    client.put_event("comes.ics", ics.timed("comes", NOON, HOUR))
    changes = client.sync_collection(token).resources()
    assert {(one.href.rsplit("/")[-1], one.status) for one in changes} == {
        ("goes.ics", 404),
        ("comes.ics", None),
    }


def test_a_stopped_server_is_unreachable_and_starts_again_with_its_data(
    caldav_server: CalDavServer, fresh_calendar: Calendar
) -> None:
    client = fresh_calendar.client()
    client.put_event("kept.ics", ics.timed("kept", NOON, HOUR))
    token = client.sync_collection().sync_token()
    caldav_server.stop()
    with pytest.raises(ConnectionRefusedError):
        client.list_hrefs()
    caldav_server.start()
    assert client.sync_collection(token).resources() == []
    assert "UID:kept" in client.get_event("kept.ics")


def test_every_shape_of_event_text_is_taken(fresh_calendar: Calendar) -> None:
    client = fresh_calendar.client()
    first = datetime(2026, 3, 2, 9)
    series = ics.weekly(
        "series",
        first,
        HOUR,
        count=10,
        moved={first + timedelta(weeks=1): first + timedelta(weeks=1, days=1)},
        cancelled=[first + timedelta(weeks=2)],
        exdates=[first + timedelta(weeks=3)],
    )
    client.put_event("series.ics", series)
    client.put_event("free.ics", ics.timed("free", NOON, NOON + HOUR, transp="TRANSPARENT"))
    client.put_event("days.ics", ics.all_day("days", date(2026, 3, 2), date(2026, 3, 5)))
    guests = {"ada@example.com": "DECLINED", "grace@example.com": "ACCEPTED"}
    client.put_event(
        "invited.ics", ics.timed("invited", NOON, HOUR, attendees=guests, organizer="g@example.com")
    )
    assert len(client.list_hrefs()) == 4
    stored = client.get_event("series.ics")
    assert stored.count("BEGIN:VEVENT") == 3
    assert stored.count("BEGIN:VTIMEZONE") == 1


def test_the_client_refuses_what_the_server_refused(fresh_calendar: Calendar) -> None:
    client = fresh_calendar.client()
    client.put_event("one.ics", ics.timed("one", NOON, HOUR))
    answer = client.put("one.ics", ics.timed("one", NOON, HOUR * 2), if_none_match="*")
    assert answer.status == 412
    with pytest.raises(Refused, match="412"):
        answer.demand()


def test_radicale_keeps_users_apart_and_asks_for_their_password(radicale: RadicaleServer) -> None:
    calendar = radicale.make_calendar(radicale.fresh_account())
    other = radicale.fresh_account()
    assert DavClient(calendar.url, other.username, other.password).request("PROPFIND").status == 403
    assert DavClient(calendar.url, calendar.username, "wrong").request("PROPFIND").status == 401


def test_content_lines_are_folded_at_75_octets_between_characters() -> None:
    text = ics.timed("long", NOON, HOUR, summary="é" * 200)
    lines = text.encode().split(b"\r\n")
    assert max(len(line) for line in lines) <= 75
    assert f"SUMMARY:{'é' * 200}" in text.replace("\r\n ", "")
