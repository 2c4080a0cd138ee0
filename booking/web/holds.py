"""Prime time on pages: each hold, what releasing it opens, what was done, what it would have done. No script needed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from flask_babel import gettext

from booking.desk.views import ProviderView
from booking.edits import handle
from booking.policy import allows
from booking.practice import Hold
from booking.refusals import Problem, Refused
from booking.roles import Action, Role
from booking.web.frame import frame
from booking.web.given_times import a_date
from booking.web.hold_words import audience_words, client_names, release_words, when_words
from booking.web.saved import saved_lately
from booking.web.whose import providers_seen

blueprint = Blueprint("holds", __name__, url_prefix="/provider/holds")

REPLAYS = (4, 8, 26)
"""How many past weeks can be chosen."""


@blueprint.get("")
@allows(Action.VIEW_HOLDS)
def listed() -> Response:
    return _listed()


def _listed(message: str = "", status: int = 200) -> Response:
    whose, prime, actor, now = _whose(), frame().desk.prime_time, frame().staff(), frame().now()
    holds, regulars = prime.holds(actor, whose.slug), frame().desk.regulars
    may_keep = actor.may(Action.RELEASE_HOLDS)
    html = render_template(
        "web/holds.html",
        whose=whose,
        named=_named(whose),
        others=providers_seen(),
        holds=holds,
        coming={each.id: prime.coming(actor, each.id, weeks=4, now=now)[:2] for each in holds},
        proposals=regulars.proposals(actor, whose.slug, now=now) if may_keep else (),
        clients=regulars.clients(actor, whose.slug) if may_keep else (),
        pattern_words=lambda pattern: when_words(pattern.hold("", "")),
        message=message,
        **saved_lately(),
        **_words([each.hold for each in holds]),
    )
    return make_response(html, status)


@blueprint.get("/<hold_id>")
@allows(Action.VIEW_HOLDS)
def one(hold_id: str) -> Response:
    return _one(hold_id)


@blueprint.post("/<hold_id>/<any(release, rehold):action>")
@allows(Action.RELEASE_HOLDS)
def act(hold_id: str, action: str) -> Response:
    """Does it, once however often the form is sent, and leads back."""
    prime = frame().desk.prime_time
    work = prime.release if action == "release" else prime.rehold
    try:
        work(frame().staff(), hold_id, _date(), now=frame().now())
    except Refused as refused:
        if refused.problem is Problem.NOT_FOUND:
            raise
        return _one(hold_id, gettext(refused.errors[0].text if refused.errors else refused.text), 409)
    frame().ring("requests")
    return redirect(url_for("holds.one", hold_id=hold_id), 303)  # type: ignore[return-value]


@blueprint.post("/regulars/<any(keep, dismiss):action>")
@allows(Action.RELEASE_HOLDS)
def regular(action: str) -> Response:
    """A proposed series becomes a hold for the client who was chosen, or is proposed no more."""
    whose, actor, now = _whose(), frame().staff(), frame().now()
    calendar_id, uid = request.form.get("calendar", ""), request.form.get("uid", "")
    try:
        if action == "keep":
            client_id = request.form.get("client", "")
            frame().desk.regulars.protect(actor, whose.slug, calendar_id, uid, client_id, now=now)
        else:
            frame().desk.regulars.dismiss(actor, whose.slug, calendar_id, uid, now=now)
    except Refused as refused:
        text = gettext(refused.errors[0].text if refused.errors else refused.text)
        return _listed(text, 422 if refused.problem is Problem.INVALID else 409)
    return redirect(url_for("holds.listed", **_named(whose)), 303)  # type: ignore[return-value]


def _one(hold_id: str, message: str = "", status: int = 200) -> Response:
    prime, actor, now = frame().desk.prime_time, frame().staff(), frame().now()
    view = prime.hold(actor, hold_id)
    weeks = request.args.get("weeks", REPLAYS[1], type=int)
    html = render_template(
        "web/hold.html",
        view=view,
        named=_named(view.provider),
        coming=prime.coming(actor, hold_id, now=now),
        log=prime.log(actor, hold_id),
        weeks=weeks if weeks in REPLAYS else REPLAYS[1],
        replays=REPLAYS,
        past=prime.replay(actor, hold_id, weeks=weeks if weeks in REPLAYS else REPLAYS[1], now=now),
        may_release=actor.may(Action.RELEASE_HOLDS),
        known=handle(view.hold),
        message=message,
        **_words([view.hold]),
    )
    return make_response(html, status)


def _date() -> date:
    try:
        return a_date(request.form.get("date", ""))
    except ValueError:
        abort(400)


def _whose() -> ProviderView:
    """Whose holds: the provider's own, or those of the one that staff chose; the first if none was."""
    wanted = request.values.get("provider")
    found = next((each for each in providers_seen() if wanted in (None, each.slug)), None)
    if found is None:
        abort(404)
    return found


def _named(whose: ProviderView) -> dict[str, Any]:
    return {} if frame().staff().role is Role.PROVIDER else {"provider": whose.slug}


def _words(holds: Iterable[Hold]) -> dict[str, Any]:
    """What the templates say about holds with; clients by name for those who act for them, by id for others."""
    names: dict[str, str] = {}
    for hold in holds:
        names = client_names(hold, names)
    return {
        "when": when_words,
        "who": lambda kept_for: audience_words(kept_for, names),
        "opening": lambda hold: release_words(hold.release, names),
    }
