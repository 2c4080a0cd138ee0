"""Which servers do not answer, shared by all workers. One that answers has no row: looking costs a read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Connection, delete, exists, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from sync.breaker import PROBE_TAKES, left_alone_for
from sync.store.leases import database_now
from sync.store.tables import account, host

MOST_AT_ONCE = 4
"""Accounts of one CalDAV server that are asked at the same time; Google counts requests instead."""
MOST_IN_PASSES = MOST_AT_ONCE - 1
"""One place is kept for a look that somebody waits for, however many passes are due."""

GOOGLE = "Google"


@dataclass(frozen=True, slots=True)
class HostState:
    """``closed_until``: it is left alone until then; once that has passed, one account finds out how it is."""

    failures: int = 0
    since: datetime | None = None
    closed_until: datetime | None = None


def host_of(kind: str, url: str | None) -> str | None:
    """Under which name the accounts of one server are counted together: its host, with a port that is stated."""
    if kind == "google":
        return GOOGLE
    try:
        parts = urlsplit(url or "")
        port = "" if parts.port is None else f":{parts.port}"
    except ValueError:
        return None
    return f"{parts.hostname}{port}" if parts.hostname else None


def host_state(connection: Connection, name: str) -> HostState:
    row = connection.execute(select(host).where(host.c.name == name)).one_or_none()
    return HostState() if row is None else HostState(row.failures, row.since, row.closed_until)


def claim_probe(connection: Connection, name: str, *, now: datetime) -> bool:
    """True for one caller only once the server has been left alone long enough."""
    found = connection.execute(
        update(host)
        .where(host.c.name == name, host.c.closed_until <= now)
        .values(closed_until=now + PROBE_TAKES)
    )
    return found.rowcount == 1


def note_failure(connection: Connection, name: str, *, now: datetime, probing: bool) -> HostState:
    """Count a request that had no answer, and leave the server alone once there were too many in a row."""
    row = connection.execute(select(host).where(host.c.name == name).with_for_update()).one_or_none()
    if row is None:
        try:
            with connection.begin_nested():
                connection.execute(insert(host).values(name=name, failures=1, since=now))
            return HostState(1, now)
        except IntegrityError:  # another worker was quicker by a moment
            row = connection.execute(select(host).where(host.c.name == name).with_for_update()).one()
    failures = row.failures + 1
    wait = left_alone_for(failures, outage=now - row.since, probing=probing)
    closed = row.closed_until if wait is None else now + wait
    connection.execute(update(host).where(host.c.name == name).values(failures=failures, closed_until=closed))
    return HostState(failures, row.since, closed)


def note_answer(connection: Connection, name: str) -> None:
    """The server answered, be it with an error of the account: it is well."""
    connection.execute(delete(host).where(host.c.name == name))


def ask_again_now(connection: Connection, account_id: str, *, now: datetime) -> None:
    """Let the next account find out how this account's server is."""
    name = select(account.c.host).where(account.c.id == account_id).scalar_subquery()
    connection.execute(
        update(host).where(host.c.name == name, host.c.closed_until > now).values(closed_until=now)
    )


def is_closed(now: datetime) -> ColumnElement[bool]:
    """Of an account: its server is left alone at the moment."""
    return exists().where(host.c.name == account.c.host, host.c.closed_until > now)


def is_crowded(connection: Connection, *, most: int = MOST_IN_PASSES) -> ColumnElement[bool]:
    """Of an account: ``most`` of its server's accounts are at work."""
    others = account.alias()
    at_work = select(func.count()).where(
        others.c.host == account.c.host, others.c.lease_until >= database_now(connection)
    )
    return (account.c.kind != "google") & (at_work.scalar_subquery() >= most)


def hold_host(connection: Connection, account_id: str) -> None:
    """Until the end of this transaction nobody else counts the accounts at work at this account's server."""
    if connection.dialect.name == "postgresql":
        statement = "SELECT pg_advisory_xact_lock(hashtext(host)) FROM sync_account WHERE id = :id AND host IS NOT NULL"
        connection.execute(text(statement), {"id": account_id})
