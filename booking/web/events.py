"""The provider's own events: listed, made, changed and removed. Works without a script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from flask_babel import gettext

from booking.desk.event_views import OtherEventView
from booking.desk.views import ProviderView
from booking.policy import allows
from booking.refusals import Problem, Refused
from booking.roles import Action, Role
from booking.web.event_fields import AS_IT_IS, NAMES, REPEATS, changes_of, empty, fields_of, form_of
from booking.web.frame import frame
from booking.web.sealing import new_seal, once_more, sent_seal
from booking.web.typed import by_field, typed
from booking.web.whose import providers_seen

blueprint = Blueprint("events", __name__, url_prefix="/provider/events")

_MOST = 200
_STATUS = {Problem.INVALID: 422, Problem.IDEMPOTENCY_KEY_REUSED: 422, Problem.NOT_FOUND: 404}


@blueprint.get("")
@allows(Action.WRITE_EVENTS)
def listed() -> Response:
    return _list(_whose())


@blueprint.get("/new")
@allows(Action.WRITE_EVENTS)
def new() -> Response:
    whose = _whose()
    return _form(whose, None, empty(frame().now().astimezone(ZoneInfo(whose.timezone))))


@blueprint.post("/new")
@allows(Action.WRITE_EVENTS)
def make() -> Response:
    """Makes it once, however often the form is sent."""
    whose, given = _whose(), typed(*NAMES)
    seal = sent_seal()
    if seal is None:
        return _form(whose, None, given, message=once_more(), status=400)
    form, errors = form_of(given, whose.timezone)
    if form is None:
        return _form(whose, None, given, errors=by_field(errors), status=422)
    try:
        frame().desk.make_event(frame().staff(), whose.slug, form, key=f"page-{seal.key}", now=frame().now())
    except Refused as refused:
        return _refused(whose, None, given, refused)
    return _done(whose)


@blueprint.get("/<event_id>")
@allows(Action.WRITE_EVENTS)
def one(event_id: str) -> Response:
    whose = _whose()
    found = _one(whose, event_id)
    return _form(whose, found, fields_of(found))


@blueprint.post("/<event_id>")
@allows(Action.WRITE_EVENTS)
def change(event_id: str) -> Response:
    """Changes what was changed in the form; what was changed in the calendar meanwhile stays."""
    whose, given = _whose(), typed(*NAMES)
    found = _one(whose, event_id)
    form, errors = form_of(given, found.timezone)
    if form is None:
        return _form(whose, found, given, errors=by_field(errors), status=422)
    shown = {name: request.form.get(f"was-{name}", "") for name in NAMES}
    try:
        changes = changes_of(given, shown, form)
        if changes:
            frame().desk.change_event(frame().staff(), whose.slug, event_id, changes, now=frame().now())
    except Refused as refused:
        return _refused(whose, found, given, refused)
    return _done(whose)


@blueprint.post("/<event_id>/<any(delete, undo):action>")
@allows(Action.WRITE_EVENTS)
def remove(event_id: str, action: str) -> Response:
    whose, desk = _whose(), frame().desk
    work = desk.remove_event if action == "delete" else desk.undo_event
    try:
        work(frame().staff(), whose.slug, event_id, now=frame().now())
    except Refused as refused:
        if refused.problem is Problem.NOT_FOUND:
            raise
        return _list(whose, gettext(refused.text), 409)
    return _done(whose)


def _whose() -> ProviderView:
    """Whose events: the provider's own, or those of the one that staff chose; the first if none was."""
    seen = providers_seen()
    wanted = request.values.get("provider")
    found = next((each for each in seen if wanted in (None, each.slug)), None)
    if found is None:
        abort(404)
    return found


def _one(whose: ProviderView, event_id: str) -> OtherEventView:
    return frame().desk.event(frame().staff(), whose.slug, event_id, now=frame().now())


def _done(whose: ProviderView) -> Response:
    frame().ring("sync")
    return redirect(url_for("events.listed", **_named(whose)), 303)  # type: ignore[return-value]


def _named(whose: ProviderView) -> dict[str, Any]:
    """What an address needs to say whose events it is about: nothing, for the provider."""
    return {} if frame().staff().role is Role.PROVIDER else {"provider": whose.slug}


def _list(whose: ProviderView, message: str = "", status: int = 200) -> Response:
    actor, now, desk = frame().staff(), frame().now(), frame().desk
    found = sorted(desk.events(actor, whose.slug, limit=_MOST, now=now).items, key=_start)
    html = render_template(
        "web/events.html",
        whose=whose,
        named=_named(whose),
        others=providers_seen(),
        coming=[item for item in found if not _is_over(item, now)],
        over=[item for item in reversed(found) if _is_over(item, now)],
        removed=desk.events_removed(actor, whose.slug, now=now),
        repeats={item.id: fields_of(item).get("repeats", "no") for item in found},
        message=message,
    )
    return make_response(html, status)


def _start(item: OtherEventView) -> tuple[date, str]:
    start = item.start
    return (start.date() if isinstance(start, datetime) else start or date.max, str(start))


def _is_over(item: OtherEventView, now: datetime) -> bool:
    if item.rrule is not None or item.end is None:
        return False
    if isinstance(item.end, datetime):
        return item.end <= now
    return datetime.combine(item.end, datetime.min.time(), UTC) + timedelta(days=1) <= now


def _refused(
    whose: ProviderView, found: OtherEventView | None, given: Mapping[str, str], refused: Refused
) -> Response:
    errors = by_field(refused.errors)
    message = "" if errors else gettext(refused.text)
    status = _STATUS.get(refused.problem, 409)
    return _form(whose, found, given, errors=errors, message=message, status=status)


def _form(
    whose: ProviderView, found: OtherEventView | None, given: Mapping[str, str], *,
    errors: Mapping[str, str] | None = None, message: str = "", status: int = 200,
) -> Response:  # fmt: skip
    html = render_template(
        "web/event.html",
        whose=whose,
        named=_named(whose),
        event=found,
        typed=given,
        shown={} if found is None else fields_of(found),
        names=NAMES,
        repeats=_choices(found),
        seal=new_seal(),
        errors=errors or {},
        message=message,
    )
    return make_response(html, status)


def _choices(found: OtherEventView | None) -> Sequence[str]:
    custom = found is not None and fields_of(found).get("repeats") == AS_IT_IS
    return [*REPEATS, AS_IT_IS] if custom else list(REPEATS)
