"""What a reading found absent: verified, judged by the brake, then removed or held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from sync.backends.errors import Unavailable
from sync.backends.protocol import RemoteCalendar, RemoteObject
from sync.engine.context import Pass
from sync.engine.observing import observe_ours
from sync.guard import Judgement, Removal, Verdict, judge
from sync.store.changes import ChangeKind, record, remember
from sync.store.entries import Entry, by_id, change, coming, replace_busy
from sync.store.tables import entry


@dataclass(frozen=True, slots=True)
class Absent:
    """An entry no longer named. ``found_at`` is set where a direct look found it alive all the same."""

    entry: Entry
    found_at: RemoteObject | None = None


def verify(run: Pass, remote: RemoteCalendar, candidates: Sequence[Entry], *, full: bool) -> list[Absent]:
    """Look directly for each booking of ours before believing that it is gone. Network only, no transaction.

    Raises ``Unavailable`` if a full listing left out an event that is still at its own place: such a listing lies.
    """
    result = []
    for found in candidates:
        alive = None
        if found.is_ours or len(candidates) == 1:
            alive = run.backend.read(remote, found.row.href)
            if alive is not None and full:
                raise Unavailable("the server's listing left out events that are still there")
            if alive is None and found.is_ours:
                alive = run.backend.find(remote, found.row.uid)
        result.append(Absent(found, alive))
    return result


def weigh(
    connection: Connection, row: Row[Any], absent: Sequence[Absent], *, empty_listing: bool, run: Pass
) -> Judgement:
    """The brake's verdict on what one reading would remove."""
    gone = [item.entry for item in absent if item.found_at is None and not _is_over(item.entry, run)]
    events, bookings = coming(connection, row.id, now=run.now)
    removal = Removal(
        events=len(gone),
        known_events=events,
        bookings=sum(item.is_ours for item in gone),
        known_bookings=bookings,
        empty_listing=empty_listing,
        empty_seen_at=row.empty_seen_at,
    )
    return judge(removal, now=run.now)


def _is_over(found: Entry, run: Pass) -> bool:
    return bool(found.row.last_instant is not None and found.row.last_instant <= run.now)


def apply(connection: Connection, run: Pass, absent: Sequence[Absent], judgement: Judgement) -> int:
    """Carry the verdict out; returns how many were held. Entries of which we are the only keeper by now are left."""
    for item in absent:
        current = by_id(connection, run.cipher, item.entry.id)
        if current is None or current.row.gone_at is not None or current.row.closed_at is not None:
            continue
        if item.found_at is not None:
            _relink(connection, run, current, item.found_at)
        elif judgement.verdict is Verdict.ALLOW or _is_over(current, run):
            remove(connection, run, current, reason="no longer in the calendar")
        elif current.row.held_at is None:
            change(connection, current.id, held_at=run.now)
    return sum(item.found_at is None for item in absent) if judgement.verdict is Verdict.HOLD else 0


def _relink(connection: Connection, run: Pass, current: Entry, alive: RemoteObject) -> None:
    """The server renamed it: the copy mirrored under the new name gives way to the entry of ours."""
    statement = select(entry.c.id).where(
        entry.c.calendar_id == current.row.calendar_id,
        entry.c.href == alive.href,
        entry.c.origin == "remote",
        entry.c.gone_at.is_(None),
    )
    for (copy,) in connection.execute(statement).all():
        replace_busy(connection, {}, copy, [])
        change(connection, copy, gone_at=run.now)
    observe_ours(connection, run, current, alive)


def remove(connection: Connection, run: Pass, current: Entry, *, reason: str) -> None:
    """Take an absence as a deletion: free the time of an outside event, hand a booking of ours over as deleted."""
    if not current.is_ours:
        replace_busy(connection, {}, current.id, [])
        change(connection, current.id, gone_at=run.now, held_at=None)
        return
    by_us = current.ours_print is None
    if not by_us:
        record(connection, current, ChangeKind.DELETED, before=current.agreed, after=None, now=run.now)
    clash = current.ours_print not in (None, current.agreed_print)
    remember(
        connection, current, direction="in", decision="closed",
        reason=reason + ("; it had been changed here, the deletion stands" if clash else ""),
        before=current.agreed, after=None, version=None, now=run.now,
    )  # fmt: skip
    change(
        connection, current.id, agreed_print=None, agreed_enc=None, raw_enc=None, ours_print=None, ours_enc=None,
        sent_enc=None, etag=None, ours_version=current.row.ours_version + 1, due_at=None, held_at=None,
        closed_at=run.now, closed_by="us" if by_us else "remote",
    )  # fmt: skip
