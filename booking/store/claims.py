"""Time that is held, in one place. The database itself refuses what overlaps; here it is checked before, and told."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from booking.claims import Claim, clashes
from booking.requests import Holding, Seat
from booking.store.tables import claim
from sync.model.identity import new_id
from sync.model.timespan import TimeSpan

OVERLAP = "ex_claim_overlap"
_EXCLUSION_VIOLATION = "23P01"
# No buffer is longer than this.
_REACH = timedelta(days=1)
_NONE = timedelta(0)


class Taken(Exception):
    """The time is held by another session."""


def provider_resource(provider_id: str) -> str:
    return f"provider:{provider_id}"


def room_resource(practice_id: str, location: str, name: str) -> str:
    """``location`` is a slug. Names may be long, so the resource is a hash of them."""
    return f"room:{hashlib.sha256(f'{practice_id}|{location}|{name}'.encode()).hexdigest()[:40]}"


def resources_of(seat: Seat) -> tuple[str, ...]:
    """What a seat takes time of: the provider, and the room."""
    provider = provider_resource(seat.provider_id)
    return (provider,) if seat.room is None else (provider, seat.room)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds time: a request, or an offer to somebody on the waitlist."""

    request_id: str | None
    practice_id: str
    capacity: int = 1
    offer_id: str | None = None

    @property
    def own(self) -> ColumnElement[bool]:
        """Which claims are this holder's."""
        if self.offer_id is not None:
            return claim.c.offer_id == self.offer_id
        return claim.c.request_id == self.request_id

    @property
    def others(self) -> ColumnElement[bool]:
        return func.coalesce(claim.c.request_id, claim.c.offer_id) != (self.offer_id or self.request_id)


def lock(connection: Connection, names: Iterable[str]) -> None:
    """Wait for the right to change what these names stand for; it ends with the transaction.

    SQLite has one writer at a time and needs no more. Locks are taken in one order, so that none wait in a ring.
    """
    if connection.dialect.name != "postgresql":
        return
    for key in sorted({_key(name) for name in names}):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({key})")


def hold(
    connection: Connection,
    holder: Holder,
    holdings: Sequence[Holding],
    *,
    now: datetime,
    keep_buffers: bool = True,
    beside: bool = False,
) -> None:
    """Make the claims of a request exactly ``holdings``; the caller has the locks of its resources.

    Raises ``Taken``, having changed what must then be rolled back, if time that is not held yet is another's, or with
    ``keep_buffers`` lies too close to it. ``beside``: the provider's time is taken all the same, beside whoever holds
    it; a room never is.
    """
    own = connection.execute(select(claim).where(holder.own)).all()
    wanted = {
        (resource, held.seat.session, held.span.start, held.span.end): held
        for held in holdings
        for resource in resources_of(held.seat)
    }
    _drop_lapsed(connection, {row.resource for row in own} | {resource for resource, *_ in wanted}, now)
    known = {
        (row.resource, row.session, row.starts_at, row.ends_at): row
        for row in own
        if row.until is None or row.until > now
    }
    _give_up(connection, [row.id for key, row in known.items() if key not in wanted])
    for key, held in wanted.items():
        row = known.get(key)
        if row is None:
            _add(connection, holder, key[0], held, keep_buffers, beside and key[0] != held.seat.room)
        elif row.until != held.until:
            connection.execute(update(claim).where(claim.c.id == row.id).values(until=held.until))


def shared(connection: Connection, session: str, request_id: str, *, now: datetime) -> bool:
    """True if others sit in the session too, or have a seat kept there."""
    statement = select(claim.c.id).where(
        claim.c.session == session,
        func.coalesce(claim.c.request_id, claim.c.offer_id) != request_id,
        or_(claim.c.until.is_(None), claim.c.until > now),
    )
    return connection.execute(statement.limit(1)).first() is not None


def sits_elsewhere(connection: Connection, seat: Seat, span: TimeSpan, request_id: str) -> bool:
    """True if others sit in the seat's session at another time by now."""
    statement = select(claim.c.id).where(
        claim.c.session == seat.session,
        claim.c.starts_at != span.start,
        func.coalesce(claim.c.request_id, claim.c.offer_id) != request_id,
    )
    return connection.execute(statement.limit(1)).first() is not None


def held_spans(
    connection: Connection, provider_id: str, window: TimeSpan, *, now: datetime
) -> list[TimeSpan]:
    """Time of the provider that requests and appointments hold now, without buffers, by start."""
    rows = connection.execute(
        select(claim.c.starts_at, claim.c.ends_at)
        .where(
            claim.c.resource == provider_resource(provider_id),
            claim.c.starts_at < window.end,
            claim.c.ends_at > window.start,
            or_(claim.c.until.is_(None), claim.c.until > now),
        )
        .order_by(claim.c.starts_at)
    )
    return [TimeSpan(row.starts_at, row.ends_at) for row in rows]


def _drop_lapsed(connection: Connection, resources: Collection[str], now: datetime) -> None:
    connection.execute(delete(claim).where(claim.c.resource.in_(resources), claim.c.until <= now))


def _give_up(connection: Connection, ids: Sequence[str]) -> None:
    if ids:
        connection.execute(delete(claim).where(claim.c.id.in_(ids)))


def _add(
    connection: Connection,
    holder: Holder,
    resource: str,
    held: Holding,
    keep_buffers: bool,
    beside: bool,
) -> None:
    seat = held.seat
    wanted = Claim(resource, held.span, seat.session)
    if resource != seat.room:
        wanted = replace(wanted, before=seat.before, after=seat.after)
    near = held.span.widened(_REACH, _REACH)
    others = connection.execute(
        select(claim).where(
            claim.c.resource == resource,
            claim.c.starts_at < near.end,
            claim.c.ends_at > near.start,
            holder.others,
        )
    ).all()
    bare = not keep_buffers
    asked = Claim(wanted.resource, wanted.span, wanted.session) if bare else wanted
    if not beside and clashes([_value(row, bare=bare) for row in others], asked, capacity=holder.capacity):
        raise Taken
    try:
        connection.execute(
            insert(claim).values(
                id=new_id(),
                practice_id=holder.practice_id,
                resource=resource,
                session=seat.session,
                starts_at=held.span.start,
                ends_at=held.span.end,
                buffer_before=wanted.before,
                buffer_after=wanted.after,
                until=held.until,
                beside=beside,
                request_id=holder.request_id,
                offer_id=holder.offer_id,
            )
        )
    except IntegrityError as error:
        if _is_overlap(error):
            raise Taken from error
        raise


def _value(row: Row[tuple[object, ...]], *, bare: bool) -> Claim:
    before, after = (_NONE, _NONE) if bare else (row.buffer_before, row.buffer_after)
    return Claim(row.resource, TimeSpan(row.starts_at, row.ends_at), row.session, before, after)


def _is_overlap(error: IntegrityError) -> bool:
    return getattr(error.orig, "sqlstate", None) == _EXCLUSION_VIOLATION or OVERLAP in str(error.orig)


def _key(name: str) -> int:
    """The 64-bit number by which PostgreSQL knows a lock."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
