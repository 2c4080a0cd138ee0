"""Reminders of appointments: planned when one is accepted or moved, sent once when they are due."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from booking.desk import bookings
from booking.desk.each import each_row
from booking.desk.means import Means
from booking.notices import Audience, Kind, Notice
from booking.reminders import Outcome, outcome
from booking.store import reminders
from booking.store.reminders import DueReminder

_BATCH = 200


def remind(means: Means, *, now: datetime) -> int:
    """Sends the reminders that are due, and closes those that have lost their point; how many there were."""

    def one(connection: Connection, found: DueReminder) -> bool:
        case = bookings.grasp(connection, found.request_id)
        if case.standing.untold:
            return False
        what = outcome(found.reminder, case.standing, case.rules.reminders, now=now)
        if not reminders.finish(connection, found, what, now=now):
            return False
        if what is Outcome.SENT:
            bookings.tell(
                connection,
                case,
                [Notice(Kind.REMINDER, Audience.CLIENT)],
                now=now,
                mark=f"{found.reminder.starts_at:%Y%m%dT%H%M}-{int(found.reminder.before.total_seconds())}",
                useless_at=found.reminder.starts_at,
            )
        return True

    return each_row(means, lambda connection: reminders.due(connection, now=now, limit=_BATCH), one)


def plan_again(connection: Connection, practice_id: str, *, now: datetime) -> None:
    """After a change of the rules: appointments get the reminders that they have by the rules as they are now."""
    for request_id in reminders.appointments_ahead(connection, practice_id, now=now):
        bookings.plan_reminders(connection, bookings.look(connection, request_id), now=now)
