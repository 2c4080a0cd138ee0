"""The caldav library's client, carried by a guarded session."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from caldav.davclient import DAVClient

from sync.http import AddressPolicy, GuardedSession, RedirectRefused, UrlRefused
from tests.support import ics
from tests.support.radicale import RadicaleServer
from tests.support.scripted_http import ScriptedServer, response, say

OPEN = AddressPolicy(allow_private=True)


def client_on(session: GuardedSession, url: str) -> Any:
    client = DAVClient(url=url, enable_rfc6764=False)
    client.session.close()
    client.session = session
    return client


def href_of(session: GuardedSession, client: Any, url: str, name: str) -> str:
    """The URL that the server names as property ``name`` of ``url``."""
    prefix, _, local = name.partition(":")
    body = f"""<D:propfind xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">
    <D:prop><{prefix}:{local}/></D:prop></D:propfind>"""
    tree = client.propfind(url, body).tree
    return session.href(url, tree.find(f".//{{*}}{local}/{{DAV:}}href").text)


def test_a_calendar_is_discovered_and_written_on_a_real_server(radicale: RadicaleServer) -> None:
    account = radicale.fresh_account()
    made = radicale.make_calendar(account, displayname="Work")
    with GuardedSession(radicale.url, policy=OPEN, auth=(account.username, account.password)) as session:
        client = client_on(session, radicale.url)
        principal = href_of(session, client, f"{radicale.url}.well-known/caldav", "D:current-user-principal")
        home = href_of(session, client, principal, "C:calendar-home-set")
        listing = client.propfind(home, depth=1).tree
        hrefs = [element.text for element in listing.iterfind("{DAV:}response/{DAV:}href")]
        assert made.url in [session.href(home, href) for href in hrefs]
        event = ics.timed("a@example.org", datetime(2030, 1, 7, 9, tzinfo=UTC), timedelta(hours=1))
        assert client.put(f"{made.url}a.ics", event, {"If-None-Match": "*"}).status == 201
        assert client.put(f"{made.url}a.ics", event, {"If-None-Match": "*"}).status == 412


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_server_that_redirects_elsewhere_gets_nobody_there(status: int) -> None:
    with ScriptedServer() as canary, ScriptedServer() as server:
        server.answer = say(response(f"{status} Elsewhere", f"Location: {canary.url}"))
        with GuardedSession(server.url, policy=OPEN, auth=("ada", "secret")) as session:
            client = client_on(session, server.url)
            with pytest.raises(RedirectRefused):
                client.propfind(server.url)
            with pytest.raises(RedirectRefused):
                client.put(f"{server.url}a.ics", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")
        assert canary.hits == 0


def test_a_principal_at_another_server_is_not_visited() -> None:
    with ScriptedServer() as canary, ScriptedServer() as server:
        server.answer = say(
            response(
                "207 Multi-Status",
                "Content-Type: text/xml",
                body=f"""<multistatus xmlns="DAV:"><response><href>/</href><propstat><prop>
                <current-user-principal><href>{canary.url}ada/</href></current-user-principal>
                </prop><status>HTTP/1.1 200 OK</status></propstat></response></multistatus>""".encode(),
            )
        )
        with GuardedSession(server.url, policy=OPEN, auth=("ada", "secret")) as session:
            client = client_on(session, server.url)
            with pytest.raises(UrlRefused):
                href_of(session, client, server.url, "D:current-user-principal")
            with pytest.raises(UrlRefused):
                client.propfind(f"{canary.url}ada/")
        assert canary.hits == 0
