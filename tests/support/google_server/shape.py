"""What a reader is shown of an event: by her role in the calendar, in the zone she asks for."""

from __future__ import annotations

from typing import Any

from tests.support.google_server import times
from tests.support.google_server.book import Body, tombstone

_TIMES_ONLY = frozenset(
    {
        "kind", "etag", "id", "status", "iCalUID", "start", "end", "recurrence", "recurringEventId",
        "originalStartTime", "transparency", "eventType", "updated",
    }
)  # fmt: skip
ROLES = ("none", "freeBusyReader", "reader", "writer", "owner")


def may(role: str, needed: str) -> bool:
    return ROLES.index(role) >= ROLES.index(needed)


def shown(
    body: Body, *, role: str, owner: str, zone: str, most_attendees: int | None, full_tombstones: bool
) -> Body:
    """``owner`` is the calendar's: the guest marked as ``self`` is whose copy it is, whoever reads it."""
    if body["status"] == "cancelled" and not full_tombstones:
        return _with_times(tombstone(body), zone)
    found = dict(body)
    hidden = role == "freeBusyReader" or (
        role == "reader" and body.get("visibility") in ("private", "confidential")
    )
    if hidden:
        found = {name: value for name, value in body.items() if name in _TIMES_ONLY} | {
            "visibility": "private"
        }
    attendees = found.get("attendees")
    if attendees:
        found["attendees"] = _attendees(attendees, owner, most_attendees)
        if most_attendees is not None and len(attendees) > most_attendees:
            found["attendeesOmitted"] = True
    return _with_times(found, zone)


def _attendees(listed: list[Body], owner: str, most: int | None) -> list[Body]:
    marked = [entry | ({"self": True} if entry.get("email", "").lower() == owner else {}) for entry in listed]
    if most is not None and len(marked) > most:
        return [entry for entry in marked if entry.get("self")]
    return marked


def _with_times(body: dict[str, Any], zone: str) -> Body:
    stated = {name: body[name] for name in ("start", "end", "originalStartTime") if name in body}
    return body | {name: _time(value, zone) for name, value in stated.items()}


def _time(value: Any, zone: str) -> Any:
    try:
        return times.shown(value, zone)
    except (KeyError, TypeError, ValueError):
        return value  # one that a test planted to be wrong
