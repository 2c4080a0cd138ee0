"""Which events of their own providers have made here. What each means is kept by the mirror."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, insert, literal, or_, select, tuple_, update

from booking.store.claims import provider_resource
from booking.store.tables import claim, other_event, request
from sync.model.timespan import TimeSpan


@dataclass(frozen=True, slots=True)
class OtherEvent:
    """``removed_by``: ``calendar`` if it was deleted there, else who did it here. ``key``: its Idempotency-Key."""

    id: str
    practice_id: str
    provider_id: str
    created_at: datetime
    created_by: str
    key: str | None = None
    form_hash: str | None = None
    removed_at: datetime | None = None
    removed_by: str | None = None
    version: int = 1


_FIELDS = tuple(OtherEvent.__dataclass_fields__)
CALENDAR = "calendar"


def add(connection: Connection, event: OtherEvent) -> None:
    connection.execute(insert(other_event).values(**asdict(event)))


def find(connection: Connection, event_id: str) -> OtherEvent | None:
    row = connection.execute(select(other_event).where(other_event.c.id == event_id)).one_or_none()
    return None if row is None else _event(row)


def made_with(connection: Connection, provider_id: str, key: str) -> OtherEvent | None:
    """The event that was made with this Idempotency-Key."""
    row = connection.execute(
        select(other_event).where(other_event.c.provider_id == provider_id, other_event.c.key == key)
    ).one_or_none()
    return None if row is None else _event(row)


def page(
    connection: Connection, provider_id: str, *, after: tuple[datetime, str] | None, limit: int
) -> list[OtherEvent]:
    """Events that are not removed, by ``(created_at, id)``, those after a pair of them."""
    statement = select(other_event).where(
        other_event.c.provider_id == provider_id, other_event.c.removed_at.is_(None)
    )
    position = tuple_(other_event.c.created_at, other_event.c.id)
    if after is not None:
        at, event_id = after
        bound = (literal(at, other_event.c.created_at.type), literal(event_id))
        statement = statement.where(position > tuple_(*bound))
    rows = connection.execute(statement.order_by(other_event.c.created_at, other_event.c.id).limit(limit))
    return [_event(row) for row in rows]


def touch(connection: Connection, event_id: str) -> None:
    """Its meaning was changed."""
    _set(connection, event_id)


def remove(connection: Connection, event_id: str, *, by: str, now: datetime) -> None:
    _set(connection, event_id, removed_at=now, removed_by=by)


def bring_back(connection: Connection, event_id: str) -> None:
    _set(connection, event_id, removed_at=None, removed_by=None)


def last_removed(connection: Connection, provider_ids: Sequence[str], *, since: datetime) -> list[OtherEvent]:
    """Those that were removed here since then, the latest first."""
    rows = connection.execute(
        select(other_event)
        .where(other_event.c.provider_id.in_(provider_ids), other_event.c.removed_at > since)
        .where(other_event.c.removed_by != CALENDAR)
        .order_by(other_event.c.removed_at.desc(), other_event.c.id)
    )
    return [_event(row) for row in rows]


def _set(connection: Connection, event_id: str, **values: Any) -> None:
    connection.execute(
        update(other_event)
        .where(other_event.c.id == event_id)
        .values(version=other_event.c.version + 1, **values)
    )


def bookings_in(
    connection: Connection, provider_id: str, spans: Sequence[TimeSpan], *, now: datetime, most: int
) -> list[Row[Any]]:
    """Requests and appointments that hold time in one of the spans, each once, by start; columns of ``request``."""
    if not spans:
        return []
    rows = connection.execute(
        select(request, claim.c.starts_at.label("held_from"), claim.c.ends_at.label("held_to"))
        .join(claim, claim.c.request_id == request.c.id)
        .where(claim.c.resource == provider_resource(provider_id))
        .where(claim.c.starts_at < spans[-1].end, claim.c.ends_at > spans[0].start)
        .where(or_(claim.c.until.is_(None), and_(claim.c.until > now)))
        .order_by(claim.c.starts_at, request.c.id)
    ).all()
    found: dict[str, Row[Any]] = {}
    for row in rows:
        held = TimeSpan(row.held_from, row.held_to)
        if row.id not in found and any(span.overlaps(held) for span in spans):
            found[row.id] = row
    return list(found.values())[:most]


def undo_ends(removed_at: datetime) -> datetime:
    """Until when a removal can be taken back."""
    return removed_at + UNDO_FOR


UNDO_FOR = timedelta(minutes=30)


def _event(row: Row[Any]) -> OtherEvent:
    return OtherEvent(**{name: getattr(row, name) for name in _FIELDS})
