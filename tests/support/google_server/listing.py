"""events.list and events.instances: pages of any size, sync tokens bound to what was asked."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.support.google_server import times
from tests.support.google_server.book import Body, Book, Stored
from tests.support.google_server.refusal import Refusal, invalid

_NOT_WITH_TOKEN = (
    "iCalUID", "orderBy", "privateExtendedProperty", "q", "sharedExtendedProperty", "timeMin", "timeMax", "updatedMin",
)  # fmt: skip
_NO_TOKEN_AFTER = frozenset(_NOT_WITH_TOKEN) - {"timeMin", "timeMax"}
_UNBOUND = frozenset(
    {"pageToken", "syncToken", "maxResults", "fields", "alt", "prettyPrint", "quotaUser", "key"}
)
_AHEAD = timedelta(days=400)

PageSizes = Callable[[], int | None]


@dataclass
class Listings:
    """The pages handed out by one server. ``sizes`` gives the size of the next page, None for what was asked for."""

    sizes: PageSizes = lambda: None
    open: dict[str, tuple[str, list[Body], str | None]] = field(default_factory=dict)

    def page(self, book: Book, query: Body, show: Callable[[Body], Body]) -> Body:
        """``items`` and one of the two tokens."""
        bound = _bound(query)
        given = query.get("pageToken")
        if given is not None:
            asked, items, token = self.open.get(given, ("", [], None))
            if asked != f"{book.calendar_id}|{bound}":
                raise invalid("Invalid page token value.", "pageToken")
        else:
            items = [show(body) for body in self._selected(book, query, bound)]
            token = None if _NO_TOKEN_AFTER & query.keys() else _token(book, bound)
        asked_size = min(query.get("maxResults", 250), 2500)
        planned = self.sizes()
        size = asked_size if planned is None else min(planned, asked_size)
        part, rest = items[:size], items[size:]
        if not rest:
            return {"items": part} | ({} if token is None else {"nextSyncToken": token})
        name = base64.urlsafe_b64encode(f"page{len(self.open)}".encode()).decode()
        self.open[name] = (f"{book.calendar_id}|{bound}", rest, token)
        return {"items": part, "nextPageToken": name}

    def name_again(self, body: Body) -> None:
        """What changes while a client asks for pages may be named once more, on the last of them."""
        for name, (asked, items, token) in self.open.items():
            self.open[name] = (asked, [*items, body], token)

    def _selected(self, book: Book, query: Body, bound: str) -> Iterator[Body]:
        token = query.get("syncToken")
        if token is not None:
            return iter(_since(book, token, query, bound))
        if query.get("orderBy") == "startTime" and not query.get("singleEvents"):
            raise invalid("The requested ordering is not available for the particular query.", "orderBy")
        return _matching(book, query)


def _bound(query: Body) -> str:
    stated = {
        name: value for name, value in query.items() if name not in _UNBOUND and name not in _NOT_WITH_TOKEN
    }
    return hashlib.sha256(json.dumps(stated, sort_keys=True).encode()).hexdigest()[:12]


def _token(book: Book, bound: str) -> str:
    stated = {"c": book.calendar_id, "r": book.revision, "p": bound}
    return base64.urlsafe_b64encode(json.dumps(stated).encode()).decode()


def _since(book: Book, token: str, query: Body, bound: str) -> list[Body]:
    for name in _NOT_WITH_TOKEN:
        if name in query:
            raise invalid("Sync token cannot be used with this parameter.", name)
    if query.get("showDeleted") is False:
        raise invalid("Sync token cannot be used with showDeleted=false.", "showDeleted")
    try:
        stated = json.loads(base64.urlsafe_b64decode(token))
        revision, calendar, asked = int(stated["r"]), stated["c"], stated["p"]
    except (ValueError, KeyError, TypeError):
        raise invalid("Invalid sync token value.", "syncToken") from None
    if calendar != book.calendar_id or asked != bound:
        raise invalid("Invalid sync token value.", "syncToken")
    if revision < book.forgotten:
        message = "Sync token is no longer valid, a full sync is required."
        raise Refusal(410, "fullSyncRequired", message, domain="calendar", location="syncToken")
    changed = sorted((s for s in book.events.values() if s.revision > revision), key=lambda s: s.revision)
    return [stored.body for stored in changed]


def _matching(book: Book, query: Body) -> Iterator[Body]:
    chosen = _expanded(book, query) if query.get("singleEvents") else _stored(book, query)
    for body in chosen:
        if body["status"] == "cancelled" or _fits(book, body, query):
            yield body


def _stored(book: Book, query: Body) -> list[Body]:
    """Masters, single events and exceptions in a stable order that says nothing."""
    shown = [s for s in book.events.values() if not s.cancelled or _shows_cancelled(book, s, query)]
    shown = [s for s in shown if s.cancelled is False or _same_uid(s.body, query)]
    return [s.body for s in sorted(shown, key=lambda s: hashlib.md5(s.body["id"].encode()).digest())]


def _same_uid(body: Body, query: Body) -> bool:
    return "iCalUID" not in query or body.get("iCalUID") == query["iCalUID"]


def _shows_cancelled(book: Book, stored: Stored, query: Body) -> bool:
    """Cancelled instances of a living series belong to it and are shown in any case."""
    if query.get("showDeleted") or "updatedMin" in query:
        return True
    master = book.events.get(stored.body.get("recurringEventId", ""))
    return stored.is_exception and (master is None or not master.cancelled)


def _expanded(book: Book, query: Body) -> list[Body]:
    until = datetime.fromisoformat(query["timeMax"]) if "timeMax" in query else book.now() + _AHEAD
    found: list[Body] = []
    for stored in book.events.values():
        if stored.cancelled or stored.is_exception:
            continue
        recurs = "recurrence" in stored.body
        found += book.instances_of(stored.body["id"], until) if recurs else [stored.body]
    living = [body for body in found if body["status"] != "cancelled" or query.get("showDeleted")]
    return sorted(living, key=lambda body: times.instant_of(body["start"], book.zone))


def _fits(book: Book, body: Body, query: Body) -> bool:
    if not _same_uid(body, query):
        return False
    if "eventTypes" in query and body.get("eventType", "default") not in query["eventTypes"]:
        return False
    if "q" in query and query["q"].lower() not in json.dumps(body).lower():
        return False
    private = body.get("extendedProperties", {}).get("private", {})
    for pair in query.get("privateExtendedProperty", ()):
        name, _, value = pair.partition("=")
        if private.get(name) != value:
            return False
    return _in_time(book, body, query)


def _in_time(book: Book, body: Body, query: Body) -> bool:
    if "updatedMin" in query and datetime.fromisoformat(body["updated"]) < datetime.fromisoformat(
        query["updatedMin"]
    ):
        return False
    if "timeMax" in query and _instant(book, body, "start") >= datetime.fromisoformat(query["timeMax"]):
        return False
    if "timeMin" in query and "recurrence" not in body:
        return _instant(book, body, "end") > datetime.fromisoformat(query["timeMin"])
    return True


def _instant(book: Book, body: Body, field: str) -> datetime:
    return times.instant_of(body[field], book.zone)
