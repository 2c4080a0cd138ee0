"""What is to be done now: the question the scheduler asks. The database answers it, whatever the queue remembers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    func,
    literal,
    not_,
    or_,
    select,
    type_coerce,
    union_all,
    update,
)

from sync.store.columns import Instant
from sync.store.hosts import ask_again_now, is_closed, is_crowded
from sync.store.leases import database_now
from sync.store.tables import account, calendar, channel, entry

_FULL_COMES_LATER = timedelta(minutes=5)
"""A whole listing waits this long for readings that ask only what is new; beyond that its turn has come."""


def due_accounts(connection: Connection, *, now: datetime, limit: int = 10_000) -> list[str]:
    """Ids of accounts with something to discover, read or write; leased ones are left out.

    Removed ones are among them while there are push channels to be stopped.

    Those with a write come first; in each kind whoever has waited longest. Costs what is due, and of that no more than
    a few times ``limit``: indexes give it in order.
    """
    ready = _ready(connection, now)
    return _in_turn(
        connection, limit, _writes(now), *_reads(now), *_discoveries(now), _stops(now), ready=ready
    )


def accounts_to_write(connection: Connection, *, now: datetime, limit: int) -> list[str]:
    """Ids of accounts with something to write, whoever has waited longest first; leased ones are left out."""
    return _in_turn(connection, limit, _writes(now), ready=_ready(connection, now))


def _in_turn(
    connection: Connection, limit: int, *kinds: Select[Any], ready: ColumnElement[bool]
) -> list[str]:
    # An account may have many rows of a kind, and a whole listing may give way to later rows.
    oldest = [kind.where(ready).limit(4 * limit).subquery() for kind in kinds]
    waiting = union_all(*(select(found) for found in oldest)).subquery()
    statement = (
        select(waiting.c.account_id)
        .group_by(waiting.c.account_id)
        .order_by(func.min(waiting.c.rank), func.min(waiting.c.turn), waiting.c.account_id)
        .limit(limit)
    )
    return list(connection.execute(statement).scalars())


def _writes(now: datetime) -> Select[Any]:
    return (
        select(calendar.c.account_id, entry.c.due_at.label("turn"), literal(0).label("rank"))
        .join(calendar, calendar.c.id == entry.c.calendar_id)
        .join(account, account.c.id == calendar.c.account_id)
        .where(account.c.removed_at.is_(None), entry.c.due_at <= now, entry.c.blocked.is_(False))
        .order_by(entry.c.due_at)
    )


def _reads(now: datetime) -> tuple[Select[Any], Select[Any]]:
    whole = or_(calendar.c.cursor_value.is_(None), calendar.c.full_due_at <= now)
    micros = type_coerce(calendar.c.due_at, BigInteger)
    later = micros + literal(_FULL_COMES_LATER // timedelta(microseconds=1), BigInteger)
    turn = type_coerce(case((whole, later), else_=micros), Instant)
    by_clock = _reading(turn).where(calendar.c.due_at <= now).order_by(calendar.c.due_at)
    # As after a restored backup.
    anew = _reading(calendar.c.created_at).where(calendar.c.due_at.is_(None)).order_by(calendar.c.created_at)
    return by_clock, anew


def _reading(turn: ColumnElement[Any]) -> Select[Any]:
    return (
        select(calendar.c.account_id, turn.label("turn"), literal(1).label("rank"))
        .join(account, account.c.id == calendar.c.account_id)
        .where(account.c.removed_at.is_(None), calendar.c.role != "ignore")
    )


def _discoveries(now: datetime) -> tuple[Select[Any], Select[Any]]:
    by_clock = _discovery(account.c.discover_due_at).where(account.c.discover_due_at <= now)
    never = _discovery(account.c.created_at).where(account.c.discover_due_at.is_(None))
    return by_clock, never


def _discovery(turn: ColumnElement[Any]) -> Select[Any]:
    return (
        select(account.c.id.label("account_id"), turn.label("turn"), literal(1).label("rank"))
        .where(account.c.removed_at.is_(None))
        .order_by(turn)
    )


def _stops(now: datetime) -> Select[Any]:
    """Of a removed account only what its secret is still kept for."""
    return (
        select(channel.c.account_id, channel.c.due_at.label("turn"), literal(1).label("rank"))
        .join(account, account.c.id == channel.c.account_id)
        .where(channel.c.due_at <= now, account.c.removed_at.is_not(None), account.c.secret_enc.is_not(None))
        .order_by(channel.c.due_at)
    )


def _ready(connection: Connection, now: datetime) -> ColumnElement[bool]:
    return and_(
        account.c.stopped.is_(False),
        or_(account.c.not_before.is_(None), account.c.not_before <= now),
        or_(account.c.lease_until.is_(None), account.c.lease_until < database_now(connection)),
        not_(is_closed(now)),
        not_(is_crowded(connection)),
    )


def try_writes_now(connection: Connection, account_id: str, *, now: datetime) -> None:
    """Make due at once what waits to be written and was put off after a failure."""
    ours = select(calendar.c.id).where(calendar.c.account_id == account_id)
    connection.execute(
        update(entry)
        .where(entry.c.calendar_id.in_(ours), entry.c.due_at > now, entry.c.blocked.is_(False))
        .values(due_at=now)
    )


def read_now(connection: Connection, account_id: str, *, now: datetime, full: bool = False) -> None:
    """Make the account's calendars due for reading, whatever its last failure put off; ``full``: from the start.

    A reading under way does not count, for what is asked about may have changed after it began.
    """
    again = {"discover_due_at": now} if full else {}
    connection.execute(
        update(account).where(account.c.id == account_id).values(not_before=None, stopped=False, **again)
    )
    ask_again_now(connection, account_id, now=now)
    also = {"full_due_at": now} if full else {}
    connection.execute(
        update(calendar)
        .where(calendar.c.account_id == account_id, calendar.c.role != "ignore")
        .values(due_at=now, dirty_at=now, **also)
    )
