"""The listener: takes requests, lets the play answer them, and knows the real server behind."""

from __future__ import annotations

import http.client
import ssl
import threading
from collections.abc import Callable
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.support.process import LOOPBACK
from tests.support.quirks.wire import Asked, Said

_HOP = frozenset({"connection", "transfer-encoding", "content-length", "keep-alive", "host"})
_METHODS = (
    "GET",
    "HEAD",
    "PUT",
    "DELETE",
    "PROPFIND",
    "PROPPATCH",
    "REPORT",
    "OPTIONS",
    "MKCALENDAR",
    "MOVE",
)


class Weather(Enum):
    """What may befall one request, whatever the server."""

    CLEAR = "nothing"
    LOGIN_PAGE = "a sign-in page with 200"
    UNAUTHORIZED = "401"
    BROKEN = "500"
    BUSY = "503 with Retry-After"
    CUT_BEFORE = "the connection ends before the server had the request"
    CUT_AFTER = "the connection ends after the server carried it out"
    HALF = "the body ends in its middle, under a Content-Length of the whole"
    HALF_WELL = "the body ends in its middle, and Content-Length agrees"
    SLOW = "the answer comes after the client has gone"


class CutOff(Exception):
    """Nothing more is said on this connection."""


class Upstream:
    """The real server. One connection a request."""

    def __init__(self, port: int) -> None:
        self._port = port

    def ask(self, asked: Asked) -> Said:
        connection = http.client.HTTPConnection(LOOPBACK, self._port, timeout=30)
        headers = {name: value for name, value in asked.headers.items() if name not in _HOP}
        headers["accept-encoding"] = "identity"
        try:
            connection.request(asked.method, asked.target, asked.body or None, headers)
            response = connection.getresponse()
            said = {name.lower(): value for name, value in response.getheaders()}
            return Said(response.status, {n: v for n, v in said.items() if n not in _HOP}, response.read())
        except OSError as error:
            raise CutOff from error
        finally:
            connection.close()


class Listener:
    """Serves until closed. ``answer`` may raise ``CutOff``."""

    def __init__(self, answer: Callable[[Asked], Said], *, tls: ssl.SSLContext | None = None) -> None:
        self._server = ThreadingHTTPServer((LOOPBACK, 0), _handler_of(answer))
        self._server.daemon_threads = True
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler_of(answer: Callable[[Asked], Said]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            headers = {name.lower(): value for name, value in self.headers.items()}
            try:
                said = answer(Asked(self.command, self.path, headers, body))
            except CutOff:
                self.close_connection = True
                return
            promised = said.headers.pop("x-promised-length", str(len(said.body)))
            self.send_response_only(said.status)
            for name, value in said.headers.items():
                self.send_header(name.title(), value)
            if said.status != 204:
                self.send_header("Content-Length", promised)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(said.body)
            self.close_connection = self.close_connection or promised != str(len(said.body))

        def log_message(self, format: str, *args: object) -> None:
            """Nothing on the tests' output."""

    for method in _METHODS:
        setattr(Handler, f"do_{method}", Handler._any)
    return Handler
