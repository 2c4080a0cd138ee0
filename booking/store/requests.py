"""Requests as rows. Whoever changes one says which version they saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    and_,
    func,
    insert,
    literal,
    select,
    tuple_,
    update,
)

from booking.requests import Standing, Status
from booking.store.standings import columns, from_columns
from booking.store.tables import request


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for and by whom: what no decision changes, but the title, which goes with the calendar."""

    id: str
    practice_id: str
    service_code: str
    mode: str
    client_id: str | None
    client_name: str
    client_email: str
    client_email_key: str
    client_phone: str
    client_timezone: str | None
    locale: str
    note: str
    booked_by: str
    title: str
    sender_key: str | None
    privacy_print: str | None
    privacy_accepted_at: datetime | None
    created_at: datetime
    unverified: bool
    series_id: str | None = None
    series_wall: str | None = None
    """Which date of the series it is: the wall clock it was planned for, ISO 8601."""

    @property
    def wall(self) -> datetime:
        """The same as a naive wall clock; only a date of a series has one."""
        return datetime.fromisoformat(self.series_wall or "")


_ASKED = tuple(Asked.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Stored:
    """A request as it is in the database at this version."""

    asked: Asked
    standing: Standing
    conflict: str | None
    version: int


class Stale(Exception):
    """The row is no longer at the version that was read: read again, decide again."""


def add(connection: Connection, asked: Asked, standing: Standing) -> Stored:
    connection.execute(insert(request).values(**asdict(asked), **columns(standing), version=1))
    return Stored(asked, standing, None, 1)


def find(connection: Connection, request_id: str) -> Stored | None:
    row = connection.execute(select(request).where(request.c.id == request_id)).mappings().one_or_none()
    return None if row is None else _stored(row)


def of_event(connection: Connection, event: str) -> list[Stored]:
    """The requests that an event in the calendar stands for, by start."""
    rows = connection.execute(
        select(request).where(request.c.event_ref == event).order_by(request.c.starts_at, request.c.id)
    )
    return [_stored(row) for row in rows.mappings()]


def of_series(connection: Connection, series_id: str) -> list[Stored]:
    """All dates of a series in their order, those that have gone too."""
    rows = connection.execute(
        select(request).where(request.c.series_id == series_id).order_by(request.c.series_wall)
    )
    return [_stored(row) for row in rows.mappings()]


def save(
    connection: Connection,
    stored: Stored,
    standing: Standing,
    *,
    conflict: str | None = None,
    title: str | None = None,
) -> Stored:
    """Compare and swap: raises ``Stale`` unless status and version are still those of ``stored``.

    ``title``: what another calendar's entry says; None: it stays as it was.
    """
    asked = stored.asked if title is None else replace(stored.asked, title=title)
    done = connection.execute(
        update(request)
        .where(
            request.c.id == stored.asked.id,
            request.c.status == stored.standing.status.value,
            request.c.version == stored.version,
        )
        .values(**columns(standing), title=asked.title, conflict=conflict, version=stored.version + 1)
    )
    if done.rowcount != 1:
        raise Stale
    return Stored(asked, standing, conflict, stored.version + 1)


def page(
    connection: Connection,
    *,
    practice_id: str,
    provider_id: str | None,
    statuses: Sequence[str],
    after: tuple[datetime, str] | None,
    limit: int,
) -> list[Stored]:
    """Requests by ``(created_at, id)``, those after a pair of them; no ``statuses``: all."""
    statement = select(request).where(request.c.practice_id == practice_id)
    if provider_id is not None:
        statement = statement.where(request.c.provider_id == provider_id)
    if statuses:
        statement = statement.where(request.c.status.in_(statuses))
    if after is not None:
        statement = statement.where(tuple_(request.c.created_at, request.c.id) > tuple_(*_bound(after)))
    statement = statement.order_by(request.c.created_at, request.c.id).limit(limit)
    return [_stored(row) for row in connection.execute(statement).mappings()]


def open_of_client(connection: Connection, *, practice_id: str, client_id: str, now: datetime) -> int:
    """Pending requests of a client who is known."""
    return _count(connection, practice_id, now, request.c.client_id == client_id)


def open_of_stranger(
    connection: Connection, *, practice_id: str, email_key: str, sender_key: str | None, now: datetime
) -> int:
    """Pending requests under a mail address from one sender's address, by posters without a token."""
    sender = request.c.sender_key.is_(None) if sender_key is None else request.c.sender_key == sender_key
    stranger = and_(request.c.client_id.is_(None), request.c.client_email_key == email_key, sender)
    return _count(connection, practice_id, now, stranger)


def expired_ids(connection: Connection, *, now: datetime, limit: int) -> list[str]:
    statement = (
        select(request.c.id)
        .where(request.c.status == Status.PENDING.value, request.c.expires_at <= now)
        .order_by(request.c.expires_at)
    )
    return list(connection.execute(statement.limit(limit)).scalars())


def settled_ids(connection: Connection, *, now: datetime, limit: int) -> list[str]:
    statement = select(request.c.id).where(request.c.settles_at <= now).order_by(request.c.settles_at)
    return list(connection.execute(statement.limit(limit)).scalars())


def lapsed_proposal_ids(connection: Connection, *, now: datetime, limit: int) -> list[str]:
    statement = select(request.c.id).where(request.c.proposal_due_at <= now)
    return list(connection.execute(statement.order_by(request.c.proposal_due_at).limit(limit)).scalars())


def _count(connection: Connection, practice_id: str, now: datetime, whose: ColumnElement[bool]) -> int:
    pending = and_(request.c.status == Status.PENDING.value, request.c.expires_at > now)
    # All dates of a series were asked for at once, and count as one.
    each = func.coalesce(request.c.series_id, request.c.id)
    statement = select(func.count(each.distinct())).where(
        request.c.practice_id == practice_id, pending, whose
    )
    return connection.execute(statement).scalar_one()


def _bound(after: tuple[datetime, str]) -> tuple[Any, Any]:
    return literal(after[0], request.c.created_at.type), literal(after[1], request.c.id.type)


def _stored(row: RowMapping) -> Stored:
    asked = Asked(**{name: row[name] for name in _ASKED})
    return Stored(asked, from_columns(row), row["conflict"], row["version"])
