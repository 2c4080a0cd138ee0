"""Links that clients hold: to one request, or standing for themselves. Looking at one changes nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from booking.desk import bookings, deciding, finding
from booking.desk.bookings import Case
from booking.desk.means import Means
from booking.desk.views import ClientLink, ClientPage
from booking.ladder import N_
from booking.refusals import FieldError, Problem, Refused
from booking.requests import By
from booking.store import audit, capabilities
from booking.store import finding as rows
from sync.model.identity import new_id

_LASTS = {
    "sign_in": timedelta(days=1),
    "new_appointment": timedelta(days=14),
    "invitation": timedelta(days=14),
}


def client_page(connection: Connection, means: Means, token: str, *, now: datetime) -> ClientPage:
    return _page(connection, bookings.look(connection, _request_of(connection, means, token, now)), now)


def client_cancel(connection: Connection, means: Means, token: str, *, now: datetime) -> ClientPage:
    case = bookings.grasp(connection, _request_of(connection, means, token, now))
    return _page(connection, deciding.cancel_by_client(connection, means, case, now=now), now)


def client_link(
    connection: Connection,
    means: Means,
    practice_id: str,
    client_id: str,
    *,
    kind: str,
    actor: str,
    now: datetime,
) -> ClientLink:
    """A new link of a client, valid for a day to sign in, for two weeks to book."""
    if kind not in _LASTS:
        error = FieldError("kind", N_("A link is sign_in, new_appointment or invitation."))
        raise Refused(Problem.INVALID, errors=[error])
    practice = rows.practice_by_id(connection, practice_id)
    client = rows.client_by_id(connection, practice_id, client_id)
    if practice is None or client is None:
        raise Refused(Problem.NOT_FOUND)
    token = means.tokens.derive(kind, new_id())
    expires_at = now + _LASTS[kind]
    capabilities.add(
        connection,
        token_hash=means.tokens.hash(token),
        practice_id=practice_id,
        kind=kind,
        client_id=client_id,
        now=now,
        expires_at=expires_at,
    )
    audit.note(
        connection,
        practice_id=practice_id,
        at=now,
        actor=actor,
        action=f"link {kind}",
        about=f"client:{client_id}",
    )
    return ClientLink(token, f"/book/{practice.slug}?client_token={token}", expires_at, client)


def _request_of(connection: Connection, means: Means, token: str, now: datetime) -> str:
    found = capabilities.find(connection, token_hash=means.tokens.hash(token), now=now)
    if found is None or found.kind != capabilities.MANAGE or found.request_id is None:
        raise Refused(Problem.NOT_FOUND)
    return found.request_id


def _page(connection: Connection, case: Case, now: datetime) -> ClientPage:
    asked = case.stored.asked
    # Nobody is told of a decision while it can still be undone; what she did herself she sees at once.
    standing = case.standing
    in_grace = standing.settles_at is not None and now < standing.settles_at
    if in_grace and standing.decided_by is not By.CLIENT:
        standing = standing.told
    referred = None if standing.refer_to is None else rows.provider_by_id(connection, standing.refer_to)
    return ClientPage(
        id=asked.id,
        practice=finding.practice_view(connection, case.provider.practice),
        provider=finding.provider_view(case.provider),
        service_name=case.service_name,
        mode=asked.mode,
        status=standing.status.value,
        span=standing.span,
        timezone=asked.timezone,
        client_timezone=asked.client_timezone,
        created_at=asked.created_at,
        expires_at=standing.expires_at,
        decided_at=standing.decided_at,
        message=standing.message,
        refer_to=None if referred is None else finding.provider_view(referred),
        may_cancel=deciding.may_cancel(case, now=now),
    )
