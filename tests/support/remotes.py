"""One calendar at each kind of remote, with the world on its far side: other clients, stopped servers."""

from __future__ import annotations

import json
from typing import Protocol
from urllib.parse import unquote, urlsplit

import requests

from sync.backends.access import AccountAccess
from sync.backends.caldav.backend import CalDavBackend, open_session
from sync.backends.google.backend import GoogleBackend
from sync.backends.memory import MemoryBackend, MemoryServer
from sync.backends.protocol import CalendarBackend, RemoteCalendar
from sync.http import GuardedSession
from tests.support.caldav_server import CalDavServer
from tests.support.dav_client import DavClient
from tests.support.google_ics import OURS, events_of, text_of, uid_in
from tests.support.google_server import GoogleServer
from tests.support.quirks.server import QuirkServer

ZONE = "America/New_York"


class Remote(Protocol):
    """An account with one calendar "Work" whose zone is ``ZONE``; ``calendar`` is as discovery gives it.

    ``burns_names``: an event that was removed keeps its name for ever.
    """

    burns_names: bool
    backend: CalendarBackend
    calendar: RemoteCalendar

    def put(self, name: str, text: str) -> str:
        """Another client writes, whatever is there; returns the href."""

    def remove(self, href: str) -> None:
        """Another client deletes."""

    def text(self, href: str) -> str:
        """What another client reads."""

    def hrefs(self) -> list[str]:
        """Of all objects another client sees; a series is one."""

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
    burns_names = False

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

    def hrefs(self) -> list[str]:
        return sorted(self.server.texts(self.calendar))

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
    burns_names = False

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

    def hrefs(self) -> list[str]:
        return self.client.list_hrefs()

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
        self.burns_names = server.quirks.remembers_uids
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


class GoogleRemote:
    """Other clients' names are nothing to Google: they are kept here, beside the ids it gives."""

    burns_names = True

    def __init__(self, server: GoogleServer) -> None:
        self.server = server
        self.server.add_person("ada@example.com", name="Work", zone=ZONE)
        self._names: dict[str, str] = {}
        self._stated = server.authorized_user("ada@example.com")
        self.backend = self._open(self._stated)
        (self.calendar,) = self.backend.discover().calendars
        self.requests()

    def put(self, name: str, text: str) -> str:
        uid = uid_in(text)
        made = uid.removesuffix(OURS) if uid.endswith(OURS) else f"hers{len(self._names):05d}"
        event_id = self._names.setdefault(name, made)
        if len(text) > 256 * 1024:
            self.server.plant(
                self.calendar.remote_id, {"id": event_id, "iCalUID": uid, "start": {"dateTime": "soon"}}
            )
            return event_id
        for body in events_of(text, event_id, ZONE):
            self.server.put(self.calendar.remote_id, body)
        return event_id

    def remove(self, href: str) -> None:
        self.server.cancel(self.calendar.remote_id, href)

    def text(self, href: str) -> str:
        events = self.server.events(self.calendar.remote_id)
        return text_of(
            [body for body in events if body["id"] == href or body.get("recurringEventId") == href]
        )

    def hrefs(self) -> list[str]:
        events = self.server.events(self.calendar.remote_id)
        return sorted(str(body["id"]) for body in events if "recurringEventId" not in body)

    def remove_calendar(self) -> None:
        self.server.remove_calendar(self.calendar.remote_id)

    def stop(self) -> None:
        self.server.stop()

    def opened(self, password: str) -> GoogleBackend:
        return self._open(self._stated | {"refresh_token": password})

    def take_tasks(self) -> None:
        """Google keeps tasks elsewhere."""

    def requests(self) -> list[str]:
        return [call.method for call in self.server.take_calls()]

    def _open(self, stated: dict[str, str]) -> GoogleBackend:
        return GoogleBackend(
            AccountAccess(
                "google", "", "", json.dumps(stated), timeout_seconds=20, api_endpoint=self.server.url
            )
        )
