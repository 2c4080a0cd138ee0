"""What pages about a day and about clients' access read: bookings by name, and clients whom an actor may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from booking.practice import Client
from booking.roles import Actor, Role
from booking.store.claims import provider_resource
from booking.store.practice_rows import client_from
from booking.store.tables import claim, client, request
from sync.model.timespan import TimeSpan


@dataclass(frozen=True, slots=True)
class Booked:
    """Time that a request or appointment holds; a proposal holds several.

    ``own``: it is the time the request is for now, not one that is put forward or kept until a decision settles.
    """

    request_id: str
    session: str
    status: str
    client_name: str
    service_code: str
    mode: str
    span: TimeSpan
    own: bool = True


def bookings_in(connection: Connection, provider_id: str, window: TimeSpan, *, now: datetime) -> list[Booked]:
    """Held time of a provider that meets the window, by start; lapsed claims hold nothing."""
    rows = connection.execute(
        select(
            claim.c.starts_at,
            claim.c.ends_at,
            claim.c.session,
            request.c.id,
            request.c.status,
            request.c.client_name,
            request.c.service_code,
            request.c.mode,
            request.c.starts_at.label("own_start"),
        )
        .join(request, request.c.id == claim.c.request_id)
        .where(
            claim.c.resource == provider_resource(provider_id),
            claim.c.starts_at < window.end,
            claim.c.ends_at > window.start,
            claim.c.until.is_(None) | (claim.c.until > now),
        )
        .order_by(claim.c.starts_at, request.c.id)
    )
    return [
        Booked(
            row.id,
            row.session,
            row.status,
            row.client_name,
            row.service_code,
            row.mode,
            TimeSpan(row.starts_at, row.ends_at),
            row.starts_at == row.own_start and row.status in ("pending", "accepted"),
        )
        for row in rows
    ]


def offered_in(
    connection: Connection, provider_id: str, window: TimeSpan, *, now: datetime
) -> list[TimeSpan]:
    """Time that is kept for somebody on the waitlist who was offered it, by start."""
    rows = connection.execute(
        select(claim.c.starts_at, claim.c.ends_at)
        .where(
            claim.c.resource == provider_resource(provider_id),
            claim.c.offer_id.is_not(None),
            claim.c.starts_at < window.end,
            claim.c.ends_at > window.start,
            claim.c.until.is_(None) | (claim.c.until > now),
        )
        .order_by(claim.c.starts_at)
    )
    return [TimeSpan(row.starts_at, row.ends_at) for row in rows]


def clients_seen(connection: Connection, actor: Actor, slugs: Sequence[str]) -> list[Client]:
    """The practice's clients by name. A provider sees those assigned to her, and of those assigned to nobody the ones
    who have asked her for a time; ``slugs`` are her own."""
    rows = connection.execute(
        select(client).where(client.c.practice_id == actor.practice_id).order_by(client.c.name, client.c.id)
    ).mappings()
    found = [client_from(row) for row in rows]
    if actor.role is not Role.PROVIDER:
        return found
    asked = set(
        connection.execute(
            select(request.c.client_id)
            .where(
                request.c.practice_id == actor.practice_id,
                request.c.provider_id == actor.provider_id,
                request.c.client_id.is_not(None),
            )
            .distinct()
        ).scalars()
    )
    return [
        each
        for each in found
        if any(slug in slugs for slug in each.providers) or (not each.providers and each.id in asked)
    ]
