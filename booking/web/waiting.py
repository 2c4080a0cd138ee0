"""The waitlist on pages: joining it, one's own place on it, and who waits, for the provider."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext

from booking.desk.forms import WaitForm
from booking.ladder import N_
from booking.policy import allows, capability, limited
from booking.refusals import FieldError, Problem, Refused
from booking.roles import Action
from booking.web.asking import known
from booking.web.frame import frame
from booking.web.given_times import a_date
from booking.web.look import locale
from booking.web.sealing import once_more, sent_seal
from booking.web.typed import by_field, trapped, typed
from booking.web.visit import Visit

blueprint = Blueprint("waiting", __name__)

_FIELDS = ("name", "email", "phone", "part", "from", "until", "privacy")


@blueprint.get("/book/<practice>/<provider>/waitlist")
@allows(Action.LOOK_AT_OFFERS)
@limited("slots")
def form(practice: str, provider: str) -> Response:
    visit = Visit.of(practice, provider)
    return _form(visit, request.args.get("service", ""), known(visit), {}, 200)


@blueprint.post("/book/<practice>/<provider>/waitlist")
@allows(Action.LEAVE_A_WISH)
@limited("requests")
def join(practice: str, provider: str) -> Any:
    visit = Visit.of(practice, provider)
    service = request.form.get("service", "")
    given = typed(*_FIELDS)
    if sent_seal() is None or trapped(request.form):
        return _form(visit, service, given, {"name": once_more()}, 400)
    try:
        wait = WaitForm(
            practice=practice,
            provider=provider,
            service=service,
            name=given["name"],
            email=given["email"],
            phone=given["phone"],
            days=_days(),
            part=given["part"] or "any",
            first=_date("from", given["from"]),
            last=_date("until", given["until"]),
            timezone=visit.zone,
            locale=str(locale()),
            asking=visit.asking,
            privacy=given["privacy"],
        )
        frame().desk.waitlist.join(wait, now=frame().now())
    except Refused as refused:
        if refused.problem is Problem.NOT_FOUND:
            raise
        errors = by_field(refused.errors) or {"name": gettext(refused.text)}
        return _form(visit, service, given, errors, 422)
    frame().ring("requests", "mail")
    return render_template("web/joined_waitlist.html", practice=visit.practice, visit=visit)


@blueprint.get("/w/<token>")
@capability(Action.VIEW_OWN_REQUEST)
def place(token: str) -> Response:
    return _place(token)


@blueprint.post("/w/<token>/<any(take, let_pass, leave):action>")
@capability(Action.MOVE_OWN_REQUEST)
@limited("requests")
def act(token: str, action: str) -> Any:
    waitlist, now = frame().desk.waitlist, frame().now()
    try:
        if action == "take":
            done = waitlist.take(token, now=now)
            frame().ring("sync", "requests", "mail")
            return redirect(url_for("client.page", token=done.token, new=1), 303)
        if action == "let_pass":
            waitlist.let_pass(token, now=now)
        else:
            waitlist.leave(token, now=now)
    except Refused as refused:
        if refused.problem is Problem.NOT_FOUND:
            raise
        return _place(token, message=gettext(refused.text), status=409)
    frame().ring("requests")
    return redirect(url_for("waiting.place", token=token), 303)


@blueprint.get("/provider/waitlist")
@allows(Action.VIEW_REQUESTS)
def listed() -> str:
    found = frame().desk.waitlist.listed(frame().staff(), now=frame().now())
    return render_template("web/waitlist.html", waiting=found)


@blueprint.post("/provider/waitlist/<waiting_id>/remove")
@allows(Action.DECIDE)
def remove(waiting_id: str) -> Any:
    frame().desk.waitlist.remove(frame().staff(), waiting_id, now=frame().now())
    frame().ring("requests")
    return redirect(url_for("waiting.listed"), 303)


def _place(token: str, *, message: str = "", status: int = 200) -> Response:
    found = frame().desk.waitlist.page(token, now=frame().now())
    practice = frame().desk.practice(found.practice_slug)
    g.locales = practice.page.locales
    html = render_template("web/waiting.html", practice=practice, place=found, token=token, message=message)
    return make_response(html, status)


def _form(
    visit: Visit, code: str, given: Mapping[str, str], errors: Mapping[str, str], status: int
) -> Response:
    html = render_template(
        "web/join_waitlist.html",
        practice=visit.practice,
        visit=visit,
        service=visit.service(code),
        typed=given,
        errors=errors,
        days=set(_days()),
    )
    return make_response(html, status)


def _days() -> tuple[int, ...]:
    """The days of the week that are ticked; what is none of them is left out."""
    return tuple(int(day) for day in request.form.getlist("day") if day in tuple("0123456"))


def _date(name: str, text: str) -> date | None:
    try:
        return a_date(text) if text else None
    except ValueError:
        error = FieldError(name, N_("Please give a date."))
        raise Refused(Problem.INVALID, errors=[error]) from None
