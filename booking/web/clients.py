"""Clients' access: who cancels late again and again, and each client's privilege, stepped down and up by a person."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for

from booking import edits
from booking.desk.access import ClientStanding
from booking.impact import LOOKED_AHEAD
from booking.policy import allows
from booking.practice import Privilege
from booking.roles import Action
from booking.standing import LATELY
from booking.web.frame import frame

blueprint = Blueprint("clients", __name__, url_prefix="/provider/clients")


@blueprint.get("")
@allows(Action.CLIENT_ACCESS)
def listed() -> str:
    found = frame().desk.clients(frame().staff(), now=frame().now())
    return render_template(
        "web/clients.html",
        review=[each for each in found if each.review],
        others=[each for each in found if not each.review],
        levels=list(Privilege),
        months=LATELY.days // 30,
        saved=request.args.get("saved"),
    )


@blueprint.post("/<client_id>/privilege")
@allows(Action.CLIENT_ACCESS)
def privilege(client_id: str) -> Any:
    """Shows what it would do; with ``sure`` does it."""
    found = _one(client_id)
    level = next((each for each in Privilege if each.value == request.form.get("privilege")), None)
    if level is None:
        abort(400)
    edit = edits.privilege(client_id, level)
    if request.form.get("sure") != "1":
        return render_template(
            "web/privilege.html",
            client=found.client,
            level=level,
            found=frame().desk.foresee(frame().staff(), edit, now=frame().now()),
            weeks=LOOKED_AHEAD.days // 7,
        )
    frame().desk.change(frame().staff(), edit, now=frame().now())
    return redirect(url_for("clients.listed", saved=1), 303)


@blueprint.post("/<client_id>/review")
@allows(Action.CLIENT_ACCESS)
def reviewed(client_id: str) -> Any:
    frame().desk.leave_as_is(frame().staff(), client_id, now=frame().now())
    return redirect(url_for("clients.listed", saved=1), 303)


def _one(client_id: str) -> ClientStanding:
    seen = frame().desk.clients(frame().staff(), now=frame().now())
    found = next((each for each in seen if each.client.id == client_id), None)
    if found is None:
        abort(404)
    return found
