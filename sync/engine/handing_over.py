"""An event of ours that is the provider's own from now on: it becomes an outside event that takes its time at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from sync.engine.expansion import Reading, busy_names, expanded, is_recurring, last_instant, reading_of
from sync.model.event import Series
from sync.model.identity import new_id
from sync.store.entries import (
    Entry,
    add_busy,
    add_remote,
    change,
    latest_of_booking,
    print_of,
    replace_busy,
    sealed_in,
)
from sync.store.ports import Cipher, ProviderViews
from sync.store.tables import account, calendar


def hand_over(
    connection: Connection, cipher: Cipher, views: ProviderViews, *, booking_ref: str, now: datetime
) -> None:
    """Let the event of a booking be the provider's own: it stays, and takes its time from this transaction on."""
    found = latest_of_booking(connection, cipher, booking_ref)
    if found is None or found.row.closed_at is not None:
        return
    # A reading that is under way stores its pages under this lock: it sees the event before or after, never between.
    owner = select(calendar.c.account_id).where(calendar.c.id == found.row.calendar_id).scalar_subquery()
    connection.execute(select(account.c.id).where(account.c.id == owner).with_for_update())
    found = latest_of_booking(connection, cipher, booking_ref, lock=True)
    if found is None or found.row.closed_at is not None:
        return
    change(connection, found.id, closed_at=now, closed_by="given", due_at=None)
    replace_busy(connection, {}, found.id, [])
    row = connection.execute(select(calendar).where(calendar.c.id == found.row.calendar_id)).one()
    meant = [series for series in (found.agreed, found.sent) if series is not None]
    if found.row.href is not None and meant:
        _add(
            connection,
            cipher,
            row,
            found,
            meant,
            reading_of(row, views.view(connection, row.provider_id), now),
        )
    # Read whole: what is known of it here may be late.
    connection.execute(update(calendar).where(calendar.c.id == row.id).values(due_at=now, full_due_at=now))


def _add(
    connection: Connection, cipher: Cipher, row: Row[Any], found: Entry, meant: list[Series], reading: Reading
) -> None:
    """``meant``: what it is known to mean, and what a write whose answer is not known would have it mean."""
    entry_id, known = new_id(), meant[0]
    taken = [expanded(series, reading) for series in meant]
    problem = found.row.problem or next((each.problem for each in taken if each.problem), None)
    values = {
        "id": entry_id,
        "practice_id": row.practice_id,
        "calendar_id": row.id,
        "uid": found.row.uid,
        "href": found.row.href,
        # Without a version it is loaded, whatever a listing says.
        "etag": None if found.row.sent_enc is not None else found.row.etag,
        "agreed_print": print_of(known),
        "agreed_enc": sealed_in(entry_id, known, cipher),
        "raw_enc": cipher.seal(found.raw, row=entry_id) if found.row.raw_enc is not None else None,
        "last_instant": last_instant(known, reading),
        "recurring": is_recurring(known),
        "generation": found.row.generation,
        # Of two meanings the next reading says which it has, and that is taken in even if it is the known one.
        "quarantined": found.row.quarantined or len(meant) > 1,
        "problem": problem,
        "held_at": found.row.held_at,
        "created_at": reading.now,
    }
    add_remote(connection, [values])
    intervals = [interval for each in taken for interval in each.intervals]
    add_busy(connection, busy_names(row), {entry_id: intervals})
