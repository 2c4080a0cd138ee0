"""The waitlist: joined by everybody, seen and kept in order by staff."""

from __future__ import annotations

from booking.desk import Asking
from booking.desk.forms import WaitForm
from booking.refusals import Problem, Refused
from booking.roles import Action
from service.api import answers
from service.api.calls import api, listed
from service.api.forms import WaitBody
from service.api.values import Document, Nothing
from service.http.frame import frame

_WAITLIST = "/practices/<practice>/providers/<provider>/waitlist"


@api.call(
    "POST", _WAITLIST, Action.LEAVE_A_WISH, "Wait for a time to become free",
    answers={202: answers.Waits}, body=WaitBody, limit="requests", also=(403, 409),
)  # fmt: skip
def join_waitlist(practice: str, provider: str, body: WaitBody) -> Document:
    form = WaitForm(
        practice=practice,
        provider=provider,
        service=body.service,
        name=body.client.name,
        email=body.client.email,
        phone=body.client.phone,
        mode=body.mode,
        days=tuple(body.days),
        part=body.part,
        first=body.from_date,
        last=body.until,
        timezone=body.timezone,
        asking=Asking(client_token=body.client_token),
        privacy=body.privacy,
    )
    frame().desk.waitlist.join(form, now=frame().now())
    frame().ring("requests", "mail")
    return {"state": "waiting"}


@api.call(
    "GET",
    _WAITLIST,
    Action.VIEW_REQUESTS,
    "Who waits for a time, longest first",
    answers={200: answers.Waitlist},
)
def waitlist(practice: str, provider: str) -> Document:
    program = frame()
    if program.desk.practice(practice).id != program.staff().practice_id:
        raise Refused(Problem.NOT_FOUND)
    found = program.desk.waitlist.listed(program.staff(), provider, now=program.now())
    return listed([each.document() for each in found])


@api.call(
    "POST", "/waitlist/<waiting_id>/remove", Action.DECIDE, "Take a client off the waitlist",
    answers={200: answers.OffWaitlist}, body=Nothing,
)  # fmt: skip
def leave_waitlist(waiting_id: str) -> Document:
    frame().desk.waitlist.remove(frame().staff(), waiting_id, now=frame().now())
    frame().ring("requests")
    return {"id": waiting_id}
