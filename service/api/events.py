"""A provider's own events that are made here, Busy or Free, and written into the calendar."""

from __future__ import annotations

import orjson
from flask import Response

from booking.event_forms import EventForm
from booking.roles import Action
from service.api import answers
from service.api.asking import KEY, idempotency_key
from service.api.calls import api, json_answer
from service.api.forms import EventBody, EventChangesBody, PageQuery
from service.api.values import Document, Nothing
from service.http.frame import frame

_EVENTS = "/providers/<provider>/events"
_ONE = f"{_EVENTS}/<event_id>"


@api.call(
    "GET", _EVENTS, Action.WRITE_EVENTS, "The provider's own events made here, newest last",
    answers={200: answers.OtherEvents}, query=PageQuery,
)  # fmt: skip
def events(provider: str, query: PageQuery) -> Document:
    program = frame()
    found = program.desk.events(
        program.staff(), provider, cursor=query.cursor, limit=query.limit, now=program.now()
    )
    return found.document()


@api.call(
    "POST", _EVENTS, Action.WRITE_EVENTS, "Make an event of the provider's own",
    answers={201: answers.OtherEvent}, body=EventBody, also=(409,),
    headers={KEY: "1-200 visible ASCII characters. The same key and body make one event."},
)  # fmt: skip
def make_event(provider: str, body: EventBody) -> Response:
    program = frame()
    form = EventForm(**{name: getattr(body, name) for name in EventBody.model_fields})
    made = program.desk.make_event(program.staff(), provider, form, key=idempotency_key(), now=program.now())
    program.ring("sync")
    answer = json_answer({}, 201)
    answer.set_data(orjson.dumps(made.event.document()))
    if made.replayed:
        answer.headers["Idempotent-Replayed"] = "true"
    return answer


@api.call(
    "GET", _ONE, Action.WRITE_EVENTS, "One of the provider's own events", answers={200: answers.OtherEvent}
)
def event(provider: str, event_id: str) -> Document:
    program = frame()
    return program.desk.event(program.staff(), provider, event_id, now=program.now()).document()


@api.call(
    "PATCH", _ONE, Action.WRITE_EVENTS, "Change an event of the provider's own; what is left out stays",
    answers={200: answers.OtherEvent}, body=EventChangesBody, also=(409,),
)  # fmt: skip
def change_event(provider: str, event_id: str, body: EventChangesBody) -> Document:
    program = frame()
    changes = {name: getattr(body, name) for name in body.model_fields_set}
    view = program.desk.change_event(program.staff(), provider, event_id, changes, now=program.now())
    program.ring("sync")
    return view.document()


@api.call(
    "DELETE", _ONE, Action.WRITE_EVENTS, "Remove an event of the provider's own",
    answers={200: answers.OtherEvent},
)  # fmt: skip
def remove_event(provider: str, event_id: str) -> Document:
    program = frame()
    view = program.desk.remove_event(program.staff(), provider, event_id, now=program.now())
    program.ring("sync")
    return view.document()


@api.call(
    "POST", f"{_ONE}/undo", Action.WRITE_EVENTS, "Take the removal of an event back, for half an hour",
    answers={200: answers.OtherEvent}, body=Nothing, also=(409,),
)  # fmt: skip
def undo_event(provider: str, event_id: str) -> Document:
    program = frame()
    view = program.desk.undo_event(program.staff(), provider, event_id, now=program.now())
    program.ring("sync")
    return view.document()
