"""How much an answer may bring and how long it may take."""

import gzip
import socket
import threading
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from time import monotonic

import pytest

from sync.http import (
    AddressPolicy,
    DeadlineExceeded,
    GuardedSession,
    Limits,
    OutboundError,
    ResponseTooLarge,
    Unreachable,
)
from sync.http.body import PLAIN
from tests.support.scripted_http import Request, ScriptedServer, response, say

OPEN = AddressPolicy(allow_private=True)
MIB = 2**20
BRIEF = Limits(total=timedelta(seconds=1))
# Far above any deadline of these tests and far below the life of the servers that drip.
HANGS = 10


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as running:
        yield running


def ask(server: ScriptedServer, limits: Limits | None = None) -> bytes:
    with GuardedSession(server.url, policy=OPEN, limits=limits) as session:
        return session.get(server.url).content


def test_ten_mebibytes_are_read_and_one_byte_more_is_not(server: ScriptedServer) -> None:
    server.answer = say(response("200 OK", body=b"x" * 10 * MIB))
    assert len(ask(server)) == 10 * MIB
    server.answer = say(response("200 OK", body=b"x" * (10 * MIB + 1)))
    with pytest.raises(ResponseTooLarge):
        ask(server)


def test_a_report_may_be_larger(server: ScriptedServer) -> None:
    server.answer = say(response("200 OK", body=b"x" * 11 * MIB))
    with GuardedSession(server.url, policy=OPEN) as session:
        with session.under(session.limits.for_reports()):
            assert len(session.get(server.url).content) == 11 * MIB
        with pytest.raises(ResponseTooLarge):
            session.get(server.url)


def test_an_endless_answer_without_a_length_is_cut_at_the_cap(server: ScriptedServer) -> None:
    def pour(_request: Request, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(200):
            connection.sendall(b"x" * MIB)

    server.answer = pour
    with pytest.raises(ResponseTooLarge):
        ask(server)


def _gzip_in_layers(layers: int) -> bytes:
    body = b"\0" * 300 * MIB
    for _ in range(layers):
        body = gzip.compress(body, compresslevel=1)
    return body


@pytest.mark.parametrize(
    "encoding, pack",
    [
        ("gzip", lambda: _gzip_in_layers(1)),
        ("deflate", lambda: zlib.compress(b"\0" * 300 * MIB, 1)),
        ("gzip, gzip", lambda: _gzip_in_layers(2)),
    ],
)
def test_a_bomb_is_cut_at_the_cap_and_never_held_in_memory(
    server: ScriptedServer, encoding: str, pack: Callable[[], bytes]
) -> None:
    server.answer = say(response("200 OK", f"Content-Encoding: {encoding}", body=pack()))
    tracemalloc.start()
    try:
        with pytest.raises(ResponseTooLarge):
            ask(server)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 40 * MIB


def test_a_compressed_answer_is_unpacked(server: ScriptedServer) -> None:
    server.answer = say(response("200 OK", "Content-Encoding: gzip", body=gzip.compress(b"hello")))
    assert ask(server) == b"hello"


def _drip(start: bytes, drop: bytes) -> Callable[[Request, socket.socket], None]:
    """Sends ``start``, then ``drop`` every 50 ms for as long as anybody listens."""

    def answer(_request: Request, connection: socket.socket) -> None:
        connection.sendall(start)
        while not threading.Event().wait(0.05):
            connection.sendall(drop)

    return answer


@pytest.mark.parametrize(
    "start, drop, error",
    [
        (b"", b"H", Unreachable),
        (b"HTTP/1.1 ", b"2", Unreachable),
        (b"HTTP/1.1 200 OK\r\n", b"X", Unreachable),
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", Unreachable),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n", Unreachable),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x", DeadlineExceeded),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x", DeadlineExceeded),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", DeadlineExceeded),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0", DeadlineExceeded),
    ],
    ids=["no-status", "status", "header", "headers", "continue", "length", "open", "chunks", "chunk-size"],
)
def test_a_server_that_drips_is_left_at_the_deadline(
    server: ScriptedServer, start: bytes, drop: bytes, error: type[OutboundError]
) -> None:
    server.answer = _drip(start, drop)
    began = monotonic()
    with pytest.raises(error):
        ask(server, BRIEF)
    assert monotonic() - began < HANGS


def test_a_timeout_of_the_call_bounds_the_whole_request_with_its_redirects(server: ScriptedServer) -> None:
    def slowly_around(_request: Request, connection: socket.socket) -> None:
        threading.Event().wait(0.3)
        connection.sendall(response("302 Found", "Location: /again"))

    server.answer = slowly_around
    with GuardedSession(server.url, policy=OPEN) as session, pytest.raises(Unreachable):
        session.get(server.url, timeout=0.5)
    assert len(server.requests) < 4


def test_an_answer_that_breaks_off_is_no_answer(server: ScriptedServer) -> None:
    server.answer = say(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    with pytest.raises(Unreachable) as caught:
        ask(server)
    assert caught.value.reason == "cut"


def test_an_answer_that_claims_a_wrong_encoding_is_no_answer(server: ScriptedServer) -> None:
    server.answer = say(response("200 OK", "Content-Encoding: gzip", body=b"not gzip at all"))
    with pytest.raises(Unreachable) as caught:
        ask(server)
    assert caught.value.reason == "encoding"


def test_a_packed_answer_reads_as_it_was_sent_in_a_fraction_of_its_memory(server: ScriptedServer) -> None:
    body = b"".join(b"BEGIN:VEVENT\nUID:%06d\nEND:VEVENT\n" % number for number in range(600_000))
    server.answer = say(response("200 OK", body=body))
    with GuardedSession(server.url, policy=OPEN) as session, session.under(session.limits.for_calendars()):
        tracemalloc.start()
        source = session.get(server.url).raw
        kept, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert kept < PLAIN + MIB + len(body) // 6
        assert b"".join(iter(lambda: source.read(7_777), b"")) == body


def test_a_packed_answer_is_capped_by_what_it_unpacks_to(server: ScriptedServer) -> None:
    packed = gzip.compress(b"x" * 2 * MIB)
    server.answer = say(response("200 OK", "Content-Encoding: gzip", body=packed))
    limits = Limits(body_bytes=MIB, packed=True)
    with GuardedSession(server.url, policy=OPEN, limits=limits) as session, pytest.raises(ResponseTooLarge):
        session.get(server.url)
