"""A server of canned answers, for what no honest server would say. It keeps what it was asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from xml.sax.saxutils import escape

from tests.support.process import LOOPBACK

_NAMESPACES = (
    'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CS="http://calendarserver.org/ns/"'
)


@dataclass(frozen=True)
class Asked:
    """One request; header names are lower-case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True)
class Canned:
    """One answer."""

    status: int = 200
    body: str | bytes = ""
    headers: Mapping[str, str] = field(default_factory=dict)


Script = Callable[[Asked], Canned]


class DavStub:
    """Answers are given out in the order they were added per method and path; the last one is repeated. Else 404."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._scripts: dict[tuple[str, str], list[Canned | Script]] = {}
        self._server = ThreadingHTTPServer((LOOPBACK, 0), _handler_of(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self._server.server_address[1]}/"

    def on(self, method: str, path: str, *answers: Canned | Script) -> None:
        self._scripts.setdefault((method, path), []).extend(answers)

    def methods(self) -> list[str]:
        return [asked.method for asked in self.asked]

    def answer(self, asked: Asked) -> Canned:
        self.asked.append(asked)
        answers = self._scripts.get((asked.method, asked.path))
        if not answers:
            return Canned(404)
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return answer if isinstance(answer, Canned) else answer(asked)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def multistatus(*responses: str, token: str | None = None) -> Canned:
    """A 207 of these responses."""
    end = "" if token is None else f"<D:sync-token>{escape(token)}</D:sync-token>"
    body = f"<D:multistatus {_NAMESPACES}>{''.join(responses)}{end}</D:multistatus>"
    return Canned(207, body, {"Content-Type": "application/xml; charset=utf-8"})


def response(href: str, props: str = "", *, status: int | None = None) -> str:
    """One response: with a status of its own, or with properties that were found."""
    if status is not None:
        return f"<D:response><D:href>{escape(href)}</D:href><D:status>HTTP/1.1 {status} x</D:status></D:response>"
    found = f"<D:propstat><D:prop>{props}</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>"
    return f"<D:response><D:href>{escape(href)}</D:href>{found}</D:response>"


def member(href: str, etag: str = '"1"', text: str | None = None) -> str:
    """A response with an etag and, if given, calendar data."""
    data = "" if text is None else f"<C:calendar-data>{escape(text)}</C:calendar-data>"
    return response(href, f"<D:getetag>{escape(etag)}</D:getetag>{data}")


def dav_error(status: int, *conditions: str) -> Canned:
    """An error with precondition elements, written with their prefix."""
    inner = "".join(f"<{condition}/>" for condition in conditions)
    return Canned(status, f"<D:error {_NAMESPACES}>{inner}</D:error>", {"Content-Type": "application/xml"})


def page(text: str = "Please sign in") -> Canned:
    """What a captive portal or a sign-in page answers to everything."""
    return Canned(200, f"<html><body>{text}</body></html>", {"Content-Type": "text/html"})


def _handler_of(stub: DavStub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            text = self.rfile.read(length).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = stub.answer(Asked(self.command, self.path, headers, text))
            body = answer.body.encode() if isinstance(answer.body, str) else answer.body
            self.send_response_only(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing on the tests' output."""

    for method in ("GET", "PUT", "DELETE", "PROPFIND", "REPORT", "OPTIONS"):
        setattr(Handler, f"do_{method}", Handler._any)
    return Handler
