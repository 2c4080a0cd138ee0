"""Clients' links: made by staff, and what the link to a request opens."""

from __future__ import annotations

from booking.desk.views import ClientPage, ProviderView
from booking.roles import Action
from booking.series import Scope
from service.api import answers
from service.api.calls import api
from service.api.forms import CancelBody, LinkBody, MoveBody, StartBody, TimesQuery
from service.api.values import Document, Nothing
from service.http.frame import frame


@api.call(
    "POST", "/clients/<client_id>/links", Action.CLIENT_LINKS, "A link that recognises a client",
    answers={201: answers.ClientLink}, body=LinkBody,
)  # fmt: skip
def client_link(client_id: str, body: LinkBody) -> Document:
    program = frame()
    link = program.desk.client_link_by(program.staff(), client_id, kind=body.kind, now=program.now())
    return {
        "token": link.token,
        "url": program.runtime.settings.base_url + link.path,
        "expires_at": link.expires_at.isoformat(),
    }


@api.call(
    "GET", "/r/<token>", Action.VIEW_OWN_REQUEST, "A request, as its client sees it",
    answers={200: answers.ClientPage}, by_link=True, limit="slots",
)  # fmt: skip
def client_page(token: str) -> Document:
    return _document(frame().desk.client_page(token, now=frame().now()))


@api.call(
    "POST", "/r/<token>/cancel", Action.CANCEL_OWN_REQUEST, "The client cancels",
    answers={200: answers.ClientPage}, body=CancelBody, by_link=True, limit="requests", also=(403, 409),
)  # fmt: skip
def client_cancel(token: str, body: CancelBody) -> Document:
    page = frame().desk.client_cancel(token, scope=Scope(body.scope), now=frame().now())
    frame().ring("sync", "mail")
    return _document(page)


@api.call(
    "GET", "/r/<token>/times", Action.VIEW_OWN_REQUEST, "Times the client may move the request to",
    answers={200: answers.Slots}, query=TimesQuery, by_link=True, limit="slots",
)  # fmt: skip
def client_times(token: str, query: TimesQuery) -> Document:
    return (
        frame()
        .desk.client_times(token, start=query.start, end=query.end, zone=query.tz, now=frame().now())
        .document()
    )


@api.call(
    "POST", "/r/<token>/reschedule", Action.MOVE_OWN_REQUEST, "The client takes another time",
    answers={200: answers.ClientPage}, body=MoveBody, by_link=True, limit="requests", also=(403, 409),
)  # fmt: skip
def client_reschedule(token: str, body: MoveBody) -> Document:
    scope = Scope(body.scope)
    return _changed(frame().desk.client_reschedule(token, body.start, scope=scope, now=frame().now()))


@api.call(
    "POST", "/r/<token>/choose", Action.MOVE_OWN_REQUEST, "The client takes one of the times put forward",
    answers={200: answers.ClientPage}, body=StartBody, by_link=True, limit="requests", also=(403, 409),
)  # fmt: skip
def client_choose(token: str, body: StartBody) -> Document:
    return _changed(frame().desk.client_choose(token, body.start, now=frame().now()))


@api.call(
    "POST", "/r/<token>/refuse", Action.MOVE_OWN_REQUEST, "The client takes none of the times put forward",
    answers={200: answers.ClientPage}, body=Nothing, by_link=True, limit="requests", also=(403, 409),
)  # fmt: skip
def client_refuse(token: str) -> Document:
    return _changed(frame().desk.client_refuse(token, now=frame().now()))


def _changed(page: ClientPage) -> Document:
    frame().ring("sync", "requests", "mail")
    return _document(page)


def _document(page: ClientPage) -> Document:
    return {
        "id": page.id,
        "status": page.status,
        "practice": {"slug": page.practice.slug, "name": page.practice.name, "phone": page.practice.phone},
        "provider": _provider(page.provider),
        "service": page.service_name,
        "mode": page.mode,
        "start": page.span.start.isoformat(),
        "end": page.span.end.isoformat(),
        "timezone": page.timezone,
        "expires_at": None if page.expires_at is None else page.expires_at.isoformat(),
        "message": page.message,
        "refer_to": None if page.refer_to is None else _provider(page.refer_to),
        "may_cancel": page.may_cancel,
        "dates": [
            {"this": each.this, "start": each.span.start.isoformat(), "status": each.status}
            for each in page.dates
        ],
        "may_reschedule": page.may_reschedule,
        "proposal": None if page.proposal is None else page.proposal.document(),
    }


def _provider(view: ProviderView) -> Document:
    return {"slug": view.slug, "name": view.name}
