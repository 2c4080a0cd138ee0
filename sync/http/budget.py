"""How long a request may take and how much it may bring."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import timedelta
from time import monotonic

from sync.http.errors import DeadlineExceeded

DEFAULT_BODY = 10 * 2**20
REPORT_BODY = 100 * 2**20
CALENDAR_BODY = 250 * 2**20


@dataclass(frozen=True)
class Limits:
    """``connect`` covers the look-up of the name, the connection and the TLS handshake; ``silence`` is the
    longest wait for the next byte; ``total`` bounds the whole request with its redirects; ``body_bytes``
    counts after decompression. With ``packed`` the body is kept compressed, to be read from ``response.raw``."""

    connect: timedelta = timedelta(seconds=10)
    silence: timedelta = timedelta(seconds=60)
    total: timedelta = timedelta(seconds=120)
    body_bytes: int = DEFAULT_BODY
    packed: bool = False

    def within(self, total: timedelta) -> "Limits":
        """These limits, ended after ``total`` at the latest."""
        return replace(
            self,
            connect=min(self.connect, total),
            silence=min(self.silence, total),
            total=min(self.total, total),
        )

    def for_reports(self) -> "Limits":
        """These limits for an answer that holds many objects: up to 100 MiB."""
        return replace(self, body_bytes=max(self.body_bytes, REPORT_BODY))

    def for_calendars(self) -> "Limits":
        """These limits for an answer that holds a whole calendar: up to 250 MiB, in a tenth of that memory."""
        return replace(self, body_bytes=max(self.body_bytes, CALENDAR_BODY), packed=True)


class Budget:
    """What is left of the limits of one request."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._ends = monotonic() + limits.total.total_seconds()

    def seconds_to_connect(self) -> float:
        """Seconds that a connection attempt starting now may take; raises `DeadlineExceeded` if none are
        left."""
        return min(self.limits.connect.total_seconds(), self._left())

    def seconds_of_silence(self) -> float:
        """Seconds to wait for the next byte; raises `DeadlineExceeded` if none are left."""
        return min(self.limits.silence.total_seconds(), self._left())

    @property
    def spent(self) -> bool:
        return monotonic() >= self._ends

    def _left(self) -> float:
        left = self._ends - monotonic()
        if left <= 0:
            raise DeadlineExceeded
        return left


# The sockets ask for the budget before each read. It travels with the running request and not with the
# socket, because a pooled socket outlives the request.
_current: ContextVar[Budget | None] = ContextVar("outbound_budget", default=None)


def current_budget() -> Budget | None:
    return _current.get()


@contextmanager
def spending(limits: Limits) -> Iterator[Budget]:
    """Runs its block on one budget; inside another such block the outer budget stays in force."""
    outer = _current.get()
    if outer is not None:
        yield outer
        return
    budget = Budget(limits)
    token = _current.set(budget)
    try:
        yield budget
    finally:
        _current.reset(token)
