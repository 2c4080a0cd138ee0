"""What only shows over a real connection: sizes, addresses, headers of the server itself."""

from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.support.process import LOOPBACK
from tests.support.web_process import PATH, Server, web_process


@pytest.fixture
def server(sqlite_url: str, tmp_path: Path) -> Iterator[Server]:
    with web_process(sqlite_url, tmp_path, FREEHOLD_RATE_LIMITS="requests=4/m,slots=6/m") as server:
        yield server


@pytest.mark.slow
def test_the_frame_holds_over_a_real_connection(server: Server) -> None:
    status, found = server.call("POST", f"{PATH}/requests", {"note": "x" * 200_000})
    assert (status, found["type"]) == (413, "/problems/too-large")
    # A chunked body names no length: it is not read at all, or only up to the limit.
    connection = HTTPConnection(LOOPBACK, server.port, timeout=60)
    pieces = iter([b"{"] + [b" " * 60_000] * 4 + [b"}"])
    headers = {"Content-Type": "application/json"}
    connection.request("POST", f"{PATH}/requests", pieces, headers, encode_chunked=True)
    assert connection.getresponse().status in {400, 413}
    connection.close()
    status, found = server.call("GET", "/api/v1/accounts", Host="evil.example")
    assert status == 400
    # Both workers count together, and by the socket's address whatever a header says.
    statuses = [
        server.call("GET", f"{PATH}/slots?service=90834", **{"X-Forwarded-For": f"192.0.2.{number}"})[0]
        for number in range(8)
    ]
    assert statuses == [200] * 6 + [429] * 2


@pytest.mark.slow
def test_what_people_send_is_not_in_the_log(server: Server) -> None:
    person = {"name": "ZQXNAME", "email": "zqxmail@example.com", "phone": "+1 555 7777777"}
    body = {"service": "90834", "start": server.starts()[8], "mode": "in_person", "client": person}
    status, found = server.call("POST", f"{PATH}/requests", body | {"note": "ZQXNOTE"})
    assert status == 201
    token = found["manage_url"].rpartition("/")[2]
    server.call("GET", f"/api/v1/r/{token}")
    server.call("GET", "/api/v1/r/ZQXTOKEN")
    server.call("POST", f"{PATH}/requests", {"ZQXFIELD": "ZQXVALUE"})
    server.call("GET", "/api/v1/requests", Authorization="Bearer ZQXBEARER")
    log = server.log.read_text()
    for secret in ("ZQX", "zqx", "7777777", token, "127.0.0.1 "):
        assert secret not in log
