"""A client's own page: where a request stands, and what she may do now. Looking at it changes nothing."""

from __future__ import annotations

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext

from booking.desk.views import ClientPage
from booking.policy import capability
from booking.refusals import Problem, Refused
from booking.roles import Action
from booking.web.frame import frame

blueprint = Blueprint("client", __name__, url_prefix="/r")


@blueprint.get("/<token>")
@capability(Action.VIEW_OWN_REQUEST)
def page(token: str) -> Response:
    found = frame().desk.client_page(token, now=frame().now())
    return _page(found, token, new="new" in request.args)


@blueprint.post("/<token>/cancel")
@capability(Action.CANCEL_OWN_REQUEST)
def cancel(token: str) -> Response:
    try:
        frame().desk.client_cancel(token, now=frame().now())
    except Refused as refused:
        if refused.problem is Problem.NOT_FOUND:
            raise
        found = frame().desk.client_page(token, now=frame().now())
        return _page(found, token, message=gettext(refused.text), status=409)
    frame().ring("sync", "requests", "mail")
    return redirect(url_for("client.page", token=token), 303)  # type: ignore[return-value]


def _page(
    found: ClientPage, token: str, *, new: bool = False, message: str = "", status: int = 200
) -> Response:
    g.locales = found.practice.page.locales
    html = render_template(
        "web/request.html", practice=found.practice, asked=found, token=token, new=new, message=message
    )
    return make_response(html, status)
