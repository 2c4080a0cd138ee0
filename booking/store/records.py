"""Clients' records, counted from what became of their requests and from the audit."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from sqlalchemy import BigInteger, Connection, and_, func, literal, or_, select, type_coerce

from booking.epoch import ticks
from booking.standing import LATE, LATE_MOVE, Record
from booking.store.tables import audit, request

LOOKED = ("edit_privilege", "review")


def records(connection: Connection, practice_id: str, *, now: datetime) -> dict[str, Record]:
    """By the client's id; one without any request or decision is not among them."""
    before = type_coerce(request.c.starts_at, BigInteger) - type_coerce(request.c.decided_at, BigInteger)
    kept = and_(request.c.status == "accepted", request.c.ends_at <= now)
    late = and_(request.c.status == "cancelled", request.c.decided_by == "client", before < ticks(LATE))
    rows = connection.execute(
        select(request.c.client_id, request.c.status, request.c.decided_at).where(
            request.c.practice_id == practice_id, request.c.client_id.is_not(None), or_(kept, late)
        )
    )
    sessions: dict[str, int] = defaultdict(int)
    cancelled: dict[str, list[datetime]] = defaultdict(list)
    for row in rows:
        if row.status == "accepted":
            sessions[row.client_id] += 1
        else:
            cancelled[row.client_id].append(row.decided_at)
    for client_id, at in _late_moves(connection, practice_id):
        cancelled[client_id].append(at)
    looked = _looked(connection, practice_id)
    return {
        client_id: Record(sessions[client_id], tuple(sorted(cancelled[client_id])), looked.get(client_id))
        for client_id in {*sessions, *cancelled, *looked}
    }


def _late_moves(connection: Connection, practice_id: str) -> list[tuple[str, datetime]]:
    rows = connection.execute(
        select(request.c.client_id, audit.c.at)
        .join(request, literal("request:").concat(request.c.id) == audit.c.object)
        .where(
            audit.c.practice_id == practice_id,
            audit.c.action == LATE_MOVE,
            request.c.client_id.is_not(None),
        )
    )
    return [(row.client_id, row.at) for row in rows]


def _looked(connection: Connection, practice_id: str) -> dict[str, datetime]:
    rows = connection.execute(
        select(audit.c.object, func.max(audit.c.at).label("at"))
        .where(
            audit.c.practice_id == practice_id,
            audit.c.action.in_(LOOKED),
            audit.c.object.like("client:%"),
        )
        .group_by(audit.c.object)
    )
    return {row.object.removeprefix("client:"): row.at for row in rows}
