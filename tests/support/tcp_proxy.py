"""A TCP proxy that breaks connections on purpose, between a client and a real server."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit, urlunsplit

from tests.support.process import LOOPBACK, free_port

_CHUNK = 65_536


@dataclass(frozen=True)
class Pass:
    """Forwards everything."""


@dataclass(frozen=True)
class Delay:
    """Forwards everything, each answer this much later."""

    seconds: float


@dataclass(frozen=True)
class CutRequest:
    """Hands the server the first ``after_bytes`` of a request, then resets both: it never had the whole."""

    after_bytes: int
    only: bytes | tuple[bytes, ...] = b""


@dataclass(frozen=True)
class CutAnswer:
    """Hands over the whole request, waits until the server answers, then resets both: done, but unheard.

    ``then`` is called between the answer and the reset: what it does, it does to a client that still waits.
    """

    only: bytes | tuple[bytes, ...] = b""
    then: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Reset:
    """Takes the connection and resets it at once."""


@dataclass(frozen=True)
class Refuse:
    """Nobody listens at the port."""


Mode = Pass | Delay | CutRequest | CutAnswer | Reset | Refuse


class TcpProxy:
    """Stands before ``target`` (a URL) on a port of its own.

    ``set`` changes what happens from the next connection on, and closes those that are open. ``only`` in a
    mode limits it to requests that begin so (``b"PUT "``, or one of several); others pass. ``hits`` counts the faults
    done.
    """

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self._target = (parts.hostname or LOOPBACK, parts.port or 80)
        self.port = free_port()
        self.hits = 0
        self.connections = 0
        self._mode: Mode = Refuse()
        self._left: int | None = None
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener: socket.socket | None = None

    def url(self, url: str) -> str:
        """The same URL, by way of this proxy."""
        return urlunsplit(urlsplit(url)._replace(netloc=f"{LOOPBACK}:{self.port}"))

    def set(self, mode: Mode, *, times: int | None = None) -> None:
        """Behaves so from now on, or for the next ``times`` faults and then passes everything."""
        with self._lock:
            self._mode, self._left = mode, times
        self._hang_up()
        if isinstance(mode, Refuse):
            self._stop_listening()
        elif self._listener is None:
            self._listen()

    def start(self) -> None:
        self.set(Pass())

    def stop(self) -> None:
        self.set(Refuse())

    def _listen(self) -> None:
        listener = socket.create_server((LOOPBACK, self.port), reuse_port=False)
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def _stop_listening(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            # shutdown wakes the thread in accept(); close alone would leave the port taken until it returns.
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def _hang_up(self) -> None:
        with self._lock:
            sockets, self._open = self._open, set()
        for one in sockets:
            _reset(one)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                self._open.add(client)
                mode = self._mode
            if isinstance(mode, Reset):
                self._fault(mode)
                _reset(client)
            else:
                threading.Thread(target=self._serve, args=(client, mode), daemon=True).start()

    def _serve(self, client: socket.socket, mode: Mode) -> None:
        try:
            server = socket.create_connection(self._target, timeout=30)
        except OSError:
            _reset(client)
            return
        server.settimeout(None)
        with self._lock:
            if client not in self._open:  # the mode changed meanwhile
                server.close()
                return
            self._open.add(server)
        link = _Link(self, client, server, mode)
        back = threading.Thread(target=link.answers, daemon=True)
        back.start()
        link.requests()
        back.join()
        with self._lock:
            self._open -= {client, server}
        client.close()
        server.close()

    def _fault(self, mode: Mode) -> bool:
        """Takes one of the faults asked for; False when they are used up or the mode has changed since."""
        with self._lock:
            if mode is not self._mode or self._left == 0:
                return False
            self.hits += 1
            if self._left is not None:
                self._left -= 1
                if self._left == 0:
                    self._mode = Pass()
            return True

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Link:
    """One client's connection and its counterpart at the server."""

    def __init__(self, proxy: TcpProxy, client: socket.socket, server: socket.socket, mode: Mode) -> None:
        self._proxy = proxy
        self._client = client
        self._server = server
        self._mode = mode
        self._doomed = False
        self._answered = True
        self._handed = 0

    def requests(self) -> None:
        """Client to server, until either end closes or the cut."""
        while data := _receive(self._client):
            if self._answered:  # the first bytes since an answer: a request begins
                self._answered, self._handed = False, 0
                self._doomed = self._chosen(data)
            if self._doomed and isinstance(self._mode, CutRequest):
                data = data[: self._mode.after_bytes - self._handed]
            if data and not _send(self._server, data):
                break
            self._handed += len(data)
            if self._doomed and isinstance(self._mode, CutRequest) and self._handed >= self._mode.after_bytes:
                _reset(self._client)
                _reset(self._server)
                return
        _half_close(self._server)

    def answers(self) -> None:
        """Server to client, until either end closes or the cut."""
        while data := _receive(self._server):
            if self._doomed and isinstance(self._mode, CutAnswer):
                self._mode.then()
                _reset(self._client)
                _reset(self._server)
                return
            if isinstance(self._mode, Delay):
                time.sleep(self._mode.seconds)
            self._answered = True
            if not _send(self._client, data):
                break
        _half_close(self._client)

    def _chosen(self, head: bytes) -> bool:
        mode = self._mode
        if not isinstance(mode, CutRequest | CutAnswer) or not head.startswith(mode.only):
            return False
        return self._proxy._fault(mode)


def _receive(source: socket.socket) -> bytes:
    try:
        return source.recv(_CHUNK)
    except OSError:
        return b""


def _send(target: socket.socket, data: bytes) -> bool:
    try:
        target.sendall(data)
    except OSError:
        return False
    return True


def _half_close(target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def _reset(target: socket.socket) -> None:
    """Closes with RST: the other end gets an error, never a tidy end of stream."""
    try:
        target.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        target.shutdown(socket.SHUT_RD)
    except OSError:
        pass
    target.close()
