"""Who has which calendar, in which role and under which name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.support.google_server.book import Book
from tests.support.google_server.refusal import Refusal, not_found
from tests.support.google_server.shape import may

Body = dict[str, Any]


@dataclass
class Entry:
    """One calendar in one person's list."""

    role: str
    primary: bool = False
    override: str | None = None
    hidden: bool = False


@dataclass
class Accounts:
    books: dict[str, Book] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    lists: dict[str, dict[str, Entry]] = field(default_factory=dict)

    def resource(self, calendar_id: str, entry: Entry) -> Body:
        found: Body = {
            "kind": "calendar#calendarListEntry",
            "etag": f'"{calendar_id}-{entry.role}"',
            "id": calendar_id,
            "summary": self.names[calendar_id],
            "timeZone": self.books[calendar_id].zone,
            "accessRole": entry.role,
            "selected": True,
            "colorId": "14",
            "defaultReminders": [{"method": "popup", "minutes": 10}],
        }
        found |= {"primary": True} if entry.primary else {}
        found |= {"hidden": True} if entry.hidden else {}
        return found | ({"summaryOverride": entry.override} if entry.override else {})

    def listed(self, email: str, query: Body) -> list[Body]:
        needed = query.get("minAccessRole", "none")
        return [
            self.resource(calendar_id, entry)
            for calendar_id, entry in self.lists.get(email, {}).items()
            if may(entry.role, needed) and (not entry.hidden or query.get("showHidden"))
        ]

    def entry(self, email: str, calendar_id: str) -> tuple[str, Entry]:
        """The calendar's id and the person's entry for it. Raises 404."""
        mine = self.lists.get(email, {})
        if calendar_id == "primary":
            calendar_id = next((known for known, entry in mine.items() if entry.primary), "")
        entry = mine.get(calendar_id)
        if entry is None or calendar_id not in self.books:
            raise not_found()
        return calendar_id, entry

    def book(self, email: str, calendar_id: str, *, needed: str) -> tuple[Book, Entry]:
        """The events of a calendar this person may use in that role. Raises 404 and 403."""
        found, entry = self.entry(email, calendar_id)
        if entry.role == "none":
            raise not_found()
        if not may(entry.role, needed):
            message = f"You need to have {needed} access to this calendar."
            raise Refusal(403, "requiredAccessLevel", message, domain="calendar")
        return self.books[found], entry
