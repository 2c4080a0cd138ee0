"""One calendar at each kind of remote, with the world on its far side: other clients, stopped servers."""

from __future__ import annotations

from typing import Protocol
from urllib.parse import unquote, urlsplit

import requests

from sync.backends.access import AccountAccess
from sync.backends.caldav.backend import CalDavBackend, open_session
from sync.backends.memory import MemoryBackend, MemoryServer
from sync.backends.protocol import CalendarBackend, RemoteCalendar
from sync.http import GuardedSession
from tests.support.caldav_server import CalDavServer
from tests.support.dav_client import DavClient
from tests.support.quirks.server import QuirkServer

ZONE = "America/New_York"


class Remote(Protocol):
    """An account with one calendar "Work" whose zone is ``ZONE``; ``calendar`` is as discovery gives it."""

    backend: CalendarBackend
    calendar: RemoteCalendar

    def put(self, name: str, text: str) -> str:
        """Another client writes, whatever is there; returns the href."""

    def remove(self, href: str) -> None:
        """Another client deletes."""

    def text(self, href: str) -> str:
        """What another client reads."""

    def remove_calendar(self) -> None: ...

    def stop(self) -> None:
        """Nothing answers any more."""

    def opened(self, password: str) -> CalendarBackend:
        """Another way in, with this password."""

    def take_tasks(self) -> None:
        """``calendar`` is from now on another one, which holds tasks as well as events."""

    def requests(self) -> list[str]:
        """What ``backend`` has sent since the last call of this."""


class MemoryRemote:
    def __init__(self) -> None:
        self.server = MemoryServer()
        self.server.own_addresses = frozenset({"ada@example.com"})
        self.server.add_calendar("Work", zone=ZONE)
        self.backend = MemoryBackend(self.server)
        (self.calendar,) = self.backend.discover().calendars
        self.requests()

    def put(self, name: str, text: str) -> str:
        return self.server.put(self.calendar, name, text)

    def remove(self, href: str) -> None:
        self.server.remove(self.calendar, href)

    def text(self, href: str) -> str:
        return self.server.texts(self.calendar)[href]

    def remove_calendar(self) -> None:
        self.server.remove_calendar(self.calendar)

    def stop(self) -> None:
        self.server.reachable = False

    def opened(self, password: str) -> MemoryBackend:
        return MemoryBackend(self.server, password=password)

    def take_tasks(self) -> None:
        """It does already."""

    def requests(self) -> list[str]:
        operations = [call.operation for call in self.server.calls]
        self.server.calls.clear()
        return operations


class CalDavRemote:
    def __init__(self, server: CalDavServer) -> None:
        self.server = server
        self.account = server.fresh_account()
        made = server.make_calendar(self.account, zone=ZONE)
        self.client = made.client()
        self._sent: list[str] = []
        session = self._session(self.account.password)
        session.hooks["response"].append(self._note)
        self.backend = CalDavBackend(self._access(self.account.password), session=session)
        (self.calendar,) = self.backend.discover().calendars
        self.requests()

    def put(self, name: str, text: str) -> str:
        href = f"{urlsplit(self.client.url).path}{name}.ics"
        self.client.put_event(href, text)
        return href

    def remove(self, href: str) -> None:
        self.client.delete_event(href)

    def text(self, href: str) -> str:
        return self.client.get_event(href).replace("\r\n ", "")

    def remove_calendar(self) -> None:
        self.client.request("DELETE").demand(200, 204)

    def stop(self) -> None:
        self.server.stop()

    def opened(self, password: str) -> CalDavBackend:
        return CalDavBackend(self._access(password), session=self._session(password))

    def take_tasks(self) -> None:
        url = self.server.calendar_url(self.account.username, "everything")
        self.client.request("MKCALENDAR", url).demand(201)
        self.client = DavClient(url, self.account.username, self.account.password)
        path = urlsplit(url).path
        found = self.backend.discover().calendars
        self.calendar = next(item for item in found if unquote(item.remote_id) == unquote(path))

    def requests(self) -> list[str]:
        sent = list(self._sent)
        self._sent.clear()
        return sent

    def _session(self, password: str) -> GuardedSession:
        return open_session(self._access(password))

    def _access(self, password: str) -> AccountAccess:
        return AccountAccess(
            "caldav",
            self.account.url,
            self.account.username,
            password,
            own_addresses=frozenset({"ada@example.com"}),
            timeout_seconds=20,
            allow_private=True,
        )

    def _note(self, response: requests.Response, *args: object, **kwargs: object) -> None:
        self._sent.append(str(response.request.method))


class QuirkRemote(CalDavRemote):
    """A hosted server in small. Other clients speak to the store behind it; hrefs are those that the server names."""

    def __init__(self, server: QuirkServer) -> None:
        self._quirks = server
        super().__init__(server)

    def put(self, name: str, text: str) -> str:
        shown = f"{self.calendar.remote_id}{self._quirks.shown(f'{name}.ics')}"
        super().put(self._stored(shown).rpartition("/")[2].removesuffix(".ics"), text)
        return shown

    def remove(self, href: str) -> None:
        super().remove(self._stored(href))

    def text(self, href: str) -> str:
        return super().text(self._stored(href))

    def _stored(self, href: str) -> str:
        """The path in the store: every name of the tests is in small letters."""
        folder, _, name = href.rpartition("/")
        return f"{folder}/{name.lower() if self._quirks.quirks.shouts else name}"

    def _session(self, password: str) -> GuardedSession:
        return self._quirks.session(self._access(password))
