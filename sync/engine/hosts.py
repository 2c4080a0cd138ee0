"""A backend whose answers, and failures to answer, are counted for its server: one that is down is left alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from enum import Enum, auto
from typing import Any, cast

from sync.backends.errors import BackendError, Refused, Throttled, Unavailable
from sync.backends.protocol import CalendarBackend
from sync.store.hosts import HostState, claim_probe, host_state, note_answer, note_failure
from sync.store.ports import Transactions


class Caller(Enum):
    PASS = auto()
    PERSON = auto()
    """Asks whatever is known of the server."""
    LOOK = auto()
    """Never waits for a server that may be down, and has too little patience to say that one is."""


class HostWatch:
    """One pass's view of its account's server."""

    def __init__(self, database: Transactions, name: str, *, now: datetime, caller: Caller) -> None:
        self._database = database
        self._name = name
        self._now = now
        self._caller = caller
        self._probing = False
        with database.read() as connection:
            self._state = host_state(connection, name)

    def admit(self) -> None:
        """Raises ``Unavailable`` while the server is left alone; one caller finds out how it is when that is over."""
        closed = self._state.closed_until
        if closed is None or self._caller is Caller.PERSON or self._probing:
            return
        if closed <= self._now and self._caller is Caller.PASS:
            with self._database.write() as connection:
                self._probing = claim_probe(connection, self._name, now=self._now)
            if self._probing:
                return
        raise Unavailable(f"{self._name} does not answer; it is left alone for a while and then tried again.")

    def failed(self) -> None:
        if self._caller is Caller.LOOK:
            return
        with self._database.write() as connection:
            self._state = note_failure(connection, self._name, now=self._now, probing=self._probing)
        self._probing = False

    def answered(self) -> None:
        if self._state.failures:
            with self._database.write() as connection:
                note_answer(connection, self._name)
            self._state = HostState()
        self._probing = False


def watched(backend: CalendarBackend, watch: HostWatch) -> CalendarBackend:
    """The same backend; what each of its calls meets is told to ``watch``."""
    return cast("CalendarBackend", _Watched(backend, watch))


class _Watched:
    def __init__(self, backend: CalendarBackend, watch: HostWatch) -> None:
        self._backend = backend
        self._watch = watch

    def changes(self, *args: Any) -> Iterator[Any]:
        pages = iter(self._backend.changes(*args))
        while (page := self._call(next, pages, None)) is not None:
            yield page

    def close(self) -> None:
        self._backend.close()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._backend, name)
        if name == "href_of" or not callable(found):
            return found  # nothing is asked of the server
        return lambda *args, **named: self._call(found, *args, **named)

    def _call(self, call: Callable[..., Any], *args: Any, **named: Any) -> Any:
        self._watch.admit()
        try:
            answer = call(*args, **named)
        except Unavailable as error:
            if isinstance(error, Throttled):
                self._watch.answered()
            else:
                self._watch.failed()
            raise
        except BackendError as error:
            if not isinstance(error, Refused):
                self._watch.answered()
            raise
        self._watch.answered()
        return answer
