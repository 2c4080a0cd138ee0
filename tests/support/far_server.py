"""A remote behind a wire, as the model of the engine uses one: other clients write, and our requests meet faults.

Faults lie between the program and the wire, so that they are the same whoever answers: a request that never leaves, an
answer that never comes, an answer that is nonsense. Operations are HTTP methods.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import requests

from sync.backends.protocol import CalendarBackend, Identity, RemoteCalendar, RemoteObject
from sync.http import GuardedSession
from sync.http.errors import Unreachable
from tests.support.watched_server import Written

WRITES = frozenset({"PUT", "DELETE", "POST", "PATCH"})
TROUBLES: Mapping[str, tuple[int, str, bytes]] = {
    "a sign-in page": (200, "text/html", b"<!DOCTYPE html><html><body>Welcome to the hotel</body></html>"),
    "half an answer": (207, "application/xml", b'<?xml version="1.0"?><multistatus xmlns="DAV:"><respon'),
    "no right": (401, "text/plain", b"who are you"),
    "not allowed": (403, "text/plain", b"not you"),
    "broken": (500, "text/plain", b"oops"),
    "busy": (503, "text/plain", b"later"),
}
"""What an answer may be in place of the true one: status, type, body."""


class Place(Protocol):
    """One calendar at a remote as its owner's other programs see it; hrefs are those that our backend is shown."""

    calendar: RemoteCalendar
    operations: tuple[str, ...]
    keeps_unknown: bool
    """What has no meaning to it survives a write of ours."""
    restates: bool
    """It makes something else of what we write."""
    truthful: bool
    """What it says has changed is all that has."""

    def put(self, name: str, text: str) -> str: ...

    def remove(self, href: str) -> None: ...

    def texts(self) -> dict[str, str]: ...

    def open(self) -> tuple[CalendarBackend, GuardedSession]: ...

    def written(self, method: str, url: str, body: bytes) -> str:
        """The href that a request of ours writes to."""

    def forget_tokens(self) -> bool:
        """True if the remote itself forgets them; else the stored one is to be spoilt."""

    def be_patient(self) -> None:
        """From now on it takes any number of requests."""


@dataclass(slots=True)
class _Plan:
    operation: str
    action: Callable[[], None]
    after_effect: bool
    skip: int


@dataclass(frozen=True, slots=True)
class _Instead(BaseException):
    """The answer that takes the place of the true one."""

    trouble: str


class FarServer:
    """What ``WatchedServer`` is to the model, for a ``Place``."""

    lost = Unreachable("cut")

    def __init__(self, place: Place) -> None:
        self.place = place
        self.operations = place.operations
        self.write_operations = tuple(item for item in place.operations if item in WRITES)
        self.troubles = tuple(TROUBLES)
        self.lies = False
        self.truthful = place.truthful
        self.keeps_unknown = place.keeps_unknown
        self.rewrites = object() if place.restates else None
        self.reachable = True
        self.lists_nothing = self.reports_nothing = False
        self.offers_tokens = True
        self.written: list[Written] = []
        self._plans: list[_Plan] = []
        self._texts: dict[str, str] | None = None
        self._reader, _ = place.open()

    # The owner.

    def put(self, _calendar: RemoteCalendar, name: str, text: str) -> str:
        self._texts = None
        href = self.place.put(name, text)
        self.written.append(Written(True, href, text.encode()))
        return href

    def remove(self, _calendar: RemoteCalendar, href: str) -> None:
        self._texts = None
        self.place.remove(href)
        self.written.append(Written(True, href, None))

    def texts(self, _calendar: RemoteCalendar | None = None) -> dict[str, str]:
        if self._texts is None:
            self._texts = self.place.texts()
        return self._texts

    def seen(self, href: str) -> RemoteObject | None:
        """The object as our backend reads it when nothing is in the way."""
        return self._reader.read(self.place.calendar, href)

    def href_of(self, identity: Identity) -> str:
        return self._reader.href_of(self.place.calendar, identity)

    # What goes wrong on the way.

    def plan(
        self, operation: str, action: Callable[[], None], *, after_effect: bool = False, skip: int = 0
    ) -> None:
        """Runs ``action`` once, before or after the effect of the request after the next ``skip`` ones of its kind."""
        self._plans.append(_Plan(operation, action, after_effect, skip))

    def cut(self, operation: str, *, after_effect: bool, skip: int = 0) -> None:
        def throw() -> None:
            raise self.lost

        self.plan(operation, throw, after_effect=after_effect, skip=skip)

    def refuse(self, operation: str) -> None:
        self.answer_with(operation, "not allowed")

    def answer_with(self, operation: str, trouble: str, *, after_effect: bool = False) -> None:
        def throw() -> None:
            raise _Instead(trouble)

        self.plan(operation, throw, after_effect=after_effect)

    def forget_tokens(self, _calendar: RemoteCalendar) -> bool:
        return self.place.forget_tokens()

    def calm_down(self) -> None:
        self._plans.clear()
        self.reachable = True
        self.place.be_patient()

    def close(self) -> None:
        self._reader.close()

    # Our own requests.

    def open(self) -> CalendarBackend:
        backend, session = self.place.open()
        real = session.request

        def request(method: str, url: str, **rest: Any) -> requests.Response:
            return self._answer(method, url, rest, lambda: real(method, url, **rest))

        session.request = request  # type: ignore[method-assign, assignment]
        return backend

    def _answer(
        self, method: str, url: str, rest: Mapping[str, Any], ask: Callable[[], requests.Response]
    ) -> requests.Response:
        plan = self._due(method)
        if not self.reachable:
            raise Unreachable("away")
        try:
            if plan is not None and not plan.after_effect:
                plan.action()
            response = ask()
            self._note(method, url, rest, response)
            if plan is not None and plan.after_effect:
                plan.action()
        except _Instead as instead:
            return _made_up(url, *TROUBLES[instead.trouble])
        return response

    def _note(self, method: str, url: str, rest: Mapping[str, Any], response: requests.Response) -> None:
        if method not in WRITES:
            return
        self._texts = None
        if 200 <= response.status_code < 300:
            body = rest.get("data") or b""
            raw = body.encode() if isinstance(body, str) else body
            href = self.place.written(method, unquote(urlsplit(url).path), raw)
            self.written.append(Written(False, href, None if method == "DELETE" else raw))

    def _due(self, operation: str) -> _Plan | None:
        for plan in self._plans:
            if plan.operation == operation:
                if plan.skip:
                    plan.skip -= 1
                    return None
                self._plans.remove(plan)
                return plan
        return None


def _made_up(url: str, status: int, kind: str, body: bytes) -> requests.Response:
    response = requests.Response()
    response.status_code, response.url, response._content = status, url, body
    response.headers["Content-Type"] = kind
    return response
