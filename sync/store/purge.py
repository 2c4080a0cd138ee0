"""Forgetting what nobody needs any more: outside events that went long ago, and what accounts no longer used had."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, select

from sync.store.tables import account, busy, calendar, channel, entry, history

KEPT = timedelta(days=30)
_BATCH = 500


def purge_gone(connection: Connection, *, now: datetime) -> int:
    """Delete up to 500 outside entries that went more than 30 days ago, with their history. Ours are kept."""
    return _forget(connection, entry.c.gone_at < now - KEPT)


def purge_removed(connection: Connection) -> int:
    """Delete up to 500 outside entries of accounts that were removed, with their history. Ours are kept."""
    calendars = list(
        connection.execute(
            select(calendar.c.id)
            .join(account, account.c.id == calendar.c.account_id)
            .where(account.c.removed_at.is_not(None))
        ).scalars()
    )
    return _forget(connection, entry.c.calendar_id.in_(calendars)) if calendars else 0


def purge_channels(connection: Connection, *, now: datetime) -> int:
    """Delete the push channels of removed accounts that ran out without having been stopped; no pass does any more."""
    removed = select(account.c.id).where(account.c.removed_at.is_not(None))
    return connection.execute(
        delete(channel).where(channel.c.expires_at <= now, channel.c.account_id.in_(removed))
    ).rowcount


def _forget(connection: Connection, which: ColumnElement[bool]) -> int:
    found = list(
        connection.execute(
            select(entry.c.id)
            .where(entry.c.origin == "remote", which)
            .order_by(entry.c.gone_at)
            .limit(_BATCH)
        ).scalars()
    )
    if found:
        connection.execute(delete(busy).where(busy.c.entry_id.in_(found)))
        connection.execute(delete(history).where(history.c.entry_id.in_(found)))
        connection.execute(delete(entry).where(entry.c.id.in_(found)))
    return len(found)
