"""Forgetting what nobody needs any more: outside events that have been gone for long."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from sync.store.tables import busy, entry, history

KEPT = timedelta(days=30)
_BATCH = 500


def purge_gone(connection: Connection, *, now: datetime) -> int:
    """Delete up to 500 outside entries that went more than 30 days ago, with their history. Ours are kept."""
    gone = list(
        connection.execute(
            select(entry.c.id)
            .where(entry.c.origin == "remote", entry.c.gone_at < now - KEPT)
            .order_by(entry.c.gone_at)
            .limit(_BATCH)
        ).scalars()
    )
    if gone:
        connection.execute(delete(busy).where(busy.c.entry_id.in_(gone)))
        connection.execute(delete(history).where(history.c.entry_id.in_(gone)))
        connection.execute(delete(entry).where(entry.c.id.in_(gone)))
    return len(gone)
