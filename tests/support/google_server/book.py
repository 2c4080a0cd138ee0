"""One calendar's events, with everything that happens to them in order: etags, tombstones, masters and exceptions."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from tests.support.google_server import times
from tests.support.google_server.refusal import Refusal, gone, invalid, not_found

Body = dict[str, Any]
_CLIENT_ID = re.compile(r"[0-9a-v]{5,1024}", re.ASCII)
_READ_ONLY = frozenset({"kind", "etag", "created", "updated", "creator", "htmlLink", "hangoutLink", "locked"})
_SCHEDULE = frozenset({"start", "end", "recurrence", "status", "location", "originalStartTime"})
_MOST_INSTANCES = 2_000
_DEFAULTS = {"eventType": "default", "status": "confirmed", "reminders": {"useDefault": True}}


@dataclass
class Stored:
    """One event, exception or tombstone. ``revision`` is that of the calendar when it last changed."""

    body: Body
    revision: int

    @property
    def cancelled(self) -> bool:
        return bool(self.body["status"] == "cancelled")

    @property
    def is_exception(self) -> bool:
        return "recurringEventId" in self.body


@dataclass
class Book:
    """``writer`` is who an event's organizer and creator are; ``now`` reads the server's clock."""

    calendar_id: str
    zone: str
    now: Callable[[], datetime]
    events: dict[str, Stored] = field(default_factory=dict)
    revision: int = 0
    forgotten: int = 0
    """Sync tokens of this revision and older are no longer honoured."""

    # Reading.

    def get(self, event_id: str) -> Body:
        """Whatever has this id, a tombstone or an instance of a series included. Raises 404."""
        stored = self.events.get(event_id)
        if stored is not None:
            return stored.body
        instance = self._instance(event_id)
        if instance is None:
            raise not_found()
        return instance

    def exceptions(self, master_id: str) -> list[Stored]:
        return [s for s in self.events.values() if s.body.get("recurringEventId") == master_id]

    def instances_of(self, master_id: str, until: datetime) -> list[Body]:
        """Every instance that begins before ``until``, with its own fields where it has any, cancelled ones too."""
        master = self._living_master(master_id)
        own = {times.suffix_of(s.body["originalStartTime"]): s.body for s in self.exceptions(master_id)}
        found = []
        for start, end in islice(times.instances(master), _MOST_INSTANCES):
            if times.instant_of(start, self.zone) >= until:
                break
            suffix = times.suffix_of(start)
            found.append(own.pop(suffix) if suffix in own else _virtual(master, start, end))
        return found + list(own.values())

    # Writing, as the API does it. ``etag``: the If-Match header.

    def insert(self, body: Body, writer: str) -> Body:
        wanted = body.get("id")
        if wanted is not None and body.get("iCalUID") is not None:
            raise invalid("Only one of id and iCalUID may be supplied.", "iCalUID")
        if wanted is not None and _CLIENT_ID.fullmatch(wanted) is None:
            raise invalid("Invalid resource id value.", "id")
        if wanted in self.events:
            raise Refusal(409, "duplicate", "The requested identifier already exists.")
        event_id = wanted or f"made{self.revision:06d}{len(self.events):x}"
        fresh = {"iCalUID": f"{event_id}@google.com", **_without_read_only(body), "id": event_id}
        who = {"email": writer, "self": True}
        return self.place(fresh | {"creator": who, "organizer": who, "created": self._stamp()})

    def replace(self, event_id: str, body: Body, etag: str | None) -> Body:
        """events.update: what is left out is gone."""
        current = self._writable(event_id, etag)
        kept = {name: current[name] for name in _KEPT if name in current}
        return self.place({**_without_read_only(body), **kept})

    def patch(self, event_id: str, body: Body, etag: str | None) -> Body:
        """Objects are merged, lists replaced, null removes."""
        current = self._writable(event_id, etag)
        merged = _merged(current, _without_read_only(body))
        if merged["id"] != current["id"] or merged["iCalUID"] != current["iCalUID"]:
            raise invalid("An event's ids cannot be changed.")
        if body.get("reminders") is not None and set(body) == {"reminders"}:
            return self.place(merged, updated=current["updated"])
        return self.place(merged)

    def delete(self, event_id: str, etag: str | None) -> None:
        current = self.get(event_id)
        self._demand(current, etag)
        if current["status"] == "cancelled":
            raise gone()
        self.bury(event_id)

    # What both the API and the owner's own programs come down to.

    def place(self, body: Body, *, updated: str | None = None) -> Body:
        """Store an event as a whole, checked and in Google's own form; it gets a new etag."""
        body = {name: value for name, value in body.items() if value is not None}
        recurs = bool(body.get("recurrence"))
        for name in ("start", "end", "originalStartTime"):
            if name != "originalStartTime" or name in body:
                body[name] = times.normal_time(body.get(name), name, self.zone, recurs=recurs)
        times.check_span(body["start"], body["end"])
        if recurs:
            body["recurrence"] = times.normal_recurrence(body["recurrence"], body["start"])
        else:
            body.pop("recurrence", None)
        if body.get("transparency") == "opaque":
            del body["transparency"]
        if body.get("visibility") == "default":
            del body["visibility"]
        return self.store({**copy.deepcopy(_DEFAULTS), **body}, updated=updated)

    def store(self, body: Body, *, updated: str | None = None) -> Body:
        """Store as it is, however wrong: what Google might send some day."""
        known = self.events.get(body["id"])
        before = {} if known is None else known.body
        self.revision += 1
        moved = any(before.get(name) != body.get(name) for name in _SCHEDULE)
        body = {
            **body,
            "kind": "calendar#event",
            "etag": f'"{self.revision:016d}"',
            "updated": updated or self._stamp(),
            "sequence": int(before.get("sequence", -1)) + 1 if moved else before.get("sequence", 0),
        }
        self.events[body["id"]] = Stored(body, self.revision)
        return body

    def bury(self, event_id: str, *, cascade: bool = True) -> None:
        """Cancel an event, one instance of a series, or a series with its exceptions."""
        body = self.get(event_id)
        self.store(body | {"status": "cancelled"})
        if cascade and "recurringEventId" not in body:
            for exception in self.exceptions(event_id):
                del self.events[exception.body["id"]]

    def _writable(self, event_id: str, etag: str | None) -> Body:
        current = self.get(event_id)
        self._demand(current, etag)
        if current["status"] == "cancelled" and "recurringEventId" not in current:
            raise Refusal(403, "forbidden", "Forbidden")
        return current

    def _demand(self, current: Body, etag: str | None) -> None:
        if etag is not None and etag not in ("*", current["etag"]):
            raise Refusal(
                412, "conditionNotMet", "Precondition Failed", location="If-Match", location_type="header"
            )

    def _instance(self, event_id: str) -> Body | None:
        split = times.split_instance_id(event_id)
        master = None if split is None else self.events.get(split[0])
        if split is None or master is None or master.cancelled or "recurrence" not in master.body:
            return None
        for start, end in islice(times.instances(master.body), _MOST_INSTANCES):
            if times.suffix_of(start) == split[1]:
                return _virtual(master.body, start, end)
        return None

    def _living_master(self, master_id: str) -> Body:
        body = self.get(master_id)
        if body["status"] == "cancelled":
            raise not_found()
        if "recurrence" not in body:
            raise invalid("The event is not a recurring one.", "eventId")
        return body

    def _stamp(self) -> str:
        return self.now().strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


_KEPT = frozenset(
    {"id", "iCalUID", "created", "creator", "organizer", "recurringEventId", "originalStartTime", "eventType"}
)


def _without_read_only(body: Body) -> Body:
    return {name: value for name, value in body.items() if name not in _READ_ONLY}


def _virtual(master: Body, start: Body, end: Body) -> Body:
    inherited = {name: value for name, value in master.items() if name != "recurrence"}
    suffix = times.suffix_of(start)
    own = {"id": f"{master['id']}_{suffix}", "recurringEventId": master["id"], "originalStartTime": start}
    return {**inherited, **own, "start": start, "end": end}


def _merged(current: Body, patch: Body) -> Body:
    result = dict(current)
    for name, value in patch.items():
        known = result.get(name)
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict) and isinstance(known, dict):
            result[name] = _merged(known, value)
        else:
            result[name] = value
    return result


def tombstone(body: Body) -> Body:
    """All that is certain of a cancelled event; of an instance of a living series also which one it is."""
    names = ("kind", "etag", "id", "status", "recurringEventId", "originalStartTime")
    return {name: body[name] for name in names if name in body}
