"""The page behind the link in the mail about a new request. Looking changes nothing; a button answers, once."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext

from booking.policy import capability
from booking.refusals import Problem, Refused
from booking.roles import Action
from booking.web.frame import frame

blueprint = Blueprint("answer", __name__, url_prefix="/d")


@blueprint.get("/<token>")
@capability(Action.ANSWER_BY_LINK)
def page(token: str) -> Response:
    return _page(token)


@blueprint.post("/<token>/<any(accept, decline):what>")
@capability(Action.ANSWER_BY_LINK)
def act(token: str, what: str) -> Any:
    try:
        frame().desk.answer_by_link(
            token, accept=what == "accept", message=request.form.get("message", ""), now=frame().now()
        )
    except Refused as refused:
        if refused.problem is Problem.NOT_FOUND:
            raise
        text = refused.errors[0].text if refused.errors else refused.text
        return _page(token, message=gettext(text), status=409)
    frame().ring("sync", "requests", "mail")
    return redirect(url_for("answer.page", token=token), 303)


def _page(token: str, *, message: str = "", status: int = 200) -> Response:
    found = frame().desk.answer_view(token, now=frame().now())
    g.locales = found.practice.page.locales
    html = render_template(
        "web/answer.html", practice=found.practice, asked=found, token=token, message=message
    )
    return make_response(html, status)
