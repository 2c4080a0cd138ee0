"""Links that clients hold: to one request, or standing for themselves. Looking at one changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from booking import whereabouts
from booking.desk import bookings, deciding, finding, rescheduling, telling
from booking.desk.bookings import Case
from booking.desk.means import Means
from booking.desk.views import ClientLink, ClientPage, DateView, ProposalView, SlotAnswer
from booking.desk.window import a_zone
from booking.epoch import micros
from booking.freshness import state
from booking.ladder import N_
from booking.refusals import FieldError, Problem, Refused
from booking.requests import By, Status
from booking.series import Scope
from booking.store import audit, capabilities, requests
from booking.store import finding as rows
from sync.model.identity import new_id

_SECOND = 1_000_000
LASTS = {
    "sign_in": timedelta(days=1),
    "new_appointment": timedelta(days=14),
    "invitation": timedelta(days=14),
}
"""How long a link that stands for a client is good for, by its kind."""


def client_page(connection: Connection, means: Means, token: str, *, now: datetime) -> ClientPage:
    return _page(
        connection, means, bookings.look(connection, _request_of(connection, means, token, now)), now
    )


def client_cancel(
    connection: Connection, means: Means, token: str, scope: Scope, *, now: datetime
) -> ClientPage:
    request_id = _request_of(connection, means, token, now)
    done = deciding.cancel_by_client(connection, means, request_id, scope=scope, now=now)
    return _page(connection, means, done, now)


def client_times(
    connection: Connection,
    means: Means,
    token: str,
    start: date | None,
    end: date | None,
    zone: str | None,
    *,
    now: datetime,
) -> SlotAnswer:
    """What the client may move her request to; nothing where it is too late for that."""
    case = bookings.look(connection, _request_of(connection, means, token, now))
    place = a_zone(zone, case.seat.timezone)
    open_now = rescheduling.may_reschedule(case, now=now)
    found = rescheduling.times(connection, means, case, start, end, place, now) if open_now else []
    freshness = means.mirror.freshness(connection, case.provider.id)
    return SlotAnswer(
        timezone=place,
        freshness=state(freshness, now=now, rules=case.rules).value,
        checked_at=freshness.checked_at,
        starts=[(micros(slot.start) // _SECOND, slot.modes) for slot in found],
        length=case.standing.span.length,
    )


def client_reschedule(
    connection: Connection, means: Means, token: str, start: datetime, scope: Scope, *, now: datetime
) -> ClientPage:
    request_id = _request_of(connection, means, token, now)
    done = rescheduling.by_client(connection, means, request_id, start, scope=scope, now=now)
    return _page(connection, means, done, now)


def client_choose(
    connection: Connection, means: Means, token: str, start: datetime, *, now: datetime
) -> ClientPage:
    case = bookings.grasp(connection, _request_of(connection, means, token, now))
    return _page(connection, means, rescheduling.choose(connection, means, case, start, now=now), now)


def client_refuse(connection: Connection, means: Means, token: str, *, now: datetime) -> ClientPage:
    case = bookings.grasp(connection, _request_of(connection, means, token, now))
    return _page(connection, means, rescheduling.refuse(connection, means, case, now=now), now)


def provider_of_link(connection: Connection, means: Means, token: str, *, now: datetime) -> str:
    """Whose time the request takes that the link opens."""
    return bookings.look(connection, _request_of(connection, means, token, now)).seat.provider_id


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
    if kind not in LASTS:
        error = FieldError("kind", N_("A link is sign_in, new_appointment or invitation."))
        raise Refused(Problem.INVALID, errors=[error])
    practice = rows.practice_by_id(connection, practice_id)
    client = rows.client_by_id(connection, practice_id, client_id)
    if practice is None or client is None:
        raise Refused(Problem.NOT_FOUND)
    token = means.tokens.derive(kind, new_id())
    expires_at = now + LASTS[kind]
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


def _page(connection: Connection, means: Means, case: Case, now: datetime) -> ClientPage:
    asked = case.stored.asked
    # Nobody is told of a decision while it can still be undone; what she did herself she sees at once.
    standing = case.standing
    in_grace = standing.settles_at is not None and now < standing.settles_at
    if in_grace and standing.decided_by is not By.CLIENT:
        standing = standing.told
    known = (
        case
        if standing is case.standing
        else bookings.case_of(connection, replace(case.stored, standing=standing))
    )
    proposal = case.standing.proposal
    if proposal is not None and (not case.standing.live or now >= proposal.expires_at):
        proposal = None
    certain = standing.status is Status.ACCEPTED
    referred = None if standing.refer_to is None else rows.provider_by_id(connection, standing.refer_to)
    return ClientPage(
        id=asked.id,
        practice=finding.practice_view(connection, known.provider.practice),
        provider=finding.provider_view(known.provider),
        service_name=known.service_name,
        mode=asked.mode,
        status=standing.status.value,
        span=standing.span,
        timezone=standing.seat.timezone,
        client_timezone=asked.client_timezone,
        created_at=asked.created_at,
        expires_at=standing.expires_at,
        decided_at=standing.decided_at,
        message=standing.message,
        refer_to=None if referred is None else finding.provider_view(referred),
        may_cancel=deciding.may_cancel(case, now=now),
        dates=_dates(connection, means, case, now),
        may_reschedule=rescheduling.may_reschedule(case, now=now),
        proposal=None
        if proposal is None
        else ProposalView(
            tuple(span.start for span in proposal.spans), proposal.by.value, proposal.expires_at
        ),
        where=telling.place_of(connection, known.stored, certain=certain),
        video=whereabouts.video(asked.mode, known.telehealth_url, certain=certain),
        version=case.stored.version,
    )


def _dates(connection: Connection, means: Means, case: Case, now: datetime) -> tuple[DateView, ...]:
    """The other dates of its series, each with its own link, as far as the client knows of them."""
    asked = case.stored.asked
    if asked.series_id is None:
        return ()
    found = []
    for each in requests.of_series(connection, asked.series_id):
        standing = each.standing
        if (
            standing.settles_at is not None
            and now < standing.settles_at
            and standing.decided_by is not By.CLIENT
        ):
            standing = standing.told
        token = means.tokens.derive(capabilities.MANAGE, each.asked.id)
        found.append(DateView(each.asked.id == asked.id, token, standing.span, standing.status.value))
    return tuple(found)
