"""Held mass deletions: a person says whether they were meant."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, update

from sync.model.identity import event_name, event_uid
from sync.store.changes import ChangeKind, record, remember
from sync.store.entries import Entry, change, live, print_of, replace_busy, sealed
from sync.store.ports import Cipher
from sync.store.tables import calendar, entry


def held_entries(connection: Connection, cipher: Cipher, calendar_id: str) -> list[Entry]:
    statement = (
        select(entry)
        .where(live(calendar_id), entry.c.held_at.is_not(None))
        .order_by(entry.c.held_at, entry.c.id)
    )
    return [Entry(row, cipher) for row in connection.execute(statement)]


def confirm(connection: Connection, cipher: Cipher, calendar_id: str, *, now: datetime) -> int:
    """The deletions were meant: outside events free their time, bookings of ours are handed over as deleted."""
    found = held_entries(connection, cipher, calendar_id)
    for item in found:
        if item.is_ours:
            _close(connection, item, now)
        else:
            replace_busy(connection, {}, item.id, [])
            change(connection, item.id, gone_at=now, held_at=None)
    _release(connection, calendar_id)
    return len(found)


def restore(connection: Connection, cipher: Cipher, calendar_id: str, *, now: datetime) -> int:
    """The deletions were not meant: bookings of ours are written again, as a further incarnation.

    Events of others are read again and stay held, blocking, while they are absent.
    """
    found = held_entries(connection, cipher, calendar_id)
    for item in found:
        if item.is_ours:
            _write_again(connection, item, now)
    if all(item.is_ours for item in found):
        _release(connection, calendar_id)
    connection.execute(
        update(calendar).where(calendar.c.id == calendar_id).values(due_at=now, full_due_at=now)
    )
    return sum(item.is_ours for item in found)


def _close(connection: Connection, item: Entry, now: datetime) -> None:
    if item.ours_print is not None:
        record(connection, item, ChangeKind.DELETED, before=item.agreed, after=None, now=now)
    remember(
        connection, item, direction="in", decision="closed", reason="a person confirmed the held deletion",
        before=item.agreed, after=None, version=None, now=now,
    )  # fmt: skip
    change(
        connection, item.id, agreed_print=None, agreed_enc=None, raw_enc=None, ours_print=None, ours_enc=None,
        sent_enc=None, etag=None, ours_version=item.row.ours_version + 1, due_at=None, held_at=None, closed_at=now,
        closed_by="remote" if item.ours_print is not None else "us",
    )  # fmt: skip


def _write_again(connection: Connection, item: Entry, now: datetime) -> None:
    incarnation = item.row.incarnation + 1
    uid = event_uid(event_name(item.row.booking_ref, item.row.calendar_id, incarnation))
    ours = item.ours
    wanted = (
        None if ours is None else type(ours)(uid, ours.master, ours.recurrence, ours.overrides, ours.problems)
    )
    remember(
        connection, item, direction="out", decision="to be written again", reason="a person undid the held deletion",
        before=None, after=wanted, version=None, now=now,
    )  # fmt: skip
    change(
        connection, item.id, incarnation=incarnation, uid=uid, href=None, etag=None, agreed_print=None, agreed_enc=None,
        raw_enc=None, sent_enc=None, ours_enc=sealed(wanted, item.cipher), ours_print=print_of(wanted),
        held_at=None, due_at=now, attempts=0, blocked=False, error=None,
    )  # fmt: skip


def _release(connection: Connection, calendar_id: str) -> None:
    connection.execute(
        update(calendar).where(calendar.c.id == calendar_id).values(state="ok", hold_reason=None)
    )
