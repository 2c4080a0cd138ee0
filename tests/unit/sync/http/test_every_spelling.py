"""Addresses that must not be used, in every spelling, on each of the four ways in which a server or a user can name
one. A canary listens on the port that all of them lead to."""

import socket
from collections.abc import Iterator

import pytest
import requests

from sync.http import AddressPolicy, GuardedSession, HostRefused, RedirectRefused, UrlRefused
from sync.http.dialling import Dialler
from tests.support.scripted_http import Request, ScriptedServer, response

STRICT = AddressPolicy(allow_private=False)
OPEN = AddressPolicy(allow_private=True)

# The host as written in a URL, and the address that a resolver would give for it.
SPELLINGS: list[tuple[str, str]] = [
    ("127.0.0.1", "127.0.0.1"),
    ("127.0.0.1.", "127.0.0.1"),
    ("127.1", "127.0.0.1"),
    ("127.0.1", "127.0.0.1"),
    ("127.255.255.254", "127.255.255.254"),
    ("2130706433", "127.0.0.1"),
    ("0x7f000001", "127.0.0.1"),
    ("0X7F000001", "127.0.0.1"),
    ("0x7f.1", "127.0.0.1"),
    ("0x7f.0x0.0x0.0x1", "127.0.0.1"),
    ("017700000001", "127.0.0.1"),
    ("0177.0.0.1", "127.0.0.1"),
    ("0177.0.0.01", "127.0.0.1"),
    ("00000177.0.0.1", "127.0.0.1"),
    ("127.0x1", "127.0.0.1"),
    ("localhost", "127.0.0.1"),
    ("LOCALHOST", "127.0.0.1"),
    ("localhost.", "127.0.0.1"),
    ("a.localhost", "127.0.0.1"),
    ("ｌｏｃａｌｈｏｓｔ", "127.0.0.1"),
    ("１２７.0.0.1", "127.0.0.1"),
    ("127。0。0。1", "127.0.0.1"),
    ("127｡0｡0｡1", "127.0.0.1"),
    ("127．0．0．1", "127.0.0.1"),
    ("①②⑦.⓪.⓪.①", "127.0.0.1"),
    ("%31%32%37.0.0.1", "127.0.0.1"),
    ("127.0.0.1%00", "127.0.0.1"),
    ("127%2e0%2e0%2e1", "127.0.0.1"),
    ("127.0.0.1\u00ad", "127.0.0.1"),
    ("ada:pw@127.0.0.1", "127.0.0.1"),
    ("cal.example.org@127.0.0.1", "127.0.0.1"),
    ("[::1]", "::1"),
    ("[0:0:0:0:0:0:0:1]", "::1"),
    ("[0000::0001]", "::1"),
    ("[::1%25lo]", "::1%lo"),
    ("[::ffff:127.0.0.1]", "::ffff:127.0.0.1"),
    ("[::ffff:7f00:1]", "::ffff:7f00:1"),
    ("[0:0:0:0:0:ffff:7f00:1]", "::ffff:7f00:1"),
    ("[::127.0.0.1]", "::127.0.0.1"),
    ("[::ffff:0:127.0.0.1]", "::ffff:0:7f00:1"),
    ("[64:ff9b::127.0.0.1]", "64:ff9b::7f00:1"),
    ("[64:ff9b:1::7f00:1]", "64:ff9b:1::7f00:1"),
    ("[2002:7f00:1::]", "2002:7f00:1::"),
    ("[2001:0:7f00:1::]", "2001:0:7f00:1::"),
    ("[::]", "::"),
    ("0.0.0.0", "0.0.0.0"),
    ("0", "0.0.0.0"),
    ("0x0", "0.0.0.0"),
    ("000.000.000.000", "0.0.0.0"),
    ("169.254.169.254", "169.254.169.254"),
    ("2852039166", "169.254.169.254"),
    ("0xa9fea9fe", "169.254.169.254"),
    ("0251.0376.0251.0376", "169.254.169.254"),
    ("025177524776", "169.254.169.254"),
    ("169.254.43518", "169.254.169.254"),
    ("169.16689662", "169.254.169.254"),
    ("0xa9.254.0251.254", "169.254.169.254"),
    ("[::ffff:169.254.169.254]", "::ffff:a9fe:a9fe"),
    ("[::169.254.169.254]", "::a9fe:a9fe"),
    ("[64:ff9b::a9fe:a9fe]", "64:ff9b::a9fe:a9fe"),
    ("[64:ff9b:1::a9fe:a9fe]", "64:ff9b:1::a9fe:a9fe"),
    ("[2002:a9fe:a9fe::1]", "2002:a9fe:a9fe::1"),
    ("[2606:4700::5efe:a9fe:a9fe]", "2606:4700::5efe:a9fe:a9fe"),
    ("[fd00:ec2::254]", "fd00:ec2::254"),
    ("[fe80::1]", "fe80::1"),
    ("[fe80::1%25eth0]", "fe80::1%eth0"),
    ("[ff02::1]", "ff02::1"),
    ("100.100.100.200", "100.100.100.200"),
    ("192.0.0.192", "192.0.0.192"),
    ("224.0.0.1", "224.0.0.1"),
    ("255.255.255.255", "255.255.255.255"),
    ("10.0.0.1", "10.0.0.1"),
    ("10.1", "10.0.0.1"),
    ("012.0.0.1", "10.0.0.1"),
    ("172.16.0.1", "172.16.0.1"),
    ("192.168.1.1", "192.168.1.1"),
    ("0xc0a80101", "192.168.1.1"),
    ("100.64.0.1", "100.64.0.1"),
    ("198.18.0.1", "198.18.0.1"),
    ("[fc00::1]", "fc00::1"),
    ("[fec0::1]", "fec0::1"),
]

every_spelling = pytest.mark.parametrize("host", [host for host, _ in SPELLINGS])


@pytest.fixture(scope="module")
def canary() -> Iterator[ScriptedServer]:
    with ScriptedServer() as server:
        yield server


@pytest.fixture(scope="module")
def sender(canary: ScriptedServer) -> Iterator[ScriptedServer]:
    """Redirects the request for /N to the N-th spelling, with a status of its own for each."""

    def answer(request: Request, connection: socket.socket) -> None:
        number = int(request.target.rpartition("/")[2])
        location = f"http://{SPELLINGS[number][0]}:{canary.port}/".encode()
        status = (301, 302, 303, 307, 308)[number % 5]
        head = response(f"{status} Elsewhere").removesuffix(b"\r\n")
        connection.sendall(head + b"Location: " + location + b"\r\n\r\n")

    with ScriptedServer(answer) as server:
        yield server


def test_there_are_at_least_sixty_spellings_so_four_ways_give_240_cases() -> None:
    assert len({host for host, _ in SPELLINGS}) >= 60


def test_a_client_without_the_guard_reaches_the_canary() -> None:
    with ScriptedServer() as bird:
        requests.get(f"http://2130706433:{bird.port}/", timeout=5)
        assert bird.hits == 1


@every_spelling
def test_written_by_the_user_it_is_refused_before_anything_is_sent(host: str, canary: ScriptedServer) -> None:
    with pytest.raises(UrlRefused) as caught:
        GuardedSession(f"https://{host}:{canary.port}/", policy=STRICT)
    assert caught.value.reason not in {"scheme", "empty", "port"}
    assert canary.hits == 0


@every_spelling
def test_as_target_of_a_redirect_it_is_never_followed(
    host: str, canary: ScriptedServer, sender: ScriptedServer
) -> None:
    number = [spelling for spelling, _ in SPELLINGS].index(host)
    with GuardedSession(sender.url, policy=OPEN) as session, pytest.raises(RedirectRefused):
        session.request("PROPFIND", f"{sender.url}{number}", allow_redirects=True)
    assert canary.hits == 0


@pytest.mark.parametrize("host", range(len(SPELLINGS)))
def test_as_one_of_the_answers_of_a_name_it_closes_that_name(host: int, canary: ScriptedServer) -> None:
    attempts: list[str] = []

    def connect(ip: str, port: int, timeout_seconds: float) -> socket.socket:
        attempts.append(ip)
        return socket.create_connection(("127.0.0.1", canary.port), timeout_seconds)

    dialler = Dialler(STRICT, resolver=lambda *_: ["8.8.8.8", SPELLINGS[host][1]], connect=connect)
    session = GuardedSession("https://cal.example.org/", policy=STRICT, dialler=dialler)
    with session, pytest.raises(HostRefused):
        session.get("https://cal.example.org/ada/")
    assert attempts == []
    assert canary.hits == 0


@every_spelling
def test_as_an_href_in_an_answer_it_is_never_asked(
    host: str, canary: ScriptedServer, sender: ScriptedServer
) -> None:
    href = f"http://{host}:{canary.port}/ada/"
    with GuardedSession(sender.url, policy=OPEN) as session:
        with pytest.raises(UrlRefused):
            session.href(sender.url, href)
        with pytest.raises(UrlRefused):
            session.put(href, data=b"BEGIN:VCALENDAR")
    assert canary.hits == 0
