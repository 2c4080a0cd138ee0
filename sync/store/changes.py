"""What providers did to our events: handed over as rows, written in the transaction of the reading that showed it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, exists, insert, select, true, update

from sync.codecs.stored import load_series
from sync.model.event import Series
from sync.model.identity import new_id
from sync.store.entries import Entry, sealed
from sync.store.ports import Cipher
from sync.store.tables import change


class ChangeKind(StrEnum):
    EDITED = "edited"
    DELETED = "deleted"
    RESTORED = "restored"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing the provider did to one event of ours. ``before`` is what both sides had agreed on."""

    id: str
    practice_id: str
    calendar_id: str
    booking_ref: str
    kind: ChangeKind
    before: Series | None
    after: Series | None
    at: datetime


def record(
    connection: Connection,
    found: Entry,
    kind: ChangeKind,
    *,
    before: Series | None,
    after: Series | None,
    now: datetime,
) -> None:
    """Store a change once: unique per entry, version and kind."""
    connection.execute(
        insert(change).values(
            id=new_id(),
            practice_id=found.row.practice_id,
            calendar_id=found.row.calendar_id,
            entry_id=found.id,
            booking_ref=found.row.booking_ref,
            version=f"{found.row.incarnation}.{found.row.ours_version + 1}",
            kind=kind.value,
            before_enc=sealed(before, found.cipher),
            after_enc=sealed(after, found.cipher),
            at=now,
            due_at=now,
        )
    )


def open_changes(
    connection: Connection, cipher: Cipher, *, due: datetime | None = None, limit: int = 100
) -> list[Change]:
    """Changes nobody has dealt with, oldest first; with ``due`` those only that do not wait beyond it."""
    waiting = true() if due is None else change.c.due_at <= due
    rows = connection.execute(
        select(change)
        .where(change.c.settled_at.is_(None), waiting)
        .order_by(change.c.at, change.c.id)
        .limit(limit)
    )
    return [
        Change(
            id=row.id,
            practice_id=row.practice_id,
            calendar_id=row.calendar_id,
            booking_ref=row.booking_ref,
            kind=ChangeKind(row.kind),
            before=None if row.before_enc is None else load_series(cipher.decrypt(row.before_enc)),
            after=None if row.after_enc is None else load_series(cipher.decrypt(row.after_enc)),
            at=row.at,
        )
        for row in rows
    ]


def still_open(connection: Connection, change_id: str) -> bool:
    """True if nobody has dealt with the change; until this transaction ends nobody else will."""
    statement = select(change.c.id).where(change.c.id == change_id, change.c.settled_at.is_(None))
    return connection.execute(statement.with_for_update()).one_or_none() is not None


def put_off(connection: Connection, change_id: str, *, until: datetime) -> None:
    """Let a change that could not be dealt with wait."""
    connection.execute(
        update(change).where(change.c.id == change_id, change.c.settled_at.is_(None)).values(due_at=until)
    )


def changes_are_due(connection: Connection, *, now: datetime) -> bool:
    statement = select(exists().where(change.c.settled_at.is_(None), change.c.due_at <= now))
    return bool(connection.execute(statement).scalar_one())


def close_change(connection: Connection, change_id: str, *, outcome: str, now: datetime) -> bool:
    """Mark a change as dealt with, in the transaction that dealt with it. False if it already was."""
    done = connection.execute(
        update(change)
        .where(change.c.id == change_id, change.c.settled_at.is_(None))
        .values(settled_at=now, outcome=outcome)
    )
    return done.rowcount == 1
