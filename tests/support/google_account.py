"""One person's account at a Google of our own, seen from both sides."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from sync.backends.access import AccountAccess
from sync.backends.google.backend import GoogleBackend
from sync.backends.protocol import Cursor, Known, Page, RemoteCalendar, RemoteObject
from tests.support.google_server import GoogleServer

ADA = "ada@example.com"
ZONE = "America/New_York"


def access(server: GoogleServer, stated: Mapping[str, str] | None = None, **rest: Any) -> AccountAccess:
    document = json.dumps(stated or server.authorized_user(ADA))
    return AccountAccess("google", "", "", document, timeout_seconds=20, api_endpoint=server.url, **rest)


class GoogleAccount:
    """Ada's only calendar, her primary one, and a mirror of it that keeps what a backend wants back."""

    def __init__(self, server: GoogleServer) -> None:
        self.server = server
        self.id = server.add_person(ADA, zone=ZONE, name="Work")
        self.backend = GoogleBackend(access(server))
        self.mirror: dict[str, RemoteObject] = {}
        self.cursor: Cursor | None = None
        (self.calendar,) = self.backend.discover().calendars
        server.take_calls()

    def read(self, cursor: Cursor | None = None, known: Known | None = None) -> list[Page]:
        return list(self.backend.changes(self.calendar, cursor, known or Known()))

    def everything(self) -> dict[str, RemoteObject]:
        """A full reading that knows nothing from before."""
        return {seen.href: seen for page in self.read() for seen in page.changed}

    def follow(self) -> None:
        """Bring ``mirror`` up to date as the engine does: in full at first, then by what changed."""
        pages = self.read(self.cursor, Known(self._etags, self._texts))
        named = {seen.href for page in pages for seen in page.changed} | {
            href for page in pages for href in page.present
        }
        for page in pages:
            for href in page.gone:
                self.mirror.pop(href, None)
            self.mirror |= {seen.href: seen for seen in page.changed}
        if pages[-1].full:
            self.mirror = {href: seen for href, seen in self.mirror.items() if href in named}
        self.cursor = pages[-1].cursor

    def calls(self) -> list[str]:
        return [call.method for call in self.server.take_calls()]

    def put(self, body: Mapping[str, Any]) -> str:
        """Ada makes or replaces an event; returns its id."""
        return str(self.server.put(self.id, dict(body))["id"])

    def other(self, name: str, role: str, **rest: Any) -> RemoteCalendar:
        """A further calendar in her list, in this role."""
        made = self.server.add_calendar(ADA, name, role=role, **rest)
        return next(item for item in self.backend.discover().calendars if item.remote_id == made)

    def _etags(self) -> dict[str, str | None]:
        return {href: seen.etag for href, seen in self.mirror.items()}

    def _texts(self, hrefs: Collection[str]) -> dict[str, bytes]:
        return {
            href: self.mirror[href].raw for href in hrefs if href in self.mirror and self.mirror[href].keep
        }


def timed(start: str, end: str, zone: str = ZONE, **rest: Any) -> dict[str, Any]:
    """An event body; local times as ``2026-03-03T10:00:00``."""
    return {
        "summary": "Meeting",
        "start": {"dateTime": start, "timeZone": zone},
        "end": {"dateTime": end, "timeZone": zone},
        **rest,
    }


def weekly(rule: str = "RRULE:FREQ=WEEKLY;COUNT=5", **rest: Any) -> dict[str, Any]:
    """Tuesdays at ten in New York, from the 3rd of March 2026 on."""
    return timed("2026-03-03T10:00:00", "2026-03-03T11:00:00", recurrence=[rule], **rest)
