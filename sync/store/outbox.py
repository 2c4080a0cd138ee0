"""Events of ours put into the mirror: because ours differs from agreed, the engine writes them out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, func, insert, select, update

from sync.model.event import Series
from sync.model.identity import event_name, event_uid, new_id
from sync.store.entries import Entry, by_id, change, close, latest_of_booking, print_of, sealed
from sync.store.ports import Cipher
from sync.store.tables import calendar, entry


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
    """The calendar this provider's bookings are written to; None if no account offers one."""
    return connection.execute(
        select(calendar.c.id)
        .where(calendar.c.provider_id == provider_id, calendar.c.role == "write")
        .order_by(calendar.c.created_at)
        .limit(1)
    ).scalar()


def put(
    connection: Connection,
    cipher: Cipher,
    *,
    booking_ref: str,
    calendar_id: str,
    series: Series,
    now: datetime,
) -> None:
    """Say what the event of a booking should mean. A closed one is made anew, as a further incarnation.

    ``series.uid`` is set here, from the booking, the calendar and the incarnation.
    """
    found = latest_of_booking(connection, cipher, booking_ref, lock=True)
    if found is None or found.row.closed_at is not None:
        found = _open(connection, cipher, booking_ref, calendar_id, now)
    wanted = _with_uid(series, found.row.uid)
    _want(connection, cipher, found, wanted, now)


def take_out(connection: Connection, cipher: Cipher, *, booking_ref: str, now: datetime) -> None:
    """Say that the event of a booking should be gone. One that was never sent is closed at once."""
    found = latest_of_booking(connection, cipher, booking_ref, lock=True)
    if found is None or found.row.closed_at is not None:
        return
    if found.agreed_print is None and found.row.sent_enc is None:
        close(connection, found, by="us", now=now)
        return
    _want(connection, cipher, found, None, now)


def renew(connection: Connection, cipher: Cipher, found: Entry, *, now: datetime) -> None:
    """Write what ours means as a further incarnation: the one so far is gone, and its name may not be used again.

    Should the old event come back, it is removed.
    """
    wanted = found.ours
    close(connection, found, by="us", now=now)
    if wanted is None:
        return
    opened = _open(connection, cipher, found.row.booking_ref, found.row.calendar_id, now)
    _want(connection, cipher, opened, _with_uid(wanted, opened.row.uid), now)


def give_up(connection: Connection, cipher: Cipher, *, booking_ref: str, now: datetime) -> None:
    """Let the event of a booking be the provider's own from now on: it stays, and is read like any other."""
    found = latest_of_booking(connection, cipher, booking_ref, lock=True)
    if found is None or found.row.closed_at is not None:
        return
    change(connection, found.id, closed_at=now, closed_by="given", due_at=None)
    # Read whole, so that it is taken in as an outside event at once.
    connection.execute(
        update(calendar).where(calendar.c.id == found.row.calendar_id).values(due_at=now, full_due_at=now)
    )


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
) -> Entry:
    used = connection.execute(
        select(func.max(entry.c.incarnation)).where(
            entry.c.booking_ref == booking_ref, entry.c.calendar_id == calendar_id
        )
    ).scalar()
    incarnation = 0 if used is None else used + 1
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
            uid=event_uid(event_name(booking_ref, calendar_id, incarnation)),
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
        ours_enc=sealed(wanted, cipher),
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
