"""What a provider's pages read beside the desk: the hours around a request, a client's past, what is coming."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Row, and_, case, func, or_, select, type_coerce

from booking.desk.views import RequestView
from booking.epoch import ticks
from booking.freshness import FreshnessState, state
from booking.plain.rules import rules_from_plain
from booking.ports import Mirror
from booking.roles import Actor, Role
from booking.rules import effective
from booking.standing import LATE
from booking.store.tables import practice, provider, request, wish
from sync.model.timespan import TimeSpan

_LATE_TICKS = ticks(LATE)
_MOST = 100


@dataclass(frozen=True, slots=True)
class Neighbour:
    """What takes time near a request. ``title`` None: busy, and no more is to be told. ``ours``: a booking."""

    span: TimeSpan
    title: str | None
    calendar: str
    ours: bool
    status: str = ""


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of a client: since when, how many sessions took place, how many were cancelled within a day."""

    since: datetime | None
    kept: int
    late: int


@dataclass(frozen=True, slots=True)
class CalendarsState:
    """``state``: fresh, request_only or closed; ``counted`` 0: no calendar counts."""

    provider: str
    state: FreshnessState
    checked_at: datetime | None
    counted: int


def around(connection: Connection, mirror: Mirror, asked: RequestView, actor: Actor) -> list[Neighbour]:
    """Three hours either side of a request, by start. Titles of outside events are for the provider alone."""
    window = asked.span.widened(timedelta(hours=3), timedelta(hours=3))
    titles = actor.role is Role.PROVIDER
    found = []
    for row in mirror.busy(connection, asked.provider.id, window):
        source = mirror.source(connection, row.entry_id)
        found.append(Neighbour(row.span, source.title if titles else None, source.calendar, ours=False))
    for booked in _bookings(connection, asked, window):
        span = TimeSpan(booked.starts_at, booked.ends_at)
        found.append(Neighbour(span, booked.client_name, "", ours=True, status=booked.status))
    return sorted(found, key=lambda item: (item.span.start, item.span.end))


def past_of(connection: Connection, asked: RequestView, *, now: datetime) -> Past:
    """The client's earlier requests in this practice, by the record or else by the address they came from."""
    same = (
        request.c.client_id == asked.client_id
        if asked.client_id is not None
        else request.c.client_email_key == asked.client_email.strip().casefold()
    )
    # The other dates of a series are part of what is asked for, and nothing that was before.
    earlier = (
        request.c.id != asked.id
        if asked.series is None
        else or_(request.c.series_id.is_(None), request.c.series_id != asked.series.id)
    )
    kept = and_(request.c.status == "accepted", request.c.ends_at <= now)
    late = and_(
        request.c.status == "cancelled",
        request.c.decided_by == "client",
        type_coerce(request.c.starts_at, BigInteger) - type_coerce(request.c.decided_at, BigInteger)
        < _LATE_TICKS,
    )
    row = connection.execute(
        select(
            func.min(request.c.created_at).label("since"),
            func.count(case((kept, 1))).label("kept"),
            func.count(case((late, 1))).label("late"),
        ).where(same, earlier, request.c.practice_id == asked.provider.practice_id)
    ).one()
    return Past(row.since, row.kept, row.late)


def undoable(connection: Connection, actor: Actor, *, now: datetime) -> Sequence[Row[Any]]:
    """Decisions that can still be undone without anybody having been told, the latest first."""
    return _rows(connection, actor, request.c.settles_at > now, request.c.decided_at.desc())


def coming(connection: Connection, actor: Actor, *, now: datetime) -> Sequence[Row[Any]]:
    """Accepted appointments that are not over, by start; at most a hundred."""
    accepted = and_(request.c.status == "accepted", request.c.ends_at > now)
    return _rows(connection, actor, accepted, request.c.starts_at)


def wishes(connection: Connection, actor: Actor) -> Sequence[Row[Any]]:
    """Wishes nobody has answered yet, the oldest first."""
    statement = (
        select(wish, provider.c.name.label("provider_name"))
        .join(provider, provider.c.id == wish.c.provider_id)
        .where(wish.c.practice_id == actor.practice_id, wish.c.answered_at.is_(None))
        .order_by(wish.c.created_at, wish.c.id)
        .limit(_MOST)
    )
    if actor.role is Role.PROVIDER:
        statement = statement.where(wish.c.provider_id == actor.provider_id)
    return connection.execute(statement).all()


def calendars(connection: Connection, mirror: Mirror, actor: Actor, *, now: datetime) -> list[CalendarsState]:
    """How well the calendars of each provider are known whom the actor sees."""
    statement = (
        select(provider, practice.c.rules.label("practice_rules"))
        .join(practice, practice.c.id == provider.c.practice_id)
        .where(provider.c.practice_id == actor.practice_id, provider.c.active)
        .order_by(provider.c.position, provider.c.slug)
    )
    found = []
    for row in connection.execute(statement):
        if not actor.sees(row.practice_id, row.id):
            continue
        fresh = mirror.freshness(connection, row.id)
        rules = effective(rules_from_plain(row.practice_rules), rules_from_plain(row.rules))
        known = state(fresh, now=now, rules=rules)
        found.append(CalendarsState(row.name, known, fresh.checked_at, fresh.counted))
    return found


def _bookings(connection: Connection, asked: RequestView, window: TimeSpan) -> Sequence[Row[Any]]:
    return connection.execute(
        select(request)
        .where(
            request.c.provider_id == asked.provider.id,
            request.c.id != asked.id,
            or_(request.c.status == "accepted", request.c.status == "pending"),
            request.c.starts_at < window.end,
            request.c.ends_at > window.start,
        )
        .order_by(request.c.starts_at)
    ).all()


def _rows(
    connection: Connection, actor: Actor, condition: ColumnElement[bool], order: Any
) -> Sequence[Row[Any]]:
    statement = (
        select(request, provider.c.name.label("provider_name"), provider.c.slug.label("provider_slug"))
        .join(provider, provider.c.id == request.c.provider_id)
        .where(request.c.practice_id == actor.practice_id, condition)
        .order_by(order, request.c.id)
        .limit(_MOST)
    )
    if actor.role is Role.PROVIDER:
        statement = statement.where(request.c.provider_id == actor.provider_id)
    return connection.execute(statement).all()
