"""Each method of the API that this server has, as a function of the caller, the path, the query and the body."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.support.google_server import times
from tests.support.google_server.accounts import Accounts, Entry
from tests.support.google_server.book import Body, Book
from tests.support.google_server.channels import Channels
from tests.support.google_server.listing import Listings
from tests.support.google_server.refusal import Refusal, invalid
from tests.support.google_server.shape import shown

_FAR_AHEAD = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Asked:
    """One checked request. ``etag`` is its If-Match, ``unless`` its If-None-Match."""

    email: str
    path: dict[str, str]
    query: dict[str, Any]
    body: Body
    etag: str | None
    unless: str | None
    uri: str


@dataclass
class Api:
    """``mails`` are addresses Google would have written to; nobody may ever be among them because of a sync."""

    accounts: Accounts
    channels: Channels
    listings: Listings
    mails: list[tuple[str, str]] = field(default_factory=list)
    full_tombstones: bool = False

    def answer(self, method: str, asked: Asked) -> Any:
        """The resource, None for an empty answer. Raises Refusal."""
        resource, _, verb = method.partition(".")
        function = getattr(self, f"_{resource.lower()}_{verb}", None)
        if function is None:
            raise Refusal(501, "notImplemented", f"This server has no {method}.")
        return function(asked)

    def _calendarlist_list(self, asked: Asked) -> Body:
        items = self.accounts.listed(asked.email, asked.query)
        size, start = min(asked.query.get("maxResults", 100), 250), 0
        if "pageToken" in asked.query:
            if not asked.query["pageToken"].isdigit():
                raise invalid("Invalid page token value.", "pageToken")
            start = int(asked.query["pageToken"])
        more = (
            {"nextPageToken": str(start + size)} if start + size < len(items) else {"nextSyncToken": "list"}
        )
        return {
            "kind": "calendar#calendarList",
            "etag": '"list"',
            **more,
            "items": items[start : start + size],
        }

    def _calendarlist_get(self, asked: Asked) -> Body:
        found, entry = self.accounts.entry(asked.email, asked.path["calendarId"])
        return self.accounts.resource(found, entry)

    def _events_list(self, asked: Asked) -> Body:
        book, entry = self._book(asked, "freeBusyReader")
        zone = asked.query.get("timeZone", book.zone)
        page = self.listings.page(book, asked.query, lambda body: self._shown(body, asked, entry, book))
        return {
            "kind": "calendar#events",
            "etag": f'"{book.revision}"',
            "summary": self.accounts.names[book.calendar_id],
            "updated": book.now().strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "timeZone": zone,
            "accessRole": entry.role,
            "defaultReminders": [],
            **page,
        }

    def _events_instances(self, asked: Asked) -> Body:
        book, entry = self._book(asked, "freeBusyReader")
        query = asked.query
        until = datetime.fromisoformat(query["timeMax"]) if "timeMax" in query else _FAR_AHEAD
        found = book.instances_of(asked.path["eventId"], until)
        if "originalStart" in query:
            found = [body for body in found if _same_start(body["originalStartTime"], query["originalStart"])]
        if not query.get("showDeleted"):
            found = [body for body in found if body["status"] != "cancelled"]
        found = found[: min(query.get("maxResults", 250), 2500)]
        zone = query.get("timeZone", book.zone)
        items = [self._shown(body, asked, entry, book) for body in found]
        return {"kind": "calendar#events", "timeZone": zone, "accessRole": entry.role, "items": items}

    def _events_get(self, asked: Asked) -> Body:
        book, entry = self._book(asked, "freeBusyReader")
        return self._one(book.get(asked.path["eventId"]), asked, entry, book)

    def _events_insert(self, asked: Asked) -> Body:
        book, entry = self._book(asked, "writer")
        return self._written(book.insert(asked.body, asked.email), asked, entry, book)

    def _events_patch(self, asked: Asked) -> Body:
        book, entry = self._book(asked, "writer")
        return self._written(book.patch(asked.path["eventId"], asked.body, asked.etag), asked, entry, book)

    def _events_update(self, asked: Asked) -> Body:
        book, entry = self._book(asked, "writer")
        return self._written(book.replace(asked.path["eventId"], asked.body, asked.etag), asked, entry, book)

    def _events_delete(self, asked: Asked) -> None:
        book, _ = self._book(asked, "writer")
        event_id = asked.path["eventId"]
        self._mail(book.get(event_id), asked)
        book.delete(event_id, asked.etag)
        self.channels.changed(book.calendar_id)

    def _events_move(self, asked: Asked) -> Body:
        """The id stays; the source keeps a tombstone."""
        book, _ = self._book(asked, "writer")
        body = book.get(asked.path["eventId"])
        if body.get("eventType", "default") != "default" or "recurringEventId" in body:
            raise Refusal(400, "malformedRequest", "Only default events can be moved.")
        target, entry = self.accounts.book(asked.email, asked.query["destination"], needed="writer")
        exceptions = [stored.body for stored in book.exceptions(body["id"])]
        book.bury(body["id"])
        moved = target.store(
            {**body, "status": "confirmed" if body["status"] == "cancelled" else body["status"]}
        )
        for exception in exceptions:
            target.store(exception)
        self.channels.changed(book.calendar_id)
        return self._written(moved, asked, entry, target)

    def _events_watch(self, asked: Asked) -> Body:
        book, _ = self._book(asked, "freeBusyReader")
        uri = asked.uri.replace("/watch", "") + "?alt=json"
        return self.channels.watch(book.calendar_id, uri, asked.body).resource()

    def _channels_stop(self, asked: Asked) -> None:
        self.channels.stop(asked.body)

    def _freebusy_query(self, asked: Asked) -> Body:
        low, high = (datetime.fromisoformat(asked.body[name]) for name in ("timeMin", "timeMax"))
        items = asked.body.get("items") or []
        if len(items) > 50:
            raise invalid("Too many calendars requested.", "items")
        if low >= high:
            raise Refusal(400, "timeRangeEmpty", "The specified time range is empty.", domain="calendar")
        calendars: Body = {}
        for item in items:
            try:
                book, _ = self.accounts.book(asked.email, item["id"], needed="freeBusyReader")
            except Refusal:
                calendars[item["id"]] = {"errors": [{"domain": "global", "reason": "notFound"}], "busy": []}
                continue
            calendars[item["id"]] = {"busy": _periods(book, asked.email, low, high)}
        return {
            "kind": "calendar#freeBusy",
            "timeMin": asked.body["timeMin"],
            "timeMax": asked.body["timeMax"],
            "calendars": calendars,
        }

    def _book(self, asked: Asked, needed: str) -> tuple[Book, Entry]:
        return self.accounts.book(asked.email, asked.path["calendarId"], needed=needed)

    def _written(self, body: Body, asked: Asked, entry: Entry, book: Book) -> Body:
        self._mail(body, asked)
        self.channels.changed(book.calendar_id)
        return self._shown(body, asked, entry, book)

    def _one(self, body: Body, asked: Asked, entry: Entry, book: Book) -> Body:
        if asked.unless is not None and asked.unless == body["etag"]:
            raise Refusal(304, "notModified", "Not Modified")
        return self._shown(body, asked, entry, book)

    def _shown(self, body: Body, asked: Asked, entry: Entry, book: Book) -> Body:
        return shown(
            body,
            role=entry.role,
            owner=book.calendar_id,
            zone=asked.query.get("timeZone", book.zone),
            most_attendees=asked.query.get("maxAttendees"),
            full_tombstones=self.full_tombstones,
        )

    def _mail(self, body: Body, asked: Asked) -> None:
        if asked.query.get("sendUpdates", "none") == "none" and not asked.query.get("sendNotifications"):
            return
        others = [
            entry for entry in body.get("attendees", ()) if entry.get("email", "").lower() != asked.email
        ]
        self.mails += [(entry["email"], body["id"]) for entry in others if entry.get("email")]


def _same_start(original: Body, wanted: str) -> bool:
    if "date" in original:
        return bool(original["date"] == wanted)
    moment = datetime.fromisoformat(wanted)
    return moment.tzinfo is not None and datetime.fromisoformat(original["dateTime"]) == moment


def _periods(book: Book, email: str, low: datetime, high: datetime) -> list[Body]:
    spans = busy_spans(book, email, low, high)
    return [{"start": start.isoformat(), "end": end.isoformat()} for start, end in spans]


def busy_spans(book: Book, email: str, low: datetime, high: datetime) -> list[tuple[datetime, datetime]]:
    """Sorted, disjoint, cut at both ends."""
    spans = []
    for stored in book.events.values():
        body = stored.body
        if stored.cancelled or (stored.is_exception and body["recurringEventId"] in book.events):
            continue
        for found in book.instances_of(body["id"], high) if "recurrence" in body else [body]:
            start, end = (
                times.instant_of(found["start"], book.zone),
                times.instant_of(found["end"], book.zone),
            )
            if found["status"] != "cancelled" and start < high and low < end and _takes_time(found, email):
                spans.append((max(start, low), min(end, high)))
    merged: list[tuple[datetime, datetime]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _takes_time(body: Body, email: str) -> bool:
    own = [e for e in body.get("attendees", ()) if e.get("email", "").lower() == email]
    declined = any(entry.get("responseStatus") == "declined" for entry in own)
    return body.get("transparency") != "transparent" and not declined
