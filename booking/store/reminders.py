"""Reminders as rows: each start of an appointment has its own, and each is done once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, select, update

from booking.reminders import Outcome, Reminder
from booking.requests import Status
from booking.store.once import insert_once
from booking.store.tables import reminder, request


@dataclass(frozen=True, slots=True)
class DueReminder:
    request_id: str
    reminder: Reminder


def plan(connection: Connection, *, practice_id: str, request_id: str, reminders: Iterable[Reminder]) -> None:
    """Adds those that are not there yet; one that was done is not done again."""
    for each in reminders:
        insert_once(
            connection,
            reminder,
            {
                "request_id": request_id,
                "starts_at": each.starts_at,
                "before": each.before,
                "practice_id": practice_id,
                "due_at": each.due_at,
            },
        )


def due(connection: Connection, *, now: datetime, limit: int) -> list[DueReminder]:
    """Those whose time has come, but for requests with a decision that nobody was told of yet: they wait for it."""
    statement = (
        select(reminder.c.request_id, reminder.c.starts_at, reminder.c.before)
        .join(request, request.c.id == reminder.c.request_id)
        .where(reminder.c.done_at.is_(None), reminder.c.due_at <= now, request.c.settles_at.is_(None))
        .order_by(reminder.c.due_at, reminder.c.request_id)
        .limit(limit)
    )
    return [
        DueReminder(row.request_id, Reminder(row.starts_at, row.before))
        for row in connection.execute(statement)
    ]


def finish(connection: Connection, found: DueReminder, outcome: Outcome, *, now: datetime) -> bool:
    """False if somebody else has finished it before."""
    done = connection.execute(
        update(reminder)
        .where(
            reminder.c.request_id == found.request_id,
            reminder.c.starts_at == found.reminder.starts_at,
            reminder.c.before == found.reminder.before,
            reminder.c.done_at.is_(None),
        )
        .values(done_at=now, outcome=outcome.value)
    )
    return done.rowcount == 1


def appointments_ahead(connection: Connection, practice_id: str, *, now: datetime) -> list[str]:
    """Ids of the practice's accepted requests that have not begun."""
    ahead = and_(
        request.c.practice_id == practice_id,
        request.c.status == Status.ACCEPTED.value,
        request.c.starts_at > now,
    )
    return list(connection.execute(select(request.c.id).where(ahead).order_by(request.c.id)).scalars())
