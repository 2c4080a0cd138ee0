"""Staff's week: what takes time in it, moving a booking, entering one. A drop leads to the same pages as the links."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from flask_babel import gettext

from booking.cautions import GRAVE, rules_named
from booking.desk import EntryForm, Receipt
from booking.desk.entering import Entry
from booking.desk.views import ProviderView, RequestView
from booking.desk.weighing import Weighed
from booking.ladder import N_, Reason, Rule
from booking.policy import allows
from booking.refusals import FieldError, Problem, Refused
from booking.roles import Action
from booking.web import diary
from booking.web.frame import frame
from booking.web.given_times import a_date, a_moment
from booking.web.plan import plan
from booking.web.sealing import new_seal, once_more, sent_seal
from booking.web.telling import steps
from booking.web.typed import by_field, typed
from booking.web.whose import providers_seen
from sync.model.moments import instant_to_wall, wall_to_instant

blueprint = Blueprint("planner", __name__, url_prefix="/provider/week")

DAYS = 7
_NAMES = ("service", "mode", "start", "client", "name", "email", "phone", "note")
_STATUS = {Problem.INVALID: 422, Problem.IDEMPOTENCY_KEY_REUSED: 422}
_MOST_CLIENTS = 500


@blueprint.get("")
@allows(Action.VIEW_REQUESTS)
def week() -> str:
    whose, actor, now = _whose(), frame().staff(), frame().now()
    given = _day(request.args.get("day"))
    view = frame().desk.week(actor, whose.slug, first=given, days=DAYS, now=now)
    with frame().books.read() as connection:
        undoable = diary.undoable(connection, actor, now=now)
    return render_template(
        "web/week.html",
        whose=whose,
        others=providers_seen(),
        view=view,
        plan=plan(view),
        given=given,
        today=instant_to_wall(now, whose.timezone).date(),
        last=view.first + timedelta(days=DAYS - 1),
        undoable=[row for row in undoable if row.provider_id == whose.id],
        link=lambda first: url_for("planner.week", provider=whose.slug, day=first.isoformat()),
        step=timedelta(days=DAYS),
    )


@blueprint.get("/move/<request_id>")
@allows(Action.DECIDE)
def look_at_move(request_id: str) -> Response:
    """Another time for a booking, and what speaks against it. Changes nothing."""
    asked = frame().desk.request_of(frame().staff(), request_id)
    return _move_page(asked, request.args.get("start", ""))


@blueprint.post("/move/<request_id>")
@allows(Action.DECIDE)
def move(request_id: str) -> Response:
    desk, actor, now = frame().desk, frame().staff(), frame().now()
    asked, text = desk.request_of(actor, request_id), request.form.get("start", "")
    try:
        start = _instant(text, asked.timezone)
        if request.form.get("do") == "propose":
            desk.propose(actor, request_id, [start], now=now)
        else:
            desk.reschedule(actor, request_id, start, despite=_despite(text), now=now)
    except Refused as refused:
        if refused.problem is Problem.NOT_FOUND:
            raise
        return _move_page(asked, text, refused)
    frame().ring("sync", "requests", "mail")
    return _to_week(asked.provider, start)


@blueprint.get("/enter")
@allows(Action.ACT_FOR_CLIENTS)
def new() -> Response:
    entry = frame().desk.entry(frame().staff(), _whose().slug)
    given = dict.fromkeys(_NAMES, "") | {"client": request.args.get("client", "")}
    given["start"] = request.args.get("start", "")
    given["service"] = request.args.get("service", "") or _likeliest(entry, request.args.get("minutes", ""))
    return _enter_page(entry, given)


@blueprint.post("/enter")
@allows(Action.ACT_FOR_CLIENTS)
def enter() -> Response:
    """Enters it once, however often the form is sent."""
    actor, now = frame().staff(), frame().now()
    entry, given = frame().desk.entry(actor, _whose().slug), typed(*_NAMES)
    seal = sent_seal()
    if seal is None:
        return _enter_page(entry, given, message=once_more(), status=400)
    try:
        form = _entry_form(entry, given)
        receipt = Receipt(
            f"page-{seal.key}", _body_hash(form), lambda done: frame().cipher.encrypt(done.id.encode())
        )
        frame().desk.enter(actor, form, receipt, now=now)
    except Refused as refused:
        if refused.problem is Problem.NOT_FOUND:
            raise
        return _enter_page(entry, given, refused=refused)
    frame().ring("sync", "mail")
    return _to_week(entry.who, form.start)


def _entry_form(entry: Entry, given: Mapping[str, str]) -> EntryForm:
    return EntryForm(
        provider=entry.who.slug,
        service=given["service"],
        start=_instant(given["start"], entry.who.timezone),
        mode=given["mode"] or None,
        client_id=given["client"],
        name=given["name"],
        email=given["email"],
        phone=given["phone"],
        note=given["note"],
        despite=_despite(given["start"]),
    )


def _body_hash(form: EntryForm) -> str:
    return hashlib.sha256(repr(form).encode()).hexdigest()


def _likeliest(entry: Entry, minutes: str) -> str:
    """The service whose length comes nearest to what was drawn."""
    wanted = (
        timedelta(minutes=int(minutes))
        if minutes.isascii() and minutes.isdigit() and len(minutes) < 5
        else None
    )
    found = entry.services if wanted is None else sorted(
        entry.services, key=lambda each: abs(each.service.length - wanted)
    )  # fmt: skip
    return found[0].service.code if found else ""


def _despite(start: str) -> frozenset[Rule]:
    """What was passed over on purpose; it was said of one time, and is nothing for another."""
    sure = request.form.get("sure") == "1" and request.form.get("weighed") == start
    return rules_named(request.form.getlist("despite")) if sure else frozenset()


def _move_page(asked: RequestView, text: str, refused: Refused | None = None) -> Response:
    """``refused``: what came of it when it was tried."""
    errors = {} if refused is None else by_field(refused.errors)
    message = "" if refused is None or errors or refused.cautions else gettext(refused.text)
    found: Weighed | None = None
    if text and not errors:
        try:
            start = _instant(text, asked.timezone)
            found = frame().desk.weigh_move(frame().staff(), asked.id, start, now=frame().now())
        except Refused as weighing:
            if weighing.problem is Problem.NOT_FOUND:
                raise
            errors = by_field(weighing.errors)
    html = render_template(
        "web/week_move.html",
        asked=asked,
        start=text or _input(asked.span.start, asked.timezone),
        found=found,
        against=[] if found is None else _told(found.cautions, asked.provider.slug),
        may_propose=found is not None and found.placement is not None and not _grave(found),
        errors=errors,
        message=message,
        back=week_of(asked.provider, asked.span.start),
    )
    return make_response(html, 200 if refused is None else _STATUS.get(refused.problem, 409))


def _enter_page(
    entry: Entry, given: Mapping[str, str], *, refused: Refused | None = None, message: str = "", status: int = 200
) -> Response:  # fmt: skip
    errors: Mapping[str, str] = {}
    cautions: tuple[Reason, ...] = ()
    if refused is not None:
        errors, cautions = by_field(refused.errors), refused.cautions
        message = "" if errors or cautions else gettext(refused.text)
        status = _STATUS.get(refused.problem, 409)
    html = render_template(
        "web/week_enter.html",
        entry=entry,
        clients=entry.clients if len(entry.clients) <= _MOST_CLIENTS else (),
        modes=list(dict.fromkeys(mode.value for each in entry.services for mode in each.service.modes)),
        typed=given,
        against=_told(cautions, entry.who.slug),
        seal=new_seal(),
        errors=errors,
        message=message,
        back=url_for("planner.week", provider=entry.who.slug),
    )
    return make_response(html, status)


def _told(cautions: tuple[Reason, ...], slug: str) -> list[Any]:
    return steps(cautions, frame().staff(), slug)


def _grave(found: Weighed) -> bool:
    return any(reason.rule in GRAVE for reason in found.cautions)


def _to_week(whose: ProviderView, at: datetime) -> Response:
    return redirect(week_of(whose, at), 303)  # type: ignore[return-value]


def week_of(whose: ProviderView, at: datetime) -> str:
    """The address of the week in which an instant lies."""
    day = instant_to_wall(at, whose.timezone).date()
    monday = day - timedelta(days=day.weekday())
    return url_for("planner.week", provider=whose.slug, day=monday.isoformat())


def _whose() -> ProviderView:
    seen = providers_seen()
    wanted = request.values.get("provider")
    found = next((each for each in seen if wanted in (None, "", each.slug)), None)
    if found is None:
        abort(404)
    return found


def _day(text: str | None) -> date | None:
    try:
        return a_date(text) if text else None
    except ValueError:
        raise Refused(Problem.INVALID, errors=[FieldError("day", N_("Please give a day."))]) from None


def _instant(text: str, zone: str) -> datetime:
    """A wall clock in the zone, as the field for it holds one."""
    try:
        return wall_to_instant(a_moment(text).replace(tzinfo=None), zone)
    except ValueError:
        error = FieldError("start", N_("Please give a date and a time."))
        raise Refused(Problem.INVALID, errors=[error]) from None


def _input(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None).isoformat(timespec="minutes")
