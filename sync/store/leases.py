"""One writer per account: a lease by the database's own clock, fenced by a number that only grows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, bindparam, not_, or_, select, text, true, update

from sync.store.columns import from_micros
from sync.store.tables import account


class LeaseLost(Exception):
    """Another worker has taken the account over: what this one still holds in hand must not be written."""


@dataclass(frozen=True, slots=True)
class Lease:
    account_id: str
    owner: str
    fence: int


_KEEP = (
    update(account)
    .where(
        account.c.id == bindparam("account"),
        account.c.fence == bindparam("held"),
        account.c.lease_owner == bindparam("by"),
    )
    .values(lease_until=bindparam("until", type_=account.c.lease_until.type))
)


def database_now(connection: Connection) -> datetime:
    """The database's clock. Leases alone use it, so that workers with wrong clocks agree on who holds one."""
    if connection.dialect.name == "sqlite":
        statement = "SELECT CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)"
    else:
        statement = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)"
    return from_micros(int(connection.execute(text(statement)).scalar_one()))


def take(
    connection: Connection,
    account_id: str,
    *,
    owner: str,
    length: timedelta,
    unless: ColumnElement[bool] | None = None,
) -> Lease | None:
    """The lease, or None while another owner holds it, or where ``unless`` is true of the account."""
    now = database_now(connection)
    free = or_(account.c.lease_until.is_(None), account.c.lease_until < now)
    fence = connection.execute(
        update(account)
        .where(account.c.id == account_id, free, true() if unless is None else not_(unless))
        .values(lease_owner=owner, lease_until=now + length, fence=account.c.fence + 1)
        .returning(account.c.fence)
    ).scalar()
    return None if fence is None else Lease(account_id, owner, fence)


def keep(connection: Connection, lease: Lease, *, length: timedelta) -> None:
    """Prove the lease inside the caller's transaction and extend it. Raises ``LeaseLost``."""
    values = {"account": lease.account_id, "held": lease.fence, "by": lease.owner}
    done = connection.execute(_KEEP, {**values, "until": database_now(connection) + length})
    if done.rowcount != 1:
        raise LeaseLost(lease.account_id)


def give_back(connection: Connection, lease: Lease) -> None:
    """Free the account if it is still ours."""
    connection.execute(
        update(account)
        .where(account.c.id == lease.account_id, account.c.fence == lease.fence)
        .values(lease_owner=None, lease_until=None)
    )


def is_held(connection: Connection, account_id: str) -> bool:
    until = connection.execute(select(account.c.lease_until).where(account.c.id == account_id)).scalar()
    return until is not None and until >= database_now(connection)
