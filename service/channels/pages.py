"""The owner's page about ways besides mail: set up, tried out, switched off, removed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from flask_babel import gettext

from booking.channel_texts import TO_CLIENTS, TO_PRACTICE, international
from booking.clients import clean_line
from booking.ladder import N_
from booking.policy import allows
from booking.refusals import FieldError
from booking.roles import Action
from booking.store import audit, channels
from booking.store.channels import KnownChannel
from booking.web.notices import notice_name
from booking.web.typed import by_field
from service.channels.ways import ROOMS, SMS, WayFailed, WayRefused, check, is_to_clients, open_way
from service.http.frame import frame
from service.logs import get_logger
from sync.http import AddressPolicy
from sync.model.identity import new_id

log = get_logger(__name__)

blueprint = Blueprint("channels", __name__, url_prefix="/settings/channels", template_folder="templates")

_MOST = 10
_LONGEST = 500


@blueprint.get("")
@allows(Action.CHANNELS)
def home() -> Response:
    return _home()


@blueprint.post("")
@allows(Action.CHANNELS)
def add() -> Any:
    typed = {name: request.form.get(name, "").strip() for name in ("name", "address", "names")}
    kinds = request.form.getlist("kinds")
    name, errors = clean_line(typed["name"])[:80], list(_mistakes(typed, kinds))
    if errors:
        return _home(typed={**typed, "kinds": set(kinds)}, errors=errors, status=422)
    id, staff, program = new_id(), frame().staff(), frame().runtime
    audience = "client" if is_to_clients(typed["address"]) else "provider"
    allowed = {kind.value for kind in (TO_CLIENTS if audience == "client" else TO_PRACTICE)}
    with program.database.write() as connection:
        channels.add(
            connection,
            id=id,
            practice_id=staff.practice_id,
            name=name,
            address_enc=program.sealer.seal(typed["address"].encode(), row=id),
            audience=audience,
            kinds=[kind for kind in kinds if kind in allowed],
            names=audience == "provider" and typed["names"] == "1",
            now=frame().now(),
        )
        _note(connection, "channel added", id)
    return redirect(url_for("channels.home", saved=1), 303)


@blueprint.post("/<id>/<any(on, off, remove):do>")
@allows(Action.CHANNELS)
def change(id: str, do: str) -> Any:
    staff = frame().staff()
    with frame().runtime.database.write() as connection:
        done = (
            channels.remove(connection, staff.practice_id, id)
            if do == "remove"
            else channels.switch(connection, staff.practice_id, id, on=do == "on")
        )
        if done:
            _note(connection, f"channel {do}", id)
    if not done:
        abort(404)
    return redirect(url_for("channels.home", saved=1), 303)


@blueprint.post("/<id>/try")
@allows(Action.CHANNELS)
def try_out(id: str) -> Any:
    """Sends a text that concerns nobody, now, and says whether it was taken."""
    found = next((each for each in _known() if each.id == id), None)
    if found is None:
        abort(404)
    number = international(request.form.get(f"phone-{id}", ""))
    if found.audience == "client" and number is None:
        error = FieldError(f"phone-{id}", N_("A number with its country is needed, such as +1 555 0100 200."))
        return _home(errors=[error], status=422)
    program = frame().runtime
    try:
        address = program.sealer.unseal(found.address_enc, row=found.id).decode()
        way = open_way(address, _policy(), phone=number or "")
        way.send("Freehold", gettext("This is a trial. Nothing has happened."))
    except (WayFailed, WayRefused, ValueError) as error:
        log.warning("a channel was tried in vain", channel_id=id, error=error)
        return _home(
            message=gettext("It was not taken. Look at the address, and at the service."), status=502
        )
    return redirect(url_for("channels.home", tried=1), 303)


def _mistakes(typed: Mapping[str, str], kinds: Sequence[str]) -> Any:
    if not clean_line(typed["name"]):
        yield FieldError("name", N_("A name is needed."))
    if not kinds:
        yield FieldError("kinds", N_("Please choose what goes this way."))
    if len(_known()) >= _MOST:
        yield FieldError("name", N_("There are ten ways already."))
    if not typed["address"] or len(typed["address"]) > _LONGEST:
        yield FieldError("address", N_("An address is needed, of 500 characters at the most."))
        return
    try:
        check(typed["address"], _policy())
    except WayRefused as refused:
        yield FieldError("address", str(refused))
        return
    allowed = TO_CLIENTS if is_to_clients(typed["address"]) else TO_PRACTICE
    if kinds and not {*kinds} & {kind.value for kind in allowed}:
        yield FieldError("kinds", N_("None of these can go this way."))


def _policy() -> AddressPolicy:
    return AddressPolicy(allow_private=frame().runtime.settings.allow_private_hosts)


def _known() -> list[KnownChannel]:
    with frame().books.read() as connection:
        return channels.of_practice(connection, frame().staff().practice_id)


def _note(connection: Any, action: str, id: str) -> None:
    staff = frame().staff()
    audit.note(
        connection, practice_id=staff.practice_id, at=frame().now(), actor=staff.id, action=action,
        about=f"channel:{id}",
    )  # fmt: skip


def _home(
    *, typed: Mapping[str, Any] | None = None, errors: Sequence[FieldError] = (), message: str = "",
    status: int = 200,
) -> Response:  # fmt: skip
    html = render_template(
        "channels/channels.html",
        channels=_known(),
        scheme=_scheme,
        to_clients=[(kind.value, kind_name(kind.value)) for kind in TO_CLIENTS],
        to_practice=[(kind.value, kind_name(kind.value)) for kind in TO_PRACTICE],
        kind_name=kind_name,
        sms=SMS,
        rooms=ROOMS,
        typed=typed or {"kinds": set()},
        errors=by_field(errors),
        message=message,
        saved=request.args.get("saved"),
        tried=request.args.get("tried"),
    )
    return make_response(html, status)


def _scheme(channel: KnownChannel) -> str:
    """Which service an address leads to: all of it that is ever shown."""
    try:
        opened = frame().runtime.sealer.unseal(channel.address_enc, row=channel.id).decode()
    except ValueError:
        return "?"
    return opened.partition("://")[0]


def kind_name(kind: str) -> str:
    known = {
        "new_request": gettext("A new request"),
        "new_appointment": gettext("A new appointment"),
        "withdrawn": gettext("A client has cancelled"),
        "moved": gettext("A client has taken another time"),
        "conflict": gettext("A change in the calendar could not stand"),
    }
    return str(known.get(kind) or notice_name(kind))
