"""What a reading found absent: verified, judged by the brake, then removed or held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select, update

from sync.backends.errors import CalendarMissing, Unavailable
from sync.backends.protocol import RemoteCalendar, RemoteObject
from sync.engine.context import Pass, remote_of
from sync.engine.expansion import Reading
from sync.engine.observing import observe, observe_ours
from sync.engine.renaming import may_be_out_of_sight
from sync.guard import Judgement, Removal, Verdict, judge
from sync.resolving import Situation
from sync.store.changes import ChangeKind, record
from sync.store.entries import Entry, by_id, change, close, coming, replace_busy
from sync.store.outbox import renew
from sync.store.recorder import remember, remember_outside
from sync.store.tables import calendar, entry


@dataclass(frozen=True, slots=True)
class Absent:
    """An entry no longer named. ``found_at`` is set where a direct look found it alive all the same.

    ``calendar_id`` is that of another calendar of the account, if it was found there.
    """

    entry: Entry
    found_at: RemoteObject | None = None
    calendar_id: str | None = None


def verify(
    run: Pass,
    remote: RemoteCalendar,
    candidates: Sequence[Entry],
    *,
    full: bool,
    vouched: bool = False,
    elsewhere: Sequence[Row[Any]] = (),
) -> list[Absent]:
    """Look directly for each booking of ours before believing that it is gone. Network only, no transaction.

    It may have got another name or, by its owner, another of the calendars ``elsewhere``. A single event of others
    is looked for at its own place, unless the remote ``vouched`` for its tombstone. Raises ``Unavailable`` if a full
    listing left out an event that is still at its own place: such a listing lies.
    """
    result = []
    alone = sum(not _is_over(found, run) for found in candidates) == 1
    for found in candidates:
        alive = None
        if found.is_ours or (alone and not vouched and not _is_over(found, run)):
            alive = run.backend.read(remote, found.row.href)
            if alive is not None and full and not may_be_out_of_sight(found, run):
                raise Unavailable("the server's listing left out events that are still there")
            if alive is None and found.is_ours:
                alive = run.backend.find(remote, found.row.uid)
        result.append(
            moved(run, found, elsewhere) if alive is None and found.is_ours else Absent(found, alive)
        )
    return result


def read_besides(account_id: str, calendar_id: str) -> Select[Any]:
    """The account's other calendars that are read."""
    return (
        select(calendar)
        .where(calendar.c.account_id == account_id, calendar.c.id != calendar_id)
        .where(calendar.c.role != "ignore", calendar.c.state != "missing")
        .order_by(calendar.c.created_at, calendar.c.id)
    )


def read_others_soon(connection: Connection, run: Pass, row: Row[Any]) -> None:
    """What one calendar no longer has may stand in another one now, and blocks as soon as that is read.

    Those that could not be read last wait for their turn.
    """
    connection.execute(
        update(calendar)
        .where(calendar.c.account_id == row.account_id, calendar.c.id != row.id)
        .where(calendar.c.role != "ignore", calendar.c.state != "missing", calendar.c.failures == 0)
        .where(calendar.c.due_at > run.now)
        .values(due_at=run.now)
    )


def moved(run: Pass, found: Entry, elsewhere: Sequence[Row[Any]]) -> Absent:
    """Look for an event of ours that is not at its place in the calendars ``elsewhere``. Network only."""
    for row in elsewhere:
        try:
            alive = run.backend.find(remote_of(row), found.row.uid)
        except CalendarMissing:
            continue  # which is for its own reading to say
        if alive is not None and alive.series is not None:
            return Absent(found, alive, row.id)
    return Absent(found)


def weigh(
    connection: Connection, row: Row[Any], absent: Sequence[Absent], *, empty_listing: bool, run: Pass
) -> Judgement:
    """The brake's verdict on what one reading would newly remove."""
    gone = [item.entry for item in absent if item.found_at is None and _is_news(item.entry, run)]
    # Counting costs by the size of the calendar, and most readings miss nothing.
    events, bookings = coming(connection, row.id, now=run.now) if gone or empty_listing else (0, 0)
    removal = Removal(
        events=len(gone),
        known_events=events,
        bookings=sum(item.is_ours for item in gone),
        known_bookings=bookings,
        empty_listing=empty_listing,
        empty_seen_at=row.empty_seen_at,
    )
    return judge(removal, now=run.now)


def _is_news(found: Entry, run: Pass) -> bool:
    return found.row.held_at is None and not _is_over(found, run) and not _is_our_removal(found)


def _is_over(found: Entry, run: Pass) -> bool:
    return bool(found.row.last_instant is not None and found.row.last_instant <= run.now)


def _is_our_removal(found: Entry) -> bool:
    return found.is_ours and (found.ours_print is None or found.removal_sent)


@dataclass(frozen=True, slots=True)
class Outcome:
    """``freed``: of those removed, events of others that are not over."""

    removed: int = 0
    held: int = 0
    freed: int = 0


def apply(
    connection: Connection,
    run: Pass,
    row: Row[Any],
    reading: Reading,
    absent: Sequence[Absent],
    judgement: Judgement,
) -> Outcome:
    """Carry the verdict out. Entries of which we are the only keeper by now are left; what is held stays held."""
    removed = held = freed = 0
    for item in absent:
        current = by_id(connection, run.cipher, item.entry.id, lock=True)
        if current is None or current.row.gone_at is not None or current.row.closed_at is not None:
            continue
        if item.found_at is not None:
            _take_back(connection, run, row, reading, current, item)
        elif _is_over(current, run) or _is_our_removal(current):
            remove(connection, run, current, reason="no longer in the calendar")
            removed += 1
        elif current.row.held_at is not None:
            held += 1
        elif judgement.verdict is Verdict.ALLOW:
            remove(connection, run, current, reason="no longer in the calendar")
            removed += 1
            freed += not current.is_ours
        elif judgement.verdict is Verdict.HOLD:
            change(connection, current.id, held_at=run.now)
            held += 1
    return Outcome(removed, held, freed)


def _take_back(
    connection: Connection,
    run: Pass,
    row: Row[Any],
    reading: Reading,
    current: Entry,
    item: Absent,
) -> None:
    """It is there after all: an event of others as it is now, one of ours perhaps under another name."""
    alive = item.found_at
    if alive is None:
        return
    if not current.is_ours:
        observe(connection, run, row, reading, alive, generation=current.row.generation)
    else:
        follow(connection, run, current, item, alive)


def follow(connection: Connection, run: Pass, current: Entry, item: Absent, alive: RemoteObject) -> None:
    """Take in an event of ours where it was found."""
    calendar_id = item.calendar_id or current.row.calendar_id
    statement = select(entry.c.id).where(
        entry.c.calendar_id == calendar_id,
        entry.c.href == alive.href,
        entry.c.origin == "remote",
        entry.c.gone_at.is_(None),
    )
    for (copy,) in connection.execute(statement).all():
        # What was mirrored there meanwhile gives way to the entry of ours.
        replace_busy(connection, {}, copy, [])
        change(connection, copy, gone_at=run.now)
    if item.calendar_id is not None:
        current = _carry_over(connection, run, current, alive, item.calendar_id)
    observe_ours(connection, run, current, alive)


def _carry_over(
    connection: Connection, run: Pass, current: Entry, alive: RemoteObject, calendar_id: str
) -> Entry:
    """The entry goes to the calendar its event went to; its UID stays, and so the event is known by it."""
    used = connection.execute(
        select(func.max(entry.c.incarnation)).where(
            entry.c.booking_ref == current.row.booking_ref, entry.c.calendar_id == calendar_id
        )
    ).scalar()
    incarnation = current.row.incarnation if used is None else max(used + 1, current.row.incarnation)
    remember(
        connection, current, direction="in", decision="followed", reason="moved to another calendar",
        before=current.agreed, after=alive.series, version=alive.etag, now=run.now,
    )  # fmt: skip
    # No reading of that calendar has named it yet.
    values = {"calendar_id": calendar_id, "incarnation": incarnation, "href": alive.href, "awaits_echo": True}
    change(connection, current.id, **values)
    moved = by_id(connection, run.cipher, current.id)
    return current if moved is None else moved


def remove(connection: Connection, run: Pass, current: Entry, *, reason: str) -> None:
    """Take an absence as a deletion: free the time of an outside event, hand a booking of ours over as deleted.

    What we removed ourselves is not handed over: it is closed or, if it is wanted again by now, made anew.
    """
    if not current.is_ours:
        remember_outside(
            connection, current, decision="removed", reason=reason, after=None, version=None, now=run.now
        )
        replace_busy(connection, {}, current.id, [])
        change(connection, current.id, gone_at=run.now, held_at=None)
        return
    by_us = _is_our_removal(current)
    if not by_us:
        record(connection, current, ChangeKind.DELETED, before=current.agreed, after=None, now=run.now)
        if current.ours_print != current.agreed_print:
            reason += "; it had been changed here, the deletion stands"
    remember(
        connection, current, direction="in", decision="closed", reason=reason,
        before=current.agreed, after=None, version=None, now=run.now,
        situation=Situation(current.agreed, current.ours, None),
    )  # fmt: skip
    if by_us:
        renew(connection, run.cipher, current, now=run.now)
    else:
        close(connection, current, by="remote", now=run.now)
