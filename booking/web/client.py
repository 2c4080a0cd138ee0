"""A client's own page: where a request stands, and what she may do now. Looking at it changes nothing."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, abort, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext

from booking.client_event import ClientEvent, Mailbox, Method, write
from booking.desk.views import ClientPage
from booking.policy import capability, limited
from booking.refusals import Problem, Refused
from booking.requests import Status
from booking.roles import Action
from booking.web.embedding import allow_frame
from booking.web.frame import frame
from booking.web.moving import times_page
from booking.web.typed import a_scope
from booking.web.visit import an_instant

blueprint = Blueprint("client", __name__, url_prefix="/r")


@blueprint.get("/<token>")
@capability(Action.VIEW_OWN_REQUEST)
def page(token: str) -> Response:
    found = frame().desk.client_page(token, now=frame().now())
    return _page(found, token, new="new" in request.args)


@blueprint.get("/<token>/appointment.ics")
@capability(Action.VIEW_OWN_REQUEST)
def calendar_file(token: str) -> Response:
    """The appointment for a calendar of the client's own; there is none while it is not certain."""
    found = frame().desk.client_page(token, now=frame().now())
    if found.status != Status.ACCEPTED.value:
        abort(404)
    event = ClientEvent(
        request_id=found.id,
        sequence=found.version,
        span=found.span,
        zone=found.client_timezone or found.timezone,
        summary=gettext("Appointment with %(provider)s", provider=found.provider.name),
        organizer=Mailbox(""),
        location=found.where or found.video,
        description="\n".join(
            part for part in (found.practice.name, found.practice.phone, found.video) if part
        ),
        url=found.video,
    )
    answer = make_response(write(event, Method.PUBLISH, stamp=frame().now()))
    answer.headers["Content-Type"] = "text/calendar; charset=utf-8; method=PUBLISH"
    answer.headers["Content-Disposition"] = 'attachment; filename="appointment.ics"'
    return answer


@blueprint.post("/<token>/cancel")
@capability(Action.CANCEL_OWN_REQUEST)
@limited("requests")
def cancel(token: str) -> Response:
    return _done(token, lambda: frame().desk.client_cancel(token, scope=a_scope("this"), now=frame().now()))


@blueprint.get("/<token>/reschedule")
@capability(Action.VIEW_OWN_REQUEST)
@limited("slots")
def times(token: str) -> Response:
    """The times she may move to; one of them chosen: both times, and the button that does it."""
    found = frame().desk.client_page(token, now=frame().now())
    if not found.may_reschedule:
        return redirect(url_for("client.page", token=token), 303)  # type: ignore[return-value]
    return times_page(found, token)


@blueprint.post("/<token>/reschedule")
@capability(Action.MOVE_OWN_REQUEST)
@limited("requests")
def reschedule(token: str) -> Response:
    start = an_instant(request.form.get("start", ""))
    if start is None:
        raise Refused(Problem.NOT_FOUND)
    try:
        frame().desk.client_reschedule(token, start, scope=a_scope("this"), now=frame().now())
    except Refused as refused:
        if refused.problem is not Problem.SLOT_UNAVAILABLE or refused.clashes:
            return _refused(token, refused)
        found = frame().desk.client_page(token, now=frame().now())
        return times_page(found, token, taken=start)
    return _back(token)


@blueprint.post("/<token>/choose")
@capability(Action.MOVE_OWN_REQUEST)
@limited("requests")
def choose(token: str) -> Response:
    start = an_instant(request.form.get("start", ""))
    if start is None:
        raise Refused(Problem.NOT_FOUND)
    return _done(token, lambda: frame().desk.client_choose(token, start, now=frame().now()))


@blueprint.post("/<token>/refuse")
@capability(Action.MOVE_OWN_REQUEST)
@limited("requests")
def refuse(token: str) -> Response:
    return _done(token, lambda: frame().desk.client_refuse(token, now=frame().now()))


def _done(token: str, act: Callable[[], object]) -> Response:
    try:
        act()
    except Refused as refused:
        return _refused(token, refused)
    return _back(token)


def _refused(token: str, refused: Refused) -> Response:
    """Her page, with what stood in the way."""
    if refused.problem is Problem.NOT_FOUND:
        raise refused
    found = frame().desk.client_page(token, now=frame().now())
    return _page(found, token, message=gettext(refused.text), status=409)


def _back(token: str) -> Response:
    frame().ring("sync", "requests", "mail")
    return redirect(url_for("client.page", token=token), 303)  # type: ignore[return-value]


def _page(
    found: ClientPage, token: str, *, new: bool = False, message: str = "", status: int = 200
) -> Response:
    g.locales = found.practice.page.locales
    if new:
        # The last step in a frame. All that can be done from here on leads out of it.
        allow_frame(found.practice.page)
    html = render_template(
        "web/request.html", practice=found.practice, asked=found, token=token, new=new, message=message
    )
    return make_response(html, status)
