"""Reading one calendar: everything, or what changed since a sync token (guide "Synchronize resources efficiently")."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from sync.backends.errors import SyncTokenInvalid, Unavailable
from sync.backends.google.assembly import Assembly
from sync.backends.google.calls import NOT_GOOGLE, PARAMS, Calls, JsonObject, items_of
from sync.backends.google.parts import Parts, object_of, parts_of
from sync.backends.protocol import Cursor, CursorKind, Known, Page, RemoteCalendar, RemoteObject
from sync.codecs.google import is_cancelled, series_id
from sync.model.identity import event_uid

_OBJECTS_A_PAGE = 100
_NAMES_A_PAGE = 2_000


class Reader:
    """Reads one calendar with series as Google keeps them: recurrence is worked out by the mirror, never by Google."""

    def __init__(self, calls: Calls, calendar: RemoteCalendar, own_addresses: frozenset[str]) -> None:
        self._calls = calls
        self._calendar = calendar
        self._own = own_addresses

    def changes(self, cursor: Cursor | None, known: Known) -> Iterator[Page]:
        """As ``CalendarBackend.changes``. One request a page of up to 2,500 events, however few of them changed."""
        if cursor is not None and (cursor.kind is not CursorKind.GOOGLE or cursor.params != PARAMS):
            raise SyncTokenInvalid("The calendar was read in another way before.")
        full = cursor is None
        assembly = Assembly(self._own, full)
        outgoing = _Outgoing(self._calendar, full, known.etags() if full else {})
        token = None
        for answer in self._calls.events(
            self._calendar.remote_id, sync_token=cursor.value if cursor is not None else None
        ):
            for event in items_of(answer):
                whole = assembly.take(event)
                if whole is not None:
                    outgoing.add(*whole)
                else:
                    outgoing.take_back(str(event["id"]))
            yield from outgoing.pages()
            token = answer.get("nextSyncToken")
        if not isinstance(token, str) or not token:
            raise Unavailable(NOT_GOOGLE)
        for href, parts in assembly.rest(known, self._lookup):
            outgoing.add(href, parts)
            yield from outgoing.pages()
        yield from outgoing.last(assembly.gone, Cursor(CursorKind.GOOGLE, token, PARAMS))

    def read(self, href: str) -> RemoteObject | None:
        """One request, a second one for a series: its exceptions are events apart."""
        parts = self._lookup(href)
        return None if parts is None else object_of(href, parts, self._calendar)

    def find(self, uid: str) -> RemoteObject | None:
        name = uid.partition("@")[0]
        if uid == event_uid(name):
            # Ids never change at Google, not even when an event is moved to another calendar.
            return self.read(name)
        events = self._with_uid(uid)
        living = [event for event in events if not is_cancelled(event) and event.get("iCalUID") == uid]
        if not living:
            return None
        masters = (str(event["id"]) for event in living if not event.get("recurringEventId"))
        href = next(masters, series_id(living[0]))
        return object_of(href, parts_of(href, events, self._own), self._calendar)

    def _lookup(self, href: str) -> Parts | None:
        event = self._calls.event(self._calendar.remote_id, href)
        if event is None or is_cancelled(event):
            return None
        events: list[JsonObject] = [event]
        if event.get("recurrence") and event.get("iCalUID"):
            events = [*self._with_uid(str(event["iCalUID"])), event]
        return parts_of(href, events, self._own)

    def _with_uid(self, uid: str) -> list[JsonObject]:
        """Masters and exceptions, cancelled instances among them; what was deleted as a whole is left out."""
        pages = self._calls.events(self._calendar.remote_id, uid=uid)
        events = [event for page in pages for event in items_of(page)]
        return [event for event in events if event.get("recurringEventId") or not is_cancelled(event)]


class _Outgoing:
    """Objects gathered into pages. Of a full reading, those whose etag is known are only named."""

    def __init__(self, calendar: RemoteCalendar, full: bool, etags: Mapping[str, str | None]) -> None:
        self._calendar, self._full, self._etags = calendar, full, etags
        self._changed: dict[str, RemoteObject] = {}
        self._present: list[str] = []

    def add(self, href: str, parts: Parts) -> None:
        if parts.etag and self._etags.get(href) == parts.etag:
            self._present.append(href)
        else:
            self._changed[href] = object_of(href, parts, self._calendar)

    def take_back(self, href: str) -> None:
        """What waits to be sent out of an event that is named again, and is another by now."""
        self._changed.pop(href, None)

    def pages(self) -> Iterator[Page]:
        """Full pages of what was added; the last part is held back for the page with the cursor."""
        while len(self._changed) > _OBJECTS_A_PAGE or len(self._present) > _NAMES_A_PAGE:
            yield self._page()

    def last(self, gone: set[str], cursor: Cursor) -> Iterator[Page]:
        yield from self.pages()
        names = iter(sorted(gone))
        while len(part := tuple(islice(names, _NAMES_A_PAGE))) == _NAMES_A_PAGE:
            yield Page(gone=part, full=self._full)
        page = self._page()
        yield Page(page.changed, part, page.present, cursor=cursor, full=self._full)

    def _page(self) -> Page:
        hrefs = list(islice(self._changed, _OBJECTS_A_PAGE))
        changed = tuple(self._changed.pop(href) for href in hrefs)
        present, self._present = self._present[:_NAMES_A_PAGE], self._present[_NAMES_A_PAGE:]
        return Page(changed, (), tuple(present), full=self._full)
