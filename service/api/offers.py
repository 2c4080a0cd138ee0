"""What is on offer: services and times. Open to everybody."""

from __future__ import annotations

from flask import Response

from booking.desk import Asking, SlotQuery
from booking.refusals import Problem, Refused
from booking.roles import Action
from service.api import answers
from service.api.calls import api, listed
from service.api.forms import NextQuery, SlotsQuery
from service.api.values import Document
from service.http.frame import frame
from service.http.problems import Stopped
from service.people.identity import unauthorized

_PROVIDER = "/practices/<practice>/providers/<provider>"


@api.call(
    "GET", f"{_PROVIDER}/services", Action.LOOK_AT_OFFERS, "Services that can be asked for online",
    answers={200: answers.Services}, limit="slots",
)  # fmt: skip
def services(practice: str, provider: str) -> Document:
    return listed([service.document() for service in frame().desk.services(practice, provider)])


@api.call(
    "GET", f"{_PROVIDER}/slots", Action.LOOK_AT_OFFERS, "Times that can be asked for",
    answers={200: answers.Slots}, query=SlotsQuery, limit="slots", also=(403,),
)  # fmt: skip
def slots(practice: str, provider: str, query: SlotsQuery) -> Response:
    asked = SlotQuery(
        practice=practice,
        provider=provider,
        service=query.service,
        start=query.start,
        end=query.end,
        zone=query.tz,
        mode=query.mode,
        asking=in_whose_name(practice, provider, token=query.client_token, client=query.client),
    )
    document = frame().desk.slots_document(asked, now=frame().now())
    return Response(document, content_type="application/json")


@api.call(
    "GET", "/practices/<practice>/slots/next", Action.LOOK_AT_OFFERS, "The earliest times across providers",
    answers={200: answers.NextSlots}, query=NextQuery, limit="slots",
)  # fmt: skip
def next_slots(practice: str, query: NextQuery) -> Document:
    found = frame().desk.next_slots(
        practice, query.service, mode=query.mode, limit=query.limit, now=frame().now()
    )
    return {"slots": [slot.document() for slot in found]}


def in_whose_name(practice: str, provider: str, *, token: str | None, client: str | None) -> Asking:
    """In whose name a call is made: a client's own by token, or one that staff of this practice names by id."""
    if client is None:
        return Asking(client_token=token)
    actor = frame().actor()
    if actor is None:
        raise unauthorized()
    if not actor.may(Action.ACT_FOR_CLIENTS):
        raise Stopped(403)
    view = frame().desk.provider(practice, provider)
    if not actor.sees(view.practice_id, view.id):
        raise Refused(Problem.NOT_FOUND)
    return frame().desk.in_the_name_of(actor, client)
