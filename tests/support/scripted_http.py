"""A loopback server that answers with whatever bytes a test writes, and counts who came."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self


@dataclass(frozen=True)
class Request:
    """What one client sent; header names in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


# Given the request and the open connection, says what it likes and returns; the connection is closed after it.
Answer = Callable[[Request, socket.socket], None]


def response(status: str, *headers: str, body: bytes = b"") -> bytes:
    """One whole HTTP/1.1 message that ends its connection."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def say(message: bytes) -> Answer:
    """The same message for everybody."""

    def answer(_request: Request, connection: socket.socket) -> None:
        connection.sendall(message)

    return answer


@dataclass
class ScriptedServer:
    """Answers by ``answer``, which may be set anew between requests. ``hits`` counts connections, ``requests`` keeps
    what was asked, in order."""

    answer: Answer = field(default_factory=lambda: say(response("204 No Content")))
    hits: int = 0
    requests: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(timeout=5)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.hits += 1
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        # A client that leaves in the middle is what many tests are about.
        with connection, suppress(OSError):
            request = _read(connection)
            if request is not None:
                self.requests.append(request)
                self.answer(request, connection)


def _read(connection: socket.socket) -> Request | None:
    with connection.makefile("rb") as stream:
        first = stream.readline().decode("latin-1").split()
        if len(first) != 3:
            return None
        headers: dict[str, str] = {}
        while line := stream.readline().strip():
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        body = stream.read(int(headers.get("content-length", "0")))
    return Request(first[0], first[1], headers, body)
