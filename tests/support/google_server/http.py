"""The wire: one HTTP/1.1 answer per request, gzip where it is taken, connections that stay open or are cut."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from tests.support.google_server.faults import Cut

_LARGE = 1_000


@dataclass(frozen=True)
class Wanted:
    """One request as it came. Header names in lower case; ``query`` and ``form`` keep repetitions."""

    verb: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    raw: bytes

    @property
    def form(self) -> dict[str, list[str]]:
        return parse_qs(self.raw.decode(), keep_blank_values=True)


@dataclass(frozen=True)
class Given:
    """``body`` is written as JSON unless it is text; None sends nothing."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class Answering(Protocol):
    def answered(self, wanted: Wanted) -> Given:
        """Raises Cut to close the connection instead."""


class Handler(BaseHTTPRequestHandler):
    """``server.answering`` says what to answer."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (Cut, ConnectionError, TimeoutError):
            self.close_connection = True

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = parse_qs(parts.query, keep_blank_values=True)
        verb = self.command
        if "x-http-method-override" in headers:
            verb, query, raw = (
                headers["x-http-method-override"],
                parse_qs(raw.decode(), keep_blank_values=True),
                b"",
            )
        answering: Answering = self.server.answering  # type: ignore[attr-defined]
        self._send(answering.answered(Wanted(verb, parts.path, query, headers, raw)), headers)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815

    def _send(self, given: Given, asked: dict[str, str]) -> None:
        text = isinstance(given.body, str)
        content = b"" if given.body is None else (given.body if text else json.dumps(given.body)).encode()
        kind = "text/html" if text else "application/json"
        headers = {"Content-Type": f"{kind}; charset=UTF-8", **given.headers}
        if len(content) > _LARGE and "gzip" in asked.get("accept-encoding", ""):
            content = gzip.compress(content, 1)
            headers["Content-Encoding"] = "gzip"
        self.send_response(given.status)
        for name, value in headers.items():
            self.send_header(name, value)
        if given.status not in (204, 304):
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """The call log of the server says more."""
