"""Held mass deletions: a person says whether they were meant."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, update

from sync.store.changes import ChangeKind, record
from sync.store.entries import Entry, change, close, live, replace_busy
from sync.store.outbox import renew
from sync.store.ports import Cipher
from sync.store.recorder import remember, remember_outside
from sync.store.tables import calendar, entry


def held_entries(
    connection: Connection, cipher: Cipher, calendar_id: str, *, lock: bool = False
) -> list[Entry]:
    statement = (
        select(entry)
        .where(live(calendar_id), entry.c.held_at.is_not(None))
        .order_by(entry.c.held_at, entry.c.id)
    )
    if lock:
        statement = statement.with_for_update()
    return [Entry(row, cipher) for row in connection.execute(statement)]


def confirm(connection: Connection, cipher: Cipher, calendar_id: str, *, now: datetime) -> int:
    """The deletions were meant: outside events free their time, bookings of ours are handed over as deleted."""
    found = held_entries(connection, cipher, calendar_id, lock=True)
    for item in found:
        if item.is_ours:
            _close(connection, item, now)
        else:
            remember_outside(
                connection, item, decision="removed", reason="a person confirmed the held deletion", after=None,
                version=None, now=now,
            )  # fmt: skip
            replace_busy(connection, {}, item.id, [])
            change(connection, item.id, gone_at=now, held_at=None)
    _release(connection, calendar_id)
    return len(found)


def restore(connection: Connection, cipher: Cipher, calendar_id: str, *, now: datetime) -> int:
    """The deletions were not meant: bookings of ours are written again, as a further incarnation.

    Events of others are read again and stay held, blocking, while they are absent.
    """
    found = held_entries(connection, cipher, calendar_id, lock=True)
    for item in found:
        if item.is_ours:
            _write_again(connection, cipher, item, now)
    if all(item.is_ours for item in found):
        _release(connection, calendar_id)
    connection.execute(
        update(calendar).where(calendar.c.id == calendar_id).values(due_at=now, full_due_at=now)
    )
    return sum(item.is_ours for item in found)


def _close(connection: Connection, item: Entry, now: datetime) -> None:
    by_us = item.ours_print is None
    if not by_us:
        record(connection, item, ChangeKind.DELETED, before=item.agreed, after=None, now=now)
    remember(
        connection, item, direction="in", decision="closed", reason="a person confirmed the held deletion",
        before=item.agreed, after=None, version=None, now=now,
    )  # fmt: skip
    close(connection, item, by="us" if by_us else "remote", now=now)


def _write_again(connection: Connection, cipher: Cipher, item: Entry, now: datetime) -> None:
    remember(
        connection, item, direction="out", decision="to be written again", reason="a person undid the held deletion",
        before=None, after=item.ours, version=None, now=now,
    )  # fmt: skip
    renew(connection, cipher, item, now=now)


def _release(connection: Connection, calendar_id: str) -> None:
    connection.execute(
        update(calendar).where(calendar.c.id == calendar_id).values(state="ok", hold_reason=None)
    )
