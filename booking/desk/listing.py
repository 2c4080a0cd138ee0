"""Requests as staff see them, one or page by page."""

from __future__ import annotations

from sqlalchemy import Connection

from booking.desk import bookings, finding
from booking.desk.bookings import Case
from booking.desk.forms import RequestQuery
from booking.desk.means import Means
from booking.desk.paging import check_limit, cursor_of, position_of
from booking.desk.views import EventView, ProposalView, RequestPage, RequestView, SeriesDate, SeriesView
from booking.ladder import N_
from booking.refusals import FieldError, Problem, Refused
from booking.requests import Status
from booking.roles import Action, Actor, Role
from booking.store import finding as rows
from booking.store import requests
from booking.store import series as plans


def page(connection: Connection, means: Means, actor: Actor, query: RequestQuery) -> RequestPage:
    finding.demand(actor, Action.VIEW_REQUESTS)
    _check(query)
    provider_id = actor.provider_id if actor.role is Role.PROVIDER else None
    if query.provider is not None:
        provider_id = finding.provider_for(connection, actor, query.provider, Action.VIEW_REQUESTS).id
    found = requests.page(
        connection,
        practice_id=actor.practice_id,
        provider_id=provider_id,
        statuses=query.statuses,
        after=None if query.cursor is None else position_of(query.cursor),
        limit=query.limit + 1,
    )
    shown = found[: query.limit]
    more = len(found) > query.limit
    last = shown[-1].asked if shown else None
    return RequestPage(
        items=tuple(view(connection, means, bookings.case_of(connection, stored)) for stored in shown),
        next=cursor_of(last.created_at, last.id) if more and last else None,
    )


def one(connection: Connection, means: Means, actor: Actor, request_id: str) -> RequestView:
    finding.demand(actor, Action.VIEW_REQUESTS)
    case = bookings.look(connection, request_id)
    if not actor.sees(case.stored.asked.practice_id, case.seat.provider_id):
        raise Refused(Problem.NOT_FOUND)
    return view(connection, means, case)


def view(connection: Connection, means: Means, case: Case) -> RequestView:
    asked, standing = case.stored.asked, case.standing
    event = means.mirror.event(connection, standing.seat.event)
    referred = None if standing.refer_to is None else rows.provider_by_id(connection, standing.refer_to)
    return RequestView(
        id=asked.id,
        status=standing.status.value,
        provider=finding.provider_view(case.provider),
        service=asked.service_code,
        service_name=case.service_name,
        mode=asked.mode,
        span=standing.span,
        timezone=standing.seat.timezone,
        client_id=asked.client_id,
        client_name=asked.client_name,
        client_email=asked.client_email,
        client_phone=asked.client_phone,
        note=asked.note,
        booked_by=asked.booked_by,
        message=standing.message,
        refer_to=None if referred is None else referred.slug,
        created_at=asked.created_at,
        expires_at=standing.expires_at,
        decided_at=standing.decided_at,
        decided_by=None if standing.decided_by is None else standing.decided_by.value,
        settles_at=standing.settles_at,
        proposal=None
        if standing.proposal is None
        else ProposalView(
            starts=tuple(span.start for span in standing.proposal.spans),
            by=standing.proposal.by.value,
            expires_at=standing.proposal.expires_at,
        ),
        unverified=asked.unverified,
        conflict=case.stored.conflict,
        event=None
        if event is None
        else EventView(
            event.calendar, event.calendar_id, event.uid, event.remote_id, event.state, event.written_at
        ),
        version=case.stored.version,
        series=_series(connection, asked.series_id),
    )


def _series(connection: Connection, series_id: str | None) -> SeriesView | None:
    if series_id is None:
        return None
    dates = tuple(
        SeriesDate(each.asked.id, each.standing.span, each.standing.status.value)
        for each in requests.of_series(connection, series_id)
    )
    return SeriesView(series_id, plans.find(connection, series_id).rule, dates)


def _check(query: RequestQuery) -> None:
    errors = check_limit(query.limit)
    if not set(query.statuses) <= {status.value for status in Status}:
        errors.append(FieldError("status", N_("There is no such status.")))
    if errors:
        raise Refused(Problem.INVALID, errors=errors)
