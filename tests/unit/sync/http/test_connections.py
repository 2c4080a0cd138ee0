"""From a name to a connection."""

import socket
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from sync.http import AddressPolicy, GuardedSession, HostRefused, Limits, OutboundError, Unreachable
from sync.http.dialling import Dialler
from sync.http.sockets import connect
from tests.support.process import free_port
from tests.support.scripted_http import ScriptedServer, response, say

STRICT = AddressPolicy(allow_private=False)
OPEN = AddressPolicy(allow_private=True)
BRIEF = Limits().within(timedelta(seconds=0.5))


class Resolver:
    """Gives its answers one after the other, the last one for ever."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as running:
        yield running


def test_a_name_is_looked_up_once_and_the_checked_address_is_connected_to(server: ScriptedServer) -> None:
    resolver = Resolver(["127.0.0.1"], ["169.254.169.254"])
    url = f"http://cal.example.test:{server.port}/"
    with GuardedSession(url, policy=OPEN, dialler=Dialler(OPEN, resolver=resolver)) as session:
        assert session.get(url).status_code == 204
    assert resolver.asked == ["cal.example.test"]
    assert server.requests[0].headers["host"] == f"cal.example.test:{server.port}"


def test_a_name_that_turns_to_loopback_after_a_public_answer_is_refused(server: ScriptedServer) -> None:
    attempts: list[str] = []

    def nobody(ip: str, port: int, timeout_seconds: float) -> socket.socket:
        attempts.append(ip)
        raise ConnectionRefusedError

    resolver = Resolver(["8.8.8.8"], ["127.0.0.1"])
    url = f"https://cal.example.test:{server.port}/"
    dialler = Dialler(STRICT, resolver=resolver, connect=nobody)
    with GuardedSession(url, policy=STRICT, dialler=dialler) as session:
        with pytest.raises(Unreachable):
            session.get(url)
        with pytest.raises(HostRefused):
            session.get(url)
    assert attempts == ["8.8.8.8"]
    assert server.hits == 0


def test_a_connection_that_ends_at_another_address_than_the_checked_one_is_dropped(
    server: ScriptedServer,
) -> None:
    def astray(ip: str, port: int, timeout_seconds: float) -> socket.socket:
        return connect("127.0.0.1", server.port, timeout_seconds)

    dialler = Dialler(STRICT, resolver=Resolver(["8.8.8.8"]), connect=astray)
    session = GuardedSession("https://cal.example.test/", policy=STRICT, dialler=dialler)
    with session, pytest.raises(HostRefused) as caught:
        session.get("https://cal.example.test/")
    assert caught.value.reason == "peer"
    assert server.requests == []


def test_plain_http_is_not_spoken_to_a_name_that_leads_to_a_public_address() -> None:
    dialler = Dialler(OPEN, resolver=Resolver(["8.8.8.8"]), connect=_never)
    session = GuardedSession("http://cal.example.test/", policy=OPEN, dialler=dialler)
    with session, pytest.raises(HostRefused) as caught:
        session.get("http://cal.example.test/")
    assert caught.value.reason == "plain-http"


def test_the_next_address_is_tried_when_the_first_does_not_answer(server: ScriptedServer) -> None:
    url = f"http://cal.example.test:{server.port}/"
    dialler = Dialler(OPEN, resolver=Resolver(["127.0.0.9", "127.0.0.1"]))
    with GuardedSession(url, policy=OPEN, dialler=dialler) as session:
        assert session.get(url).status_code == 204


def test_refused_timed_out_blocked_and_unknown_hosts_give_the_same_text() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        failures = [
            _failure(f"http://127.0.0.1:{free_port()}/", OPEN),
            _failure(f"http://127.0.0.1:{port}/", OPEN),
            _failure("https://cal.example.test/", STRICT, Dialler(STRICT, resolver=Resolver(["10.0.0.1"]))),
            _failure("https://cal.example.test/", STRICT, Dialler(STRICT, resolver=Resolver([]))),
            _failure("https://cal.example.test/", STRICT, Dialler(STRICT, resolver=_unknown)),
            _failure("https://cal.example.test/", STRICT, Dialler(STRICT, resolver=_late)),
            _failure(f"https://127.0.0.1:{port}/", OPEN),
        ]
    assert len({failure.text.encode() for failure in failures}) == 1
    assert [failure.reason for failure in failures] == [
        "refused",
        "timeout",
        "private",
        "dns",
        "dns",
        "timeout",
        "timeout",
    ]


def test_a_server_that_speaks_no_tls_is_unreachable_by_https(server: ScriptedServer) -> None:
    server.answer = say(b"hello\r\n")
    assert _failure(f"https://127.0.0.1:{server.port}/", OPEN).reason in {"tls", "cut", "timeout"}


def test_a_connection_is_used_again_for_the_next_request(server: ScriptedServer) -> None:
    def keep_open(_request: object, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    server.answer = keep_open
    with GuardedSession(server.url, policy=OPEN) as session:
        session.get(server.url)
        assert session.get(server.url).text == "ok"
    assert server.hits == 1


def test_neither_proxy_nor_netrc_of_the_environment_is_used(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ScriptedServer() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        with GuardedSession(server.url, policy=OPEN) as session:
            session.get(server.url)
            session.get(server.url, proxies={"http": proxy.url})
        assert (server.hits, proxy.hits) == (2, 0)


def test_a_host_header_of_the_caller_is_not_sent(server: ScriptedServer) -> None:
    with GuardedSession(server.url, policy=OPEN) as session:
        session.get(server.url, headers={"Host": "intern.example.test"})
    assert server.requests[0].headers["host"] == f"127.0.0.1:{server.port}"


def test_cookies_are_not_kept(server: ScriptedServer) -> None:
    server.answer = say(response("200 OK", "Set-Cookie: a=b; Path=/"))
    with GuardedSession(server.url, policy=OPEN) as session:
        session.get(server.url)
        session.get(server.url)
    assert "cookie" not in server.requests[1].headers


def _failure(url: str, policy: AddressPolicy, dialler: Dialler | None = None) -> OutboundError:
    session = GuardedSession(url, policy=policy, limits=BRIEF, dialler=dialler)
    with session, pytest.raises(OutboundError) as caught:
        session.get(url)
    return caught.value


def _never(ip: str, port: int, timeout_seconds: float) -> socket.socket:
    raise AssertionError(f"connected to {ip}")


def _unknown(host: str, port: int) -> list[str]:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def _late(host: str, port: int) -> list[str]:
    threading.Event().wait(2)
    return ["8.8.8.8"]
