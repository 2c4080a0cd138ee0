"""Writes of ours that no reading has named yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from sync.store.tables import entry


@dataclass(frozen=True, slots=True)
class Awaited:
    """An event that was written or removed by us, as it was when the reading began."""

    entry_id: str
    href: str
    etag: str | None


def awaited(connection: Connection, calendar_id: str) -> dict[str, Awaited]:
    """By href."""
    statement = select(entry.c.id, entry.c.href, entry.c.etag).where(
        entry.c.calendar_id == calendar_id, entry.c.awaits_echo, entry.c.href.is_not(None)
    )
    return {row.href: Awaited(row.id, row.href, row.etag) for row in connection.execute(statement)}


def heard(connection: Connection, echoes: Iterable[Awaited]) -> None:
    """These were named or looked for. One that was written again since goes on waiting."""
    for echo in echoes:
        connection.execute(
            update(entry)
            .where(entry.c.id == echo.entry_id, entry.c.etag.is_not_distinct_from(echo.etag))
            .values(awaits_echo=False)
        )
