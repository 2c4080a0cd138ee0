"""What of booking is to be done now: the scheduler's question, answered by the database."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, and_, exists, or_, select

from booking.store.reminders import due
from booking.store.tables import mail, request
from booking.store.waiting import offers_have_lapsed


def requests_are_due(connection: Connection, *, now: datetime) -> bool:
    """True if a request has expired, a proposal has lapsed, a grace or an offer has run out, or a reminder is due."""
    expired = and_(request.c.status == "pending", request.c.expires_at <= now)
    settled = request.c.settles_at <= now
    lapsed = request.c.proposal_due_at <= now
    if connection.execute(select(exists().where(or_(expired, settled, lapsed)))).scalar_one():
        return True
    return bool(due(connection, now=now, limit=1)) or offers_have_lapsed(connection, now=now)


def mail_is_due(connection: Connection, *, now: datetime) -> bool:
    free = or_(mail.c.taken_until.is_(None), mail.c.taken_until <= now)
    return bool(connection.execute(select(exists().where(mail.c.due_at <= now, free))).scalar_one())
