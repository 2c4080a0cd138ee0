"""Writes of ours that no reading has named yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select, update

from sync.store.tables import entry

_AWAITED = select(entry.c.id, entry.c.href, entry.c.etag).where(
    entry.c.calendar_id == bindparam("calendar"), entry.c.awaits_echo
)


@dataclass(frozen=True, slots=True)
class Awaited:
    """An event that was written or removed by us, as it was when the reading began."""

    entry_id: str
    href: str
    etag: str | None


def awaited(connection: Connection, calendar_id: str) -> dict[str, Awaited]:
    """By href."""
    rows = connection.execute(_AWAITED, {"calendar": calendar_id})
    return {row.href: Awaited(row.id, row.href, row.etag) for row in rows if row.href is not None}


def heard(connection: Connection, echoes: Iterable[Awaited]) -> None:
    """These were named or looked for. One that was written again since goes on waiting."""
    for echo in echoes:
        connection.execute(
            update(entry)
            .where(entry.c.id == echo.entry_id, entry.c.etag.is_not_distinct_from(echo.etag))
            .values(awaits_echo=False)
        )
