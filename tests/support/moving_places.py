"""Two calendars of one account, "Work" and "Home", and an owner who moves our events between them."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

from sync.backends.access import AccountAccess
from sync.backends.errors import Unavailable
from sync.backends.protocol import CalendarBackend
from tests.support.caldav_server import CalDavServer
from tests.support.dav_client import DavClient
from tests.support.engine_world import ZONE, EngineWorld
from tests.support.google_account import ADA
from tests.support.google_server import GoogleServer
from tests.support.google_world import GoogleWorld
from tests.support.remotes import CalDavRemote

_UID = re.compile(r"^UID:(\S+)", re.MULTILINE)
_SUMMARY = re.compile(r"^SUMMARY:.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Standing:
    """One event as it stands in a calendar; ``key`` finds it there."""

    calendar: str
    key: str
    uid: str


class MovingPlace(ABC):
    """``world`` is the engine's; all else is what the owner does and sees in her own program."""

    world: EngineWorld

    @abstractmethod
    def standing(self) -> list[Standing]: ...

    @abstractmethod
    def move(self, event: Standing) -> None:
        """To the other calendar."""

    @abstractmethod
    def remove(self, event: Standing) -> None: ...

    @abstractmethod
    def retitle(self, event: Standing, title: str) -> None: ...


class TextPlace(MovingPlace):
    """Where an event is a text under a name: she moves it as most programs do, by writing it there and deleting it."""

    def standing(self) -> list[Standing]:
        return [
            Standing(name, key, match[1])
            for name in ("Work", "Home")
            for key, text in self._texts(name).items()
            if (match := _UID.search(text))
        ]

    def move(self, event: Standing) -> None:
        text = self._texts(event.calendar)[event.key]
        self.remove(event)
        self._put(_other(event.calendar), event.key, text)

    def retitle(self, event: Standing, title: str) -> None:
        text = self._texts(event.calendar)[event.key]
        self._put(event.calendar, event.key, _SUMMARY.sub(f"SUMMARY:{title}\r", text))

    @abstractmethod
    def _texts(self, calendar: str) -> dict[str, str]:
        """Name -> text."""

    @abstractmethod
    def _put(self, calendar: str, key: str, text: str) -> None: ...


class MemoryPlace(TextPlace):
    def __init__(self) -> None:
        self.world = EngineWorld("sqlite://")
        self._calendars = {"Work": self.world.work, "Home": self.world.server.add_calendar("Home")}

    def remove(self, event: Standing) -> None:
        calendar = self._calendars[event.calendar]
        self.world.server.remove(calendar, f"{calendar.remote_id}{event.key}.ics")

    def _texts(self, calendar: str) -> dict[str, str]:
        texts = self.world.server.texts(self._calendars[calendar])
        return {_name(href): text for href, text in texts.items()}

    def _put(self, calendar: str, key: str, text: str) -> None:
        self.world.server.put(self._calendars[calendar], key, text)


class DavPlace(TextPlace):
    def __init__(self, server: CalDavServer) -> None:
        remote = CalDavRemote(server)
        home = server.make_calendar(remote.account, displayname="Home", zone=ZONE)
        self._clients: dict[str, DavClient] = {"Work": remote.client, "Home": home.client()}
        self.world = EngineWorld("sqlite://")
        self.world.backend = lambda _server, **_access: remote.opened(remote.account.password)  # type: ignore[assignment]

    def remove(self, event: Standing) -> None:
        self._clients[event.calendar].delete_event(f"{event.key}.ics")

    def _texts(self, calendar: str) -> dict[str, str]:
        client = self._clients[calendar]
        return {_name(href): client.get_event(href) for href in client.list_hrefs()}

    def _put(self, calendar: str, key: str, text: str) -> None:
        self._clients[calendar].put_event(f"{key}.ics", text)


class GooglePlace(MovingPlace):
    """Google moves it as one deed: the id stays, and its old calendar keeps a tombstone."""

    def __init__(self, google: GoogleServer) -> None:
        self.world = GoogleWorld("sqlite://", google)
        self._google = google
        self._ids = {"Work": ADA, "Home": google.add_calendar(ADA, "Home", zone=ZONE)}

    def standing(self) -> list[Standing]:
        return [
            Standing(name, str(body["id"]), f"{body['id']}@freehold")
            for name, calendar_id in self._ids.items()
            for body in self._google.events(calendar_id)
        ]

    def move(self, event: Standing) -> None:
        self._google.move(self._ids[event.calendar], event.key, self._ids[_other(event.calendar)])

    def remove(self, event: Standing) -> None:
        self._google.cancel(self._ids[event.calendar], event.key)

    def retitle(self, event: Standing, title: str) -> None:
        self._google.change(self._ids[event.calendar], event.key, {"summary": title})


class Wire:
    """Between the engine and its backend: the answer to one of the next calls is lost, before or after its effect."""

    def __init__(self, world: EngineWorld) -> None:
        self._left: int | None = None
        self._after = False
        opened = world.engine._open_backend

        def cut(access: AccountAccess) -> CalendarBackend:
            return cast("CalendarBackend", _Cut(opened(access), self))

        world.engine._open_backend = cut

    def cut(self, call: int, *, after_effect: bool) -> None:
        """The call after the next ``call`` ones."""
        self._left, self._after = call, after_effect

    def mend(self) -> None:
        self._left = None

    def around(self, call: Callable[[], Any]) -> Any:
        struck = self._left == 0
        if self._left is not None:
            self._left = None if struck else self._left - 1
        if struck and not self._after:
            raise Unavailable("cut")
        answer = call()
        if struck:
            raise Unavailable("cut")
        return answer


class _Cut:
    def __init__(self, backend: CalendarBackend, wire: Wire) -> None:
        self._backend, self._wire = backend, wire

    def changes(self, *args: Any) -> Iterator[Any]:
        pages = iter(self._backend.changes(*args))
        while (page := self._wire.around(lambda: next(pages, None))) is not None:
            yield page

    def close(self) -> None:
        self._backend.close()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._backend, name)
        if name == "href_of" or not callable(found):
            return found
        return lambda *args, **named: self._wire.around(lambda: found(*args, **named))


def _other(calendar: str) -> str:
    return "Home" if calendar == "Work" else "Work"


def _name(href: str) -> str:
    return href.rpartition("/")[2].removesuffix(".ics")
