"""What a person does about writes the server refused."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, update

from sync.store.tables import calendar, entry


def retry_parked(connection: Connection, calendar_id: str, *, now: datetime) -> int:
    """Make parked writes of a calendar due again, whatever its account's last failure put off; returns how many."""
    done = connection.execute(
        update(entry)
        .where(entry.c.calendar_id == calendar_id, entry.c.blocked.is_(True), entry.c.closed_at.is_(None))
        .values(blocked=False, attempts=0, error=None, due_at=now)
    )
    connection.execute(update(calendar).where(calendar.c.id == calendar_id).values(due_at=now))
    return int(done.rowcount)
