"""What is to be done now: the question the scheduler asks. The database answers it, whatever the queue remembers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, and_, exists, or_, select, update

from sync.store.leases import database_now
from sync.store.tables import account, calendar, entry


def due_accounts(connection: Connection, *, now: datetime) -> list[str]:
    """Ids of accounts with something to discover, read or write; those with a write first. Leased ones are left out."""
    writes = exists().where(
        calendar.c.account_id == account.c.id,
        entry.c.calendar_id == calendar.c.id,
        entry.c.due_at <= now,
        entry.c.blocked.is_(False),
    )
    reads = exists().where(
        calendar.c.account_id == account.c.id,
        calendar.c.role != "ignore",
        or_(calendar.c.due_at.is_(None), calendar.c.due_at <= now),
    )
    discovers = or_(
        account.c.discovered_at.is_(None),
        account.c.discover_due_at.is_(None),
        account.c.discover_due_at <= now,
    )
    ready = and_(
        account.c.removed_at.is_(None),
        account.c.stopped.is_(False),
        or_(account.c.not_before.is_(None), account.c.not_before <= now),
        or_(account.c.lease_until.is_(None), account.c.lease_until < database_now(connection)),
    )
    statement = (
        select(account.c.id).where(ready, or_(writes, reads, discovers)).order_by(writes.desc(), account.c.id)
    )
    return list(connection.execute(statement).scalars())


def try_writes_now(connection: Connection, account_id: str, *, now: datetime) -> None:
    """Make due at once what waits to be written and was put off after a failure."""
    ours = select(calendar.c.id).where(calendar.c.account_id == account_id)
    connection.execute(
        update(entry)
        .where(entry.c.calendar_id.in_(ours), entry.c.due_at > now, entry.c.blocked.is_(False))
        .values(due_at=now)
    )


def read_now(connection: Connection, account_id: str, *, now: datetime, full: bool = False) -> None:
    """Make the account's calendars due for reading, whatever its last failure put off; ``full``: from the start."""
    again = {"discover_due_at": now} if full else {}
    connection.execute(
        update(account).where(account.c.id == account_id).values(not_before=None, stopped=False, **again)
    )
    also = {"full_due_at": now} if full else {}
    connection.execute(
        update(calendar)
        .where(calendar.c.account_id == account_id, calendar.c.role != "ignore")
        .values(due_at=now, **also)
    )
