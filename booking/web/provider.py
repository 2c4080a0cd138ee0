"""The provider's own area: what waits for an answer, the day around it, and what is coming."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext

from booking.desk import RequestQuery
from booking.desk.views import ProviderView, RequestView
from booking.ladder import N_, Rule
from booking.policy import allows
from booking.refusals import FieldError, Problem, Refused
from booking.roles import Action, Role
from booking.store import audit
from booking.web import diary, planner
from booking.web.frame import frame
from booking.web.given_times import a_moment
from booking.web.strip import strip
from booking.web.telling import title
from booking.web.typed import a_scope
from sync.model.moments import wall_to_instant

blueprint = Blueprint("provider", __name__, url_prefix="/provider")

_MOST = 200


@blueprint.get("")
@allows(Action.OWN_AREA)
def inbox() -> Response:
    return _inbox()


@blueprint.get("/requests/<request_id>")
@allows(Action.VIEW_REQUESTS)
def one(request_id: str) -> Response:
    return _one(request_id)


@blueprint.post(
    "/requests/<request_id>/<any(accept, decline, cancel, undo, propose, reschedule, reassign):action>"
)
@allows(Action.DECIDE)
def decide(request_id: str, action: str) -> Any:
    """Does it, and leads back to where it was asked for; what cannot be done is said there."""
    try:
        _act(request_id, action)
    except Refused as refused:
        if refused.problem is Problem.NOT_FOUND:
            raise
        message = " ".join(gettext(error.text) for error in refused.errors) or gettext(refused.text)
        return _one(request_id, message, 409) if _from_one() else _inbox(message, 409)
    frame().ring("sync", "requests", "mail")
    if request.form.get("from") == "week":
        asked = frame().desk.request_of(frame().staff(), request_id)
        return redirect(planner.week_of(asked.provider, asked.span.start), 303)
    if _from_one() and not (action == "reassign" and frame().staff().role is Role.PROVIDER):
        return redirect(url_for("provider.one", request_id=request_id), 303)
    return redirect(url_for("provider.inbox"), 303)


@blueprint.post("/wishes/<wish_id>/answered")
@allows(Action.DECIDE)
def answered(wish_id: str) -> Any:
    frame().desk.wish_answered(frame().staff(), wish_id, now=frame().now())
    return redirect(url_for("provider.inbox"), 303)


def _act(request_id: str, action: str) -> None:
    desk, actor, now = frame().desk, frame().staff(), frame().now()
    message = request.form.get("message", "").strip()
    if action == "accept":
        desk.accept(actor, request_id, scope=a_scope("all"), now=now)
    elif action == "decline":
        refer_to = request.form.get("refer_to") or None
        desk.decline(actor, request_id, message=message, refer_to=refer_to, scope=a_scope("all"), now=now)
    elif action == "cancel":
        desk.cancel(actor, request_id, message=message, scope=a_scope("this"), now=now)
    elif action == "propose":
        desk.propose(actor, request_id, _starts(request_id), now=now)
    elif action == "reassign":
        desk.reassign(actor, request_id, request.form.get("provider", ""), now=now)
    elif action == "reschedule":
        desk.reschedule(actor, request_id, _starts(request_id)[0], scope=a_scope("this"), now=now)
    else:
        desk.undo(actor, request_id, now=now)


def _starts(request_id: str) -> list[datetime]:
    """The wall clocks that were filled in, in the zone of the request. Raises ``Refused`` (invalid) if none was."""
    zone = frame().desk.request_of(frame().staff(), request_id).timezone
    try:
        walls = [a_moment(text) for text in request.form.getlist("start") if text.strip()]
    except ValueError:
        walls = []
    if not walls:
        error = FieldError("start", N_("Please give a date and a time."))
        raise Refused(Problem.INVALID, errors=[error])
    return [wall_to_instant(wall.replace(tzinfo=None), zone) for wall in walls]


def _from_one() -> bool:
    return request.form.get("from") == "one"


def _inbox(message: str = "", status: int = 200) -> Response:
    actor, now = frame().staff(), frame().now()
    page = frame().desk.requests(actor, RequestQuery(statuses=("pending",), limit=_MOST))
    waiting = sorted(
        _once_each_series(page.items), key=lambda item: (item.expires_at or item.span.start, item.span.start)
    )
    colleagues = _colleagues(waiting)
    with frame().books.read() as connection:
        html = render_template(
            "web/inbox.html",
            cards=[
                _card(connection, item, colleagues)
                for item in waiting
                if item.expires_at is None or item.expires_at > now
            ],
            undoable=diary.undoable(connection, actor, now=now),
            coming=diary.coming(connection, actor, now=now),
            wishes=diary.wishes(connection, actor),
            calendars=diary.calendars(connection, frame().mirror, actor, now=now),
            message=message,
        )
    return make_response(html, status)


def _once_each_series(items: Sequence[RequestView]) -> Iterator[RequestView]:
    """All dates of a series that wait are one card, that of the first."""
    seen: set[str] = set()
    for item in sorted(items, key=lambda each: each.span.start):
        if item.series is None or item.series.id not in seen:
            seen.update([item.series.id] if item.series else [])
            yield item


def _one(request_id: str, message: str = "", status: int = 200) -> Response:
    found = frame().desk.request_of(frame().staff(), request_id)
    with frame().books.read() as connection:
        rules = audit.passed_over(connection, about=f"request:{request_id}")
        html = render_template(
            "web/one.html",
            card=_card(connection, found, _colleagues([found])),
            message=message,
            passed_over=[title(Rule(rule)) for rule in rules],
        )
    return make_response(html, status)


def _colleagues(asked: Sequence[RequestView]) -> Sequence[ProviderView]:
    """Everybody of the practice that these requests, all of one practice, are for."""
    return frame().desk.providers(asked[0].provider.practice_slug) if asked else ()


def _card(connection: Any, asked: RequestView, colleagues: Sequence[ProviderView]) -> dict[str, Any]:
    neighbours = diary.around(connection, frame().mirror, asked, frame().staff())
    spans = [(item.span, "booking" if item.ours else "busy") for item in neighbours]
    return {
        "asked": asked,
        "others": [each for each in colleagues if each.id != asked.provider.id],
        "neighbours": neighbours,
        "strip": strip(asked.span, spans, zone=asked.timezone),
        "past": diary.past_of(connection, asked, now=frame().now()),
    }
