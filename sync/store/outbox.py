"""Events of ours put into the mirror: because ours differs from agreed, the engine writes them out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, insert, select, update

from sync.codecs.stored import load_series
from sync.model.event import Series
from sync.model.identity import event_name, event_uid, new_id
from sync.store.entries import (
    Entry,
    by_id,
    change,
    close,
    latest_of_booking,
    print_of,
    replace_busy,
    sealed_in,
)
from sync.store.ports import Cipher
from sync.store.recorder import remember
from sync.store.tables import account, busy, calendar, entry, history

TAKEN_OUT = "to be removed"
"""The decision under which the flight recorder keeps what an event of ours meant when it was taken out here."""


class EntryState(StrEnum):
    QUEUED = "queued"
    WRITTEN = "written"
    REMOVED = "removed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class OurEvent:
    """How an event of ours stands. ``series`` is what it should mean now, None once it is to be gone."""

    calendar_id: str
    calendar_name: str
    uid: str
    href: str | None
    state: EntryState
    written_at: datetime | None
    series: Series | None


def write_calendar(connection: Connection, provider_id: str) -> str | None:
    """The calendar this provider's bookings are written to; None if no account offers one.

    One of a disconnected account only where no other is left: what is meant for it waits until it is connected again.
    """
    return connection.execute(
        select(calendar.c.id)
        .join(account, account.c.id == calendar.c.account_id)
        .where(calendar.c.provider_id == provider_id, calendar.c.role == "write")
        .order_by(account.c.removed_at.is_not(None), calendar.c.created_at)
        .limit(1)
    ).scalar()


def provider_of(connection: Connection, calendar_id: str) -> str:
    """Whose calendar it is."""
    found = connection.execute(select(calendar.c.provider_id).where(calendar.c.id == calendar_id))
    return str(found.scalar_one())


def put(
    connection: Connection,
    cipher: Cipher,
    *,
    booking_ref: str,
    calendar_id: str,
    series: Series,
    now: datetime,
    takes_time: bool = False,
) -> str:
    """Say what the event of a booking should mean. A closed one is made anew, as a further incarnation.

    ``series.uid`` is set here, from the booking, the calendar and the incarnation. ``takes_time``: it blocks by busy
    rows, which whoever calls this has made (``sync.engine.expansion.keep_time``); a booking blocks by its claims.
    Returns the entry's id.
    """
    found = latest_of_booking(connection, cipher, booking_ref, lock=True)
    if found is None or found.row.closed_at is not None:
        found = _open(connection, cipher, booking_ref, calendar_id, now, takes_time=takes_time)
    elif found.row.takes_time and not takes_time:
        # One that was put back in the calendar took its time by itself until it was known what it stands for.
        replace_busy(connection, {}, found.id, [])
        change(connection, found.id, takes_time=False)
    wanted = _with_uid(series, found.row.uid)
    _want(connection, cipher, found, wanted, now)
    return found.id


def take_out(connection: Connection, cipher: Cipher, *, booking_ref: str, now: datetime) -> None:
    """Say that the event of a booking should be gone. One that was never sent is closed at once."""
    found = latest_of_booking(connection, cipher, booking_ref, lock=True)
    if found is None or found.row.closed_at is not None:
        return
    if found.ours_print is not None:
        remember(
            connection, found, direction="out", decision=TAKEN_OUT, reason="removed here",
            before=found.ours, after=None, version=None, now=now,
        )  # fmt: skip
    if found.agreed_print is None and found.row.sent_enc is None:
        close(connection, found, by="us", now=now)
        return
    if found.row.takes_time:
        replace_busy(connection, {}, found.id, [])
    _want(connection, cipher, found, None, now)


def taken_out(connection: Connection, cipher: Cipher, booking_ref: str) -> Series | None:
    """What the event of a booking meant when it was last taken out; None if it never was, or that is forgotten."""
    secret = connection.execute(
        select(history.c.before_enc)
        .join(entry, entry.c.id == history.c.entry_id)
        .where(entry.c.booking_ref == booking_ref, history.c.decision == TAKEN_OUT)
        .order_by(history.c.at.desc(), history.c.position.desc())
        .limit(1)
    ).scalar()
    return None if secret is None else load_series(cipher.decrypt(secret))


def renew(connection: Connection, cipher: Cipher, found: Entry, *, now: datetime) -> None:
    """Write what ours means as a further incarnation: the one so far is gone, and its name may not be used again.

    Should the old event come back, it is removed.
    """
    wanted = found.ours
    if wanted is None:
        close(connection, found, by="us", now=now)
        return
    takes_time = found.row.takes_time
    opened = _open(
        connection, cipher, found.row.booking_ref, found.row.calendar_id, now, takes_time=takes_time
    )
    # It takes the same time under its new name.
    connection.execute(update(busy).where(busy.c.entry_id == found.id).values(entry_id=opened.id))
    close(connection, found, by="us", now=now)
    _want(connection, cipher, opened, _with_uid(wanted, opened.row.uid), now)


def our_event(connection: Connection, cipher: Cipher, booking_ref: str) -> OurEvent | None:
    found = latest_of_booking(connection, cipher, booking_ref)
    if found is None:
        return None
    name = connection.execute(
        select(calendar.c.name).where(calendar.c.id == found.row.calendar_id)
    ).scalar_one()
    return OurEvent(
        calendar_id=found.row.calendar_id,
        calendar_name=name,
        uid=found.row.uid,
        href=found.row.href,
        state=_state(found),
        written_at=found.row.written_at,
        series=found.ours,
    )


def _open(
    connection: Connection,
    cipher: Cipher,
    booking_ref: str,
    calendar_id: str,
    now: datetime,
    *,
    takes_time: bool = False,
) -> Entry:
    earlier = connection.execute(
        select(entry.c.uid, entry.c.calendar_id, entry.c.incarnation).where(
            entry.c.booking_ref == booking_ref
        )
    ).all()
    incarnation = 1 + max((row.incarnation for row in earlier if row.calendar_id == calendar_id), default=-1)
    # One made here and followed into another calendar has taken its name along.
    spent = {row.uid for row in earlier}
    while (uid := event_uid(event_name(booking_ref, calendar_id, incarnation))) in spent:
        incarnation += 1
    practice_id = connection.execute(
        select(calendar.c.practice_id).where(calendar.c.id == calendar_id)
    ).scalar_one()
    entry_id = new_id()
    connection.execute(
        insert(entry).values(
            id=entry_id,
            practice_id=practice_id,
            calendar_id=calendar_id,
            origin="ours",
            booking_ref=booking_ref,
            incarnation=incarnation,
            takes_time=takes_time,
            uid=uid,
            created_at=now,
        )
    )
    opened = by_id(connection, cipher, entry_id)
    assert opened is not None  # noqa: S101 - inserted one statement earlier in this transaction
    return opened


def _with_uid(series: Series, uid: str) -> Series:
    return Series(uid, series.master, series.recurrence, series.overrides, series.problems)


def _want(connection: Connection, cipher: Cipher, found: Entry, wanted: Series | None, now: datetime) -> None:
    fingerprint = print_of(wanted)
    if fingerprint == found.ours_print:
        return
    settled = fingerprint == found.agreed_print and found.row.sent_enc is None
    change(
        connection,
        found.id,
        ours_print=fingerprint,
        ours_enc=sealed_in(found.id, wanted, cipher),
        ours_version=found.row.ours_version + 1,
        due_at=None if settled else now,
        attempts=0,
        blocked=False,
        error=None,
    )


def _state(found: Entry) -> EntryState:
    if found.row.blocked:
        return EntryState.FAILED
    if found.row.due_at is not None:
        return EntryState.QUEUED
    return EntryState.REMOVED if found.ours_print is None else EntryState.WRITTEN
