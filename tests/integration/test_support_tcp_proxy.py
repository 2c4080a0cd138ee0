"""The fault proxy: what each mode does to the client, and what the server has done by then."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.support import ics
from tests.support.dav_client import DavClient
from tests.support.radicale import RadicaleServer
from tests.support.tcp_proxy import CutAnswer, CutRequest, Delay, Mode, Refuse, Reset, TcpProxy

EVENT = ics.timed("one", datetime(2026, 3, 2, 12, tzinfo=UTC), timedelta(hours=1))


class Way:
    """One calendar, reached directly and by the proxy."""

    def __init__(self, radicale: RadicaleServer, proxy: TcpProxy) -> None:
        calendar = radicale.make_calendar(radicale.fresh_account())
        self.proxy = proxy
        self.direct = calendar.client()
        self.proxied = DavClient(proxy.url(calendar.url), calendar.username, calendar.password)


@pytest.fixture
def way(radicale: RadicaleServer) -> Iterator[Way]:
    with TcpProxy(radicale.url) as proxy:
        yield Way(radicale, proxy)


def test_a_passing_proxy_changes_nothing(way: Way) -> None:
    etag = way.proxied.put_event("one.ics", EVENT)
    assert way.direct.request("GET", "one.ics").etag == etag
    assert way.proxied.get_event("one.ics") == way.direct.get_event("one.ics")


def test_a_request_cut_short_has_no_effect(way: Way) -> None:
    way.proxy.set(CutRequest(after_bytes=100))
    with pytest.raises(ConnectionError):
        way.proxied.put("one.ics", EVENT)
    assert way.direct.list_hrefs() == []
    assert way.proxy.hits == 1


def test_a_request_whose_answer_is_cut_has_its_effect(way: Way) -> None:
    way.proxy.set(CutAnswer(only=b"PUT "))
    assert way.proxied.list_hrefs() == []
    with pytest.raises(ConnectionError):
        way.proxied.put("one.ics", EVENT)
    assert "UID:one" in way.direct.get_event("one.ics")


@pytest.mark.parametrize("mode", [Reset(), Refuse()])
def test_a_refused_or_reset_connection_reaches_nobody(way: Way, mode: Mode) -> None:
    way.proxy.set(mode)
    with pytest.raises(ConnectionError):
        way.proxied.put("one.ics", EVENT)
    assert way.direct.list_hrefs() == []


def test_the_port_is_taken_again_after_refusing(way: Way) -> None:
    way.proxy.set(Refuse())
    with pytest.raises(ConnectionRefusedError):
        way.proxied.list_hrefs()
    way.proxy.start()
    assert way.proxied.list_hrefs() == []


def test_a_delay_longer_than_the_clients_patience_times_out(way: Way) -> None:
    way.proxy.set(Delay(seconds=1))
    hasty = DavClient(way.proxied.url, timeout_seconds=0.2)
    with pytest.raises(TimeoutError):
        hasty.request("OPTIONS")


def test_faults_end_after_as_many_as_were_asked_for(way: Way) -> None:
    way.proxy.set(Reset(), times=2)
    for _ in range(2):
        with pytest.raises(ConnectionError):
            way.proxied.list_hrefs()
    assert way.proxied.list_hrefs() == []
    assert way.proxy.hits == 2


def test_a_change_of_mode_closes_connections_kept_open(way: Way) -> None:
    with socket.create_connection(("127.0.0.1", way.proxy.port)) as connection:
        connection.settimeout(30)
        way.proxy.set(Reset())
        assert _ended(connection)


def _ended(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True
