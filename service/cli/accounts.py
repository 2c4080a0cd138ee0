"""``freehold accounts``: how every account and calendar stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from booking.store.tables import practice as practice_table
from service.cli.opening import opened
from service.cli.output import say, say_document, say_table
from service.cli.places import practice_of
from service.ops.status import account_documents


def accounts(practice: str | None, *, json: bool) -> None:
    """Of one practice if it is named, else of all, one after the other."""
    with opened(json=json) as runtime, runtime.database.read() as connection:
        now = runtime.now()
        items = [
            item
            for id in _practices(connection, practice)
            for item in account_documents(connection, practice_id=id, now=now)
        ]
    if json:
        say_document({"items": items})
        return
    if not items:
        say("no accounts yet; [[providers.accounts]] in the practice file names them")
        return
    columns = ("account", "calendar", "role", "state", "read", "what there is")
    say_table(columns, [row for item in items for row in _rows(item, now)])


def _practices(connection: Connection, slug: str | None) -> Sequence[str]:
    if slug is not None:
        return [practice_of(connection, slug).id]
    return list(connection.execute(select(practice_table.c.id).order_by(practice_table.c.slug)).scalars())


def _rows(item: dict[str, Any], now: datetime) -> Iterator[Sequence[str]]:
    name = f"{item['provider']}/{item['name']}"
    if item["text"] or not item["calendars"]:
        yield (name, "", "", item["state"], "", item["text"])
    for found in item["calendars"]:
        counts = {
            "events": found["events"],
            "to write": found["pending_writes"],
            "held deletions": found["held_deletions"],
            "unreadable": found["quarantined"],
        }
        told = ", ".join(f"{count} {what}" for what, count in counts.items() if count or what == "events")
        if part := found["progress"]:
            about = "" if part["total"] is None else f" of about {part['total']}"
            told += f", {part['read']}{about} read so far"
        if found["reading"] == "etags":
            told += ", read by listing"
        if found["push"] == "on":
            told += ", push on"
        elif found["push_text"]:
            told += f", push off: {found['push_text']}"
        details = told if found["error"] is None else f"{told}; {found['error']}"
        yield (name, found["name"], found["role"], found["state"], _age(found["checked_at"], now), details)


def _age(at: str | None, now: datetime) -> str:
    """How long ago an ISO 8601 instant was, in one unit."""
    if at is None:
        return "never"
    passed = max(now - datetime.fromisoformat(at), timedelta(0))
    for unit, name in ((timedelta(days=1), "d"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "min")):
        if passed >= unit:
            return f"{passed // unit} {name} ago"
    return "just now"
