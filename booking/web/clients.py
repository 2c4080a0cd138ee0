"""Clients: who cancels late again and again, privileges stepped down and up by a person, contacts, notices, links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from flask_babel import gettext

from booking import edits
from booking.clients import email_key
from booking.desk.access import ClientStanding
from booking.impact import LOOKED_AHEAD
from booking.plain.document import NOTICES
from booking.policy import allows
from booking.practice import Privilege
from booking.refusals import FieldError
from booking.roles import Action
from booking.standing import LATELY
from booking.store import finding, mail
from booking.web.client_fields import client_fields, client_of, client_typed
from booking.web.frame import frame
from booking.web.notices import notice_name
from booking.web.typed import by_field

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


@blueprint.get("/<client_id>")
@allows(Action.CLIENT_ACCESS)
def one(client_id: str) -> Response:
    found = _one(client_id)
    return _page(found, client_fields(found.client))


@blueprint.post("/<client_id>")
@allows(Action.CLIENT_ACCESS)
def save(client_id: str) -> Any:
    """Contacts, and the client's own switches of notices."""
    found = _one(client_id)
    edit, errors = client_of(client_id, request.form)
    if edit is None:
        return _page(found, client_typed(request.form), errors=errors, status=422)
    frame().desk.change(frame().staff(), edit, now=frame().now())
    return redirect(url_for("clients.one", client_id=client_id, saved=1), 303)


@blueprint.post("/<client_id>/links")
@allows(Action.CLIENT_LINKS)
def link(client_id: str) -> Response:
    """Shows a new link, once: what is stored of it is a hash."""
    found = _one(client_id)
    made = frame().desk.client_link_by(
        frame().staff(), client_id, kind=request.form.get("kind", ""), now=frame().now()
    )
    shown = {"url": frame().base_url() + made.path, "expires_at": made.expires_at}
    return _page(found, client_fields(found.client), link=shown)


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
        foreseen, desk = frame().desk.foresee(frame().staff(), edit, now=frame().now()), frame().desk
        return render_template(
            "web/privilege.html",
            client=found.client,
            level=level,
            found=foreseen,
            names={
                service.code: service.name
                for each in foreseen
                for service in desk.services(each.who.practice_slug, each.who.slug)
            },
            weeks=LOOKED_AHEAD.days // 7,
        )
    frame().desk.change(frame().staff(), edit, now=frame().now())
    return redirect(url_for("clients.listed", saved=1), 303)


@blueprint.post("/<client_id>/review")
@allows(Action.CLIENT_ACCESS)
def reviewed(client_id: str) -> Any:
    frame().desk.leave_as_is(frame().staff(), client_id, now=frame().now())
    return redirect(url_for("clients.listed", saved=1), 303)


def _page(
    found: ClientStanding, typed: Mapping[str, Any], *, errors: Sequence[FieldError] = (),
    link: Mapping[str, Any] | None = None, status: int = 200,
) -> Response:  # fmt: skip
    staff, client = frame().staff(), found.client
    with frame().books.read() as connection:
        practice = finding.practice_by_id(connection, staff.practice_id)
        returned = mail.returned(connection, staff.practice_id)
    if practice is None:
        abort(404)
    keys = [email_key(each) for each in (client.email, *(contact.email for contact in client.contacts))]
    html = render_template(
        "web/one_client.html",
        client=client,
        typed=typed,
        errors=by_field(errors),
        kinds=[(name, notice_name(name), practice.notices.get(name, True)) for name in NOTICES],
        returned=[returned[key][0] for key in keys if key in returned],
        links=[
            ("invitation", gettext("Invitation, good for two weeks")),
            ("sign_in", gettext("Link for today")),
        ],
        link=link,
        saved=request.args.get("saved"),
    )
    return make_response(html, status)


def _one(client_id: str) -> ClientStanding:
    seen = frame().desk.clients(frame().staff(), now=frame().now())
    found = next((each for each in seen if each.client.id == client_id), None)
    if found is None:
        abort(404)
    return found
