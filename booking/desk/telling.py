"""A notice becomes rows of the outbox: one for each recipient, with the facts as they are at this moment."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from booking import whereabouts
from booking.channel_texts import international
from booking.client_event import Method, method_for
from booking.clients import email_key
from booking.notices import Audience, Kind, Notice, recipients, wanted
from booking.practice import Client, Location
from booking.requests import Status
from booking.store import channels, finding, mail, requests
from booking.store.claims import room_resource
from booking.store.finding import KnownProvider
from booking.store.requests import Asked, Stored

_NO_EVENT = frozenset({Kind.REMINDER, Kind.PROPOSED, Kind.CREATED})
"""Kinds that leave the recipient's calendar alone."""

_AS_ONE = frozenset(Kind) - {
    Kind.REMINDER, Kind.PROPOSED, Kind.CHOSEN, Kind.TURNED_DOWN, Kind.CONFLICT, Kind.WISH, Kind.PROVIDER_CHANGED,
}  # fmt: skip
"""Kinds that tell of all dates of a series at once."""


@dataclass(frozen=True, slots=True)
class Told:
    """What notices about a request are made of. ``telehealth_url`` may be empty."""

    stored: Stored
    provider: KnownProvider
    service_name: str
    telehealth_url: str


def tell(
    connection: Connection,
    told: Told,
    notice: Notice,
    *,
    mark: str,
    now: datetime,
    useless_at: datetime | None = None,
) -> None:
    """Queue the notice for each recipient whom the switches allow it; each once for a ``mark``.

    From ``useless_at`` on it would tell nothing any more and is not sent.
    """
    asked = told.stored.asked
    client = _client(connection, asked)
    if not wanted(notice, told.provider.practice.notices, {} if client is None else client.notices):
        return
    to_client = notice.audience is Audience.CLIENT
    facts = facts_of(connection, told, notice.kind)
    subject = asked.id
    if asked.series_id is not None and notice.kind in _AS_ONE:
        # What became of several dates at once is told in one mail, whichever of them comes first.
        decided_at = told.stored.standing.decided_at or now
        subject, mark = asked.series_id, f"{decided_at.timestamp():.6f}"
    for address in recipients(asked.client_email, client) if to_client else [told.provider.email]:
        method = _method(connection, told, notice, address)
        mail.queue(
            connection,
            practice_id=asked.practice_id,
            dedupe=f"{subject}:{mark}:{notice.kind}:{notice.audience}:{_short(address)}",
            kind=notice.kind.value,
            audience=notice.audience.value,
            recipient=address,
            facts=facts,
            request_id=asked.id,
            now=now,
            method=method,
            sequence=None if method is None else told.stored.version,
            useless_at=useless_at,
        )
    _tell_channels(
        connection, told, notice, client, facts, key=f"{subject}:{mark}", now=now, useless_at=useless_at
    )


def _tell_channels(
    connection: Connection,
    told: Told,
    notice: Notice,
    client: Client | None,
    facts: dict[str, Any],
    *,
    key: str,
    now: datetime,
    useless_at: datetime | None,
) -> None:
    """The same by the practice's further channels. ``key`` names the notice: each channel is told of it once."""
    asked, to_client = told.stored.asked, notice.audience is Audience.CLIENT
    for channel in channels.for_notice(
        connection, asked.practice_id, kind=notice.kind.value, audience=notice.audience.value
    ):
        # Only numbers that the practice itself knows: a stranger's could be anybody's, and costs money.
        number = international(client.phone) if to_client and client is not None else None
        if to_client and number is None:
            continue
        mail.queue(
            connection,
            practice_id=asked.practice_id,
            dedupe=f"{key}:{notice.kind}:{notice.audience}:{channel.id}",
            kind=notice.kind.value,
            audience=notice.audience.value,
            recipient=number or channel.name,
            facts=facts | ({"client": asked.client_name} if channel.names else {}),
            request_id=asked.id,
            now=now,
            useless_at=useless_at,
            channel_id=channel.id,
        )


def facts_of(connection: Connection, told: Told, kind: Kind) -> dict[str, Any]:
    """What is true as the notice is decided. Nothing that the client typed: the address may be a stranger's."""
    asked, standing = told.stored.asked, told.stored.standing
    referred = None if standing.refer_to is None else finding.provider_by_id(connection, standing.refer_to)
    certain = standing.status is Status.ACCEPTED
    proposal = standing.proposal if kind is Kind.PROPOSED else None
    more = _more(connection, told.stored) if kind in _AS_ONE else []
    return {
        "provider_id": told.provider.id,
        "provider": told.provider.name,
        "service": told.service_name,
        "start": standing.span.start.isoformat(),
        "end": standing.span.end.isoformat(),
        "expires_at": (standing.expires_at if proposal is None else proposal.expires_at).isoformat(),
        "message": standing.message,
        "refer_to": None if referred is None else referred.name,
        "where": place_of(connection, told.stored, certain=certain),
        "video": whereabouts.video(asked.mode, told.telehealth_url, certain=certain),
        "more": [each.standing.span.start.isoformat() for each in more],
        "dates": [_date(each) for each in more],
        "proposed": [] if proposal is None else [span.start.isoformat() for span in proposal.spans],
    }


def _date(stored: Stored) -> dict[str, Any]:
    """A further date of a series, as the mail's calendar file needs it."""
    span = stored.standing.span
    return {
        "id": stored.asked.id,
        "start": span.start.isoformat(),
        "end": span.end.isoformat(),
        "sequence": stored.version,
    }


def _more(connection: Connection, stored: Stored) -> list[Stored]:
    """The other dates of a series that stand alike, decided about at the same moment."""
    asked, standing = stored.asked, stored.standing
    if asked.series_id is None:
        return []
    return [
        each
        for each in requests.of_series(connection, asked.series_id)
        if each.asked.id != asked.id
        and (each.standing.status, each.standing.decided_at) == (standing.status, standing.decided_at)
    ]


def place_of(connection: Connection, stored: Stored, *, certain: bool) -> str:
    """Where the client is to come, as far as it may be told."""
    asked = stored.asked
    locations = finding.locations_of(connection, asked.practice_id)
    room_of = next((each for each in locations if _has_room(each, stored)), None)
    return whereabouts.place(asked.mode, locations, room_of=room_of, certain=certain)


def _has_room(location: Location, stored: Stored) -> bool:
    room = stored.standing.seat.room
    keys = (room_resource(stored.asked.practice_id, location.slug, name) for name in location.rooms)
    return room is not None and room in keys


def _client(connection: Connection, asked: Asked) -> Client | None:
    if asked.client_id is None:
        return None
    return finding.client_by_id(connection, asked.practice_id, asked.client_id)


def _method(connection: Connection, told: Told, notice: Notice, address: str) -> Method | None:
    if notice.audience is not Audience.CLIENT or notice.kind in _NO_EVENT:
        return None
    asked = told.stored.asked
    kin = [] if asked.series_id is None else requests.of_series(connection, asked.series_id)
    last = mail.last_method(
        connection, request_id=asked.id, kin=[each.asked.id for each in kin], recipient=address
    )
    return method_for(told.stored.standing.status, last)


def _short(address: str) -> str:
    """Stands for an address where it is not to be read."""
    return hashlib.sha256(email_key(address).encode()).hexdigest()[:16]
