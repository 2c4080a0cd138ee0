"""A provider's time, for staff: why a time can or cannot be booked, and what takes it."""

from __future__ import annotations

from booking.roles import Action
from service.api import answers
from service.api.calls import api
from service.api.forms import BusyQuery, ExplainQuery
from service.api.values import Document
from service.http.frame import frame


@api.call(
    "GET", "/providers/<provider>/explain", Action.EXPLAIN, "Every rule's answer for one start",
    answers={200: answers.Explanation}, query=ExplainQuery,
)  # fmt: skip
def explain(provider: str, query: ExplainQuery) -> Document:
    answer = frame().desk.explain(
        frame().staff(),
        provider,
        service=query.service,
        start=query.start,
        client_id=query.client,
        mode=query.mode,
        now=frame().now(),
    )
    return answer.document()


@api.call(
    "GET", "/providers/<provider>/busy", Action.BUSY, "What takes the provider's time, merged",
    answers={200: answers.Busy}, query=BusyQuery,
)  # fmt: skip
def busy(provider: str, query: BusyQuery) -> Document:
    return (
        frame()
        .desk.busy(frame().staff(), provider, start=query.start, end=query.end, now=frame().now())
        .document()
    )
