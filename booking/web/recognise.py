""" "I have been here before": a code by mail recognises a client or a contact. Nothing here tells who is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext

from booking.desk.recognising import Opened
from booking.policy import allows, limited
from booking.refusals import Refused
from booking.roles import Action
from booking.web.frame import frame
from booking.web.look import locale
from booking.web.typed import by_field, trapped
from booking.web.visit import open_practice

# A provider's slug begins with a letter or a digit, so this is nobody's page.
blueprint = Blueprint("recognise", __name__, url_prefix="/book/<practice>/-")

_CARRIED = ("provider", "service", "start", "tz")


@blueprint.get("/known")
@allows(Action.LOOK_AT_OFFERS)
def ask(practice: str) -> Response:
    return _page("web/known.html", practice, typed={})


@blueprint.post("/known")
@allows(Action.ASK_FOR_A_TIME)
@limited("sign_in")
def send(practice: str) -> Response:
    """The same page whether the address is known or not."""
    email = request.form.get("email", "").strip()[:254]
    if trapped(request.form):
        return _page("web/known.html", practice, typed={"email": email})
    try:
        frame().desk.ask_code(practice, email, locale=str(locale()), now=frame().now())
    except Refused as refused:
        if not refused.errors:
            raise
        errors = by_field(refused.errors)
        return _page("web/known.html", practice, typed={"email": email}, errors=errors, status=422)
    frame().ring("mail")
    return _page("web/code.html", practice, typed={"email": email})


@blueprint.post("/code")
@allows(Action.ASK_FOR_A_TIME)
@limited("sign_in")
def check(practice: str) -> Any:
    """Leads on with the client's token; where the mailbox stands for several, it asks for whom."""
    email = request.form.get("email", "").strip()[:254]
    code = request.form.get("code", "")[:40]
    found = frame().desk.recognise(practice, email, code, now=frame().now())
    if not found:
        text = gettext("This code is not right, or it is too old. You can ask for another one.")
        return _page("web/code.html", practice, typed={"email": email}, errors={"code": text}, status=422)
    if len(found) == 1:
        return redirect(onward(practice, found[0].token), 303)
    return _page("web/whom.html", practice, found=[(each, onward(practice, each.token)) for each in found])


def onward(practice: str, token: str) -> str:
    """Where the visit goes on: at the time that was chosen, else at the provider's or the practice's page."""
    given = {name: value for name in _CARRIED if (value := request.values.get(name))}
    more: dict[str, Any] = {"client_token": token, **({"tz": given["tz"]} if "tz" in given else {})}
    provider = given.get("provider")
    if provider is None:
        return url_for("booking.practice", practice=practice, **more)
    if {"service", "start"} <= given.keys():
        more |= {"service": given["service"], "start": given["start"]}
        return url_for("booking.details", practice=practice, provider=provider, **more)
    return url_for("booking.provider", practice=practice, provider=provider, **more)


def _page(
    template: str, practice: str, *, typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None, found: Sequence[tuple[Opened, str]] = (), status: int = 200,
) -> Response:  # fmt: skip
    html = render_template(
        template,
        practice=open_practice(practice),
        typed=typed or {},
        errors=errors or {},
        found=found,
        kept={name: value for name in _CARRIED if (value := request.values.get(name))},
    )
    return make_response(html, status)
