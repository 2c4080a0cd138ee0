"""Alerts to those who watch: once per calendar and outage when times close, and once when it is read again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, or_, select, update

from booking.plain.rules import rules_from_plain
from booking.rules import effective
from booking.store import mail
from booking.store.tables import practice, provider, user
from sync.store.tables import account, calendar

TOLD = ("owner", "ops")


def raise_alerts(connection: Connection, *, now: datetime) -> int:
    """Queue the mails that calendars out of date, and those read again, call for; how many calendars that were."""
    changed = 0
    for row in _watched(connection):
        late = _is_late(row, now)
        if late == (row.alerted_at is not None):
            continue
        _tell(connection, row, kind="calendar_late" if late else "calendar_well", now=now)
        connection.execute(
            update(calendar).where(calendar.c.id == row.id).values(alerted_at=now if late else None)
        )
        changed += 1
    return changed


def _watched(connection: Connection) -> list[Row[Any]]:
    """Calendars whose age decides about times on offer."""
    statement = (
        select(
            calendar.c.id,
            calendar.c.practice_id,
            calendar.c.name,
            calendar.c.error,
            calendar.c.checked_at,
            calendar.c.created_at,
            calendar.c.alerted_at,
            provider.c.id.label("provider_id"),
            provider.c.name.label("provider"),
            provider.c.rules,
            practice.c.rules.label("practice_rules"),
        )
        .join(account, account.c.id == calendar.c.account_id)
        .join(provider, provider.c.id == calendar.c.provider_id)
        .join(practice, practice.c.id == calendar.c.practice_id)
        .where(account.c.removed_at.is_(None), provider.c.active)
        .where(or_(calendar.c.alerted_at.is_not(None), calendar.c.role.in_(("write", "busy"))))
        .where(calendar.c.advisory.is_(False))
        # That the account has to be connected again was told already, and what follows from it.
        .where(or_(account.c.alerted_at.is_(None), calendar.c.alerted_at.is_not(None)))
    )
    return list(connection.execute(statement))


def _is_late(row: Row[Any], now: datetime) -> bool:
    rules = effective(rules_from_plain(row.practice_rules), rules_from_plain(row.rules))
    return bool(now - (row.checked_at or row.created_at) > rules.closed_after)


def _tell(connection: Connection, row: Row[Any], *, kind: str, now: datetime) -> None:
    users = select(user.c.id, user.c.email).where(
        user.c.practice_id == row.practice_id, user.c.role.in_(TOLD)
    )
    for reader in connection.execute(users).all():
        mail.queue(
            connection,
            practice_id=row.practice_id,
            dedupe=f"{kind}:{row.id}:{reader.id}:{now.isoformat()}",
            kind=kind,
            audience="ops",
            recipient=reader.email,
            facts={"provider_id": row.provider_id, "text": row.error or ""},
            request_id=None,
            now=now,
        )
