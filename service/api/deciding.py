"""Requests as the practice sees them, and what it decides about them."""

from __future__ import annotations

from booking.desk import RequestQuery
from booking.desk.views import RequestView
from booking.roles import Action
from booking.series import Scope
from service.api import answers
from service.api.calls import api
from service.api.forms import (
    DeclineBody,
    MessageBody,
    MoveBody,
    ProviderBody,
    RequestsQuery,
    ScopeBody,
    StartsBody,
)
from service.api.values import Document, Nothing
from service.http.frame import frame


@api.call(
    "GET", "/requests", Action.VIEW_REQUESTS, "Requests, newest last",
    answers={200: answers.Requests}, query=RequestsQuery, also=(404,),
)  # fmt: skip
def requests(query: RequestsQuery) -> Document:
    asked = RequestQuery(
        statuses=tuple(query.status), provider=query.provider, cursor=query.cursor, limit=query.limit
    )
    return frame().desk.requests(frame().staff(), asked).document()


@api.call(
    "GET", "/requests/<request_id>", Action.VIEW_REQUESTS, "One request", answers={200: answers.Request}
)
def request(request_id: str) -> Document:
    return frame().desk.request_of(frame().staff(), request_id).document()


@api.call(
    "POST", "/requests/<request_id>/accept", Action.DECIDE, "Accept a pending request",
    answers={200: answers.Request}, body=ScopeBody, also=(409,),
)  # fmt: skip
def accept(request_id: str, body: ScopeBody) -> Document:
    return _decided(
        frame().desk.accept(frame().staff(), request_id, scope=Scope(body.scope), now=frame().now())
    )


@api.call(
    "POST", "/requests/<request_id>/decline", Action.DECIDE, "Decline a pending request",
    answers={200: answers.Request}, body=DeclineBody, also=(409,),
)  # fmt: skip
def decline(request_id: str, body: DeclineBody) -> Document:
    view = frame().desk.decline(
        frame().staff(),
        request_id,
        message=body.message,
        refer_to=body.refer_to,
        scope=Scope(body.scope),
        now=frame().now(),
    )
    return _decided(view)


@api.call(
    "POST", "/requests/<request_id>/undo", Action.DECIDE, "Take the last decision back",
    answers={200: answers.Request}, body=Nothing, also=(409,),
)  # fmt: skip
def undo(request_id: str) -> Document:
    return _decided(frame().desk.undo(frame().staff(), request_id, now=frame().now()))


@api.call(
    "POST", "/requests/<request_id>/cancel", Action.DECIDE, "Cancel a request or an appointment",
    answers={200: answers.Request}, body=MessageBody, also=(409,),
)  # fmt: skip
def cancel(request_id: str, body: MessageBody) -> Document:
    view = frame().desk.cancel(
        frame().staff(), request_id, message=body.message, scope=Scope(body.scope), now=frame().now()
    )
    return _decided(view)


@api.call(
    "POST", "/requests/<request_id>/reschedule", Action.DECIDE, "Give it another time",
    answers={200: answers.Request}, body=MoveBody, also=(409,),
)  # fmt: skip
def reschedule(request_id: str, body: MoveBody) -> Document:
    view = frame().desk.reschedule(
        frame().staff(), request_id, body.start, scope=Scope(body.scope), now=frame().now()
    )
    return _decided(view)


@api.call(
    "POST", "/requests/<request_id>/propose", Action.DECIDE, "Put up to three other times forward",
    answers={200: answers.Request}, body=StartsBody, also=(409,),
)  # fmt: skip
def propose(request_id: str, body: StartsBody) -> Document:
    return _decided(frame().desk.propose(frame().staff(), request_id, body.starts, now=frame().now()))


@api.call(
    "POST", "/requests/<request_id>/reassign", Action.DECIDE, "Give it to another provider",
    answers={200: answers.Request}, body=ProviderBody, also=(409,),
)  # fmt: skip
def reassign(request_id: str, body: ProviderBody) -> Document:
    return _decided(frame().desk.reassign(frame().staff(), request_id, body.provider, now=frame().now()))


def _decided(view: RequestView) -> Document:
    frame().ring("sync", "mail")
    return view.document()
