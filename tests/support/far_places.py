"""The remotes that the model of the engine plays against: CalDAV servers, hosted ones in small, and a Google."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import unquote, urlsplit

from sync.backends.caldav.backend import CalDavBackend
from sync.backends.google.backend import GoogleBackend
from sync.http import GuardedSession
from tests.support.dav_client import CALDAV
from tests.support.google_ics import Body, events_of, text_of, uid_in
from tests.support.google_server import GoogleServer
from tests.support.quirks.server import QuirkServer
from tests.support.remotes import ZONE, CalDavRemote, GoogleRemote, QuirkRemote

_EVERYTHING = (
    "<C:calendar-query {namespaces}><prop><getetag/><C:calendar-data/></prop>"
    '<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"/></C:comp-filter></C:filter>'
    "</C:calendar-query>"
)


class DavPlace:
    operations = ("PROPFIND", "REPORT", "GET", "PUT", "DELETE")
    keeps_unknown = truthful = True
    restates = False

    def __init__(self, remote: CalDavRemote) -> None:
        self.remote = remote
        self.calendar = remote.calendar

    def put(self, name: str, text: str) -> str:
        return self.remote.put(name, text)

    def remove(self, href: str) -> None:
        self.remote.remove(href)

    def texts(self) -> dict[str, str]:
        found = self.remote.client.report(_EVERYTHING).resources()
        return {
            self._shown(item.href): _unfolded(item.text(f"{CALDAV}calendar-data") or "") for item in found
        }

    def open(self) -> tuple[CalDavBackend, GuardedSession]:
        backend = self.remote.opened(self.remote.account.password)
        return backend, backend._session

    def written(self, method: str, path: str, body: bytes) -> str:
        return self._shown(path)

    def forget_tokens(self) -> bool:
        return False

    def be_patient(self) -> None:
        """It is."""

    def _shown(self, href: str) -> str:
        return unquote(urlsplit(href).path)


class QuirkPlace(DavPlace):
    def __init__(self, server: QuirkServer) -> None:
        super().__init__(QuirkRemote(server))
        quirks = server.quirks
        self._server = server
        self.keeps_unknown = not quirks.rewrites
        self.restates = quirks.rewrites or quirks.replaces_uid
        lies = quirks.lossy or quirks.hides_deletions or quirks.multiget_misses or quirks.search_lags
        self.truthful = not lies and quirks.unknown_token[0] != 207

    def be_patient(self) -> None:
        self._server.play.quirks = replace(self._server.quirks, patience=None)

    def _shown(self, href: str) -> str:
        folder, _, name = super()._shown(href).rpartition("/")
        # Of the two spellings the one of its listings, which is the one that is stored.
        spelled = folder.replace("@", "%40") if self._server.quirks.spells_at_twice else folder
        return f"{spelled}/{self._server.shown(name)}"


class GooglePlace:
    """Her programs patch what she changed and leave the rest as it is; what she undeletes is as it was."""

    operations = ("GET", "POST", "PATCH", "DELETE")
    keeps_unknown = truthful = True
    restates = False

    def __init__(self, server: GoogleServer) -> None:
        self.server = server
        self.remote = GoogleRemote(server)
        self.calendar = self.remote.calendar
        self._removed: dict[str, list[Body]] = {}
        self._made = 0

    def put(self, name: str, text: str) -> str:
        parts = self._parts(name)
        if name in self._removed:
            for body in self._removed.pop(name):
                self._store(body)
        elif parts and not parts[0].get("recurrence") and "RRULE" not in text:
            before = events_of(text_of(parts), name, ZONE)[0]
            after = events_of(text, name, ZONE)[0]
            self.server.change(self.calendar.remote_id, name, _difference(before, after))
        else:
            return self._put_whole(name, text, parts)
        return name

    def remove(self, href: str) -> None:
        self._removed[href] = self._parts(href)
        self.server.cancel(self.calendar.remote_id, href)

    def texts(self) -> dict[str, str]:
        events = self.server.events(self.calendar.remote_id)
        masters = [body for body in events if "recurringEventId" not in body]
        return {body["id"]: text_of(self._parts(body["id"], events)) for body in masters}

    def open(self) -> tuple[GoogleBackend, GuardedSession]:
        backend = self.remote.opened(self.remote._stated["refresh_token"])
        return backend, backend._transport.session

    def written(self, method: str, path: str, body: bytes) -> str:
        return str(json.loads(body)["id"]) if method == "POST" else path.rpartition("/")[2]

    def be_patient(self) -> None:
        """It is."""

    def forget_tokens(self) -> bool:
        self.server.forget_tokens(self.calendar.remote_id)
        return True

    def _parts(self, event_id: str, events: list[Body] | None = None) -> list[Body]:
        """Master first."""
        listed = self.server.events(self.calendar.remote_id) if events is None else events
        own = [body for body in listed if body["id"] == event_id]
        return own + [body for body in listed if own and body.get("recurringEventId") == event_id]

    def _put_whole(self, name: str, text: str, parts: list[Body]) -> str:
        """A series and its exceptions. What was an exception and is none now is an instance like the others."""
        if not parts:
            self._made += 1
        event_id = name if parts else f"hers{self._made:05d}"
        bodies = events_of(text, event_id, ZONE)
        for body in bodies:
            self._store({**body, "iCalUID": uid_in(text)})
        book = self.server.accounts.books[self.calendar.remote_id]
        for exception in parts[1:]:
            if exception["id"] in {body["id"] for body in bodies}:
                continue
            del book.events[exception["id"]]
            plain = book._instance(exception["id"])
            book.store({**exception, "status": "cancelled"} if plain is None else plain)
        return event_id

    def _store(self, body: Body) -> None:
        self.server.put(self.calendar.remote_id, body)


def _difference(before: Body, after: Body) -> dict[str, Any]:
    names = {*before, *after} - {"id", "iCalUID"}
    return {name: after.get(name) for name in names if before.get(name) != after.get(name)}


def _unfolded(text: str) -> str:
    """As a server in memory keeps it: CRLF, though XML makes one character of it."""
    return text.replace("\r\n", "\n").replace("\n ", "").replace("\n", "\r\n")
