"""What a session sends, to whom, and what it does with the answer."""

import socket
from collections.abc import Iterator

import pytest
import requests
import responses

from sync.http import AddressPolicy, GuardedAdapter, GuardedSession, RedirectRefused, UrlRefused
from tests.support.scripted_http import Answer, Request, ScriptedServer, response, say

OPEN = AddressPolicy(allow_private=True)
STRICT = AddressPolicy(allow_private=False)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as running:
        yield running


@pytest.fixture
def canary() -> Iterator[ScriptedServer]:
    with ScriptedServer() as running:
        yield running


def redirect(status: int, location: str) -> Answer:
    return say(response(f"{status} Elsewhere", f"Location: {location}"))


def by_path(**answers: bytes) -> Answer:
    """Answers by the first part of the path, else with 200."""

    def answer(request: Request, connection: socket.socket) -> None:
        name = request.target.strip("/").split("/")[0]
        connection.sendall(answers.get(name, response("200 OK", body=b"arrived")))

    return answer


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_read_follows_a_redirect_at_its_origin_with_method_and_body(
    server: ScriptedServer, status: int
) -> None:
    server.answer = by_path(old=response(f"{status} Elsewhere", "Location: /new/"))
    with GuardedSession(server.url, policy=OPEN) as session:
        answer = session.request("PROPFIND", f"{server.url}old", data=b"<propfind/>", headers={"Depth": "0"})
    assert answer.url == f"{server.url}new/"
    assert [(seen.method, seen.target, seen.body) for seen in server.requests] == [
        ("PROPFIND", "/old", b"<propfind/>"),
        ("PROPFIND", "/new/", b"<propfind/>"),
    ]


def test_a_fourth_redirect_is_one_too_many(server: ScriptedServer) -> None:
    server.answer = redirect(302, "/again")
    with GuardedSession(server.url, policy=OPEN) as session, pytest.raises(RedirectRefused):
        session.get(server.url)
    assert len(server.requests) == 4


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_origin_is_refused_and_names_it(
    server: ScriptedServer, canary: ScriptedServer, method: str, status: int
) -> None:
    server.answer = redirect(status, f"{canary.url}path?token=abc")
    session = GuardedSession(server.url, policy=OPEN, auth=("ada", "secret"))
    with session, pytest.raises(RedirectRefused) as caught:
        session.request(method, server.url, allow_redirects=True)
    assert canary.url.rstrip("/") in caught.value.text
    assert "token" not in caught.value.text
    assert canary.hits == 0


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "MKCALENDAR", "PROPPATCH"])
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_write_is_never_sent_twice_by_a_redirect(
    server: ScriptedServer, canary: ScriptedServer, method: str, status: int
) -> None:
    for location in (canary.url, "/elsewhere/"):
        server.answer = redirect(status, location)
        with GuardedSession(server.url, policy=OPEN) as session, pytest.raises(RedirectRefused):
            session.request(method, server.url, data=b"BEGIN:VCALENDAR", allow_redirects=True)
    assert len(server.requests) == 2
    assert canary.hits == 0


def test_a_request_to_another_origin_is_not_sent_by_any_method_of_the_session(
    server: ScriptedServer, canary: ScriptedServer
) -> None:
    with GuardedSession(server.url, policy=OPEN) as session:
        for ask in (session.get, session.put, session.delete):
            with pytest.raises(UrlRefused):
                ask(canary.url)
        with pytest.raises(UrlRefused):
            session.send(requests.Request("GET", canary.url).prepare(), allow_redirects=True)
    assert canary.hits == 0


def test_a_prepared_request_is_not_redirected_either(server: ScriptedServer, canary: ScriptedServer) -> None:
    server.answer = redirect(302, canary.url)
    with GuardedSession(server.url, policy=OPEN) as session:
        assert (
            session.send(requests.Request("GET", server.url).prepare(), allow_redirects=True).status_code
            == 302
        )
    assert canary.hits == 0


def test_only_reads_can_be_followed(server: ScriptedServer) -> None:
    with GuardedSession(server.url, policy=OPEN) as session, pytest.raises(ValueError, match="not a read"):
        session.follow_same_origin("PUT", server.url)


def test_a_sibling_host_of_the_same_registrant_is_asked_once_admitted() -> None:
    with responses.RequestsMock() as remote:
        remote.get("https://p42-caldav.example.com/", body="home")
        session = GuardedSession("https://caldav.example.com/", policy=STRICT, auth=("ada", "secret"))
        with pytest.raises(UrlRefused):
            session.get("https://p42-caldav.example.com/")
        session.admit_sibling("https://p42-caldav.example.com/123/principal/")
        assert session.get("https://p42-caldav.example.com/").text == "home"


@pytest.mark.parametrize(
    "url",
    [
        "https://caldav.example.org/",
        "http://p42.example.com/",
        "https://example.com.evil.org/",
        "https://10.0.0.1/",
    ],
)
def test_a_stranger_is_not_admitted(url: str) -> None:
    session = GuardedSession("https://caldav.example.com/", policy=OPEN)
    with pytest.raises(UrlRefused):
        session.admit_sibling(url)


def test_a_password_goes_as_basic_in_utf_8_at_once(server: ScriptedServer) -> None:
    with GuardedSession(server.url, policy=OPEN, auth=("ada", "gehéim→")) as session:
        session.get(server.url)
    assert server.requests[0].headers["authorization"] == "Basic YWRhOmdlaMOpaW3ihpI="


def test_a_server_that_asks_for_digest_gets_digest_from_then_on(server: ScriptedServer) -> None:
    challenge = 'WWW-Authenticate: Digest realm="cal", nonce="abc", qop="auth", algorithm=MD5'

    def answer(request: Request, connection: socket.socket) -> None:
        by_digest = request.headers.get("authorization", "").startswith("Digest ")
        connection.sendall(response("200 OK") if by_digest else response("401 Unauthorized", challenge))

    server.answer = answer
    with GuardedSession(server.url, policy=OPEN, auth=("ada", "secret")) as session:
        assert session.put(server.url, data=b"x").status_code == 200
        first = len(server.requests)
        assert session.put(server.url, data=b"y").status_code == 200
    assert len(server.requests) == first + 1
    assert [seen.body for seen in server.requests if "Digest" in seen.headers.get("authorization", "")] == [
        b"x",
        b"y",
    ]


def test_a_wrong_password_is_tried_once_by_basic(server: ScriptedServer) -> None:
    server.answer = say(response("401 Unauthorized", 'WWW-Authenticate: Basic realm="cal"'))
    with GuardedSession(server.url, policy=OPEN, auth=("ada", "wrong")) as session:
        assert session.get(server.url).status_code == 401
    assert len(server.requests) == 1


def test_a_bearer_token_is_asked_for_at_each_request(server: ScriptedServer) -> None:
    tokens = iter(["one", "two"])
    with GuardedSession(server.url, policy=OPEN, auth=lambda: next(tokens)) as session:
        session.get(server.url)
        session.get(server.url)
    assert [seen.headers["authorization"] for seen in server.requests] == ["Bearer one", "Bearer two"]


@responses.activate
def test_a_test_that_patches_requests_sees_the_traffic() -> None:
    responses.add("PROPFIND", "https://cal.example.org/ada/", status=207, body="<multistatus/>")
    with GuardedSession("https://cal.example.org/ada/", policy=STRICT) as session:
        answer = session.request("PROPFIND", "https://cal.example.org/ada/")
    assert (answer.status_code, answer.text) == (207, "<multistatus/>")
    assert len(responses.calls) == 1


def test_the_adapter_guards_any_session_it_is_mounted_on(canary: ScriptedServer) -> None:
    with requests.Session() as session:
        session.mount("http://", GuardedAdapter(STRICT))
        with pytest.raises(UrlRefused):
            session.get(canary.url)
    assert canary.hits == 0
