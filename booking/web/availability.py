"""What a provider's time is made of: hours, dates, rules, services, switches. Every change shows first what it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from flask_babel import gettext

from booking import edits
from booking.desk.editing import Terms
from booking.desk.views import ProviderView
from booking.edits import Edit
from booking.impact import LOOKED_AHEAD
from booking.policy import allows
from booking.practice import WEEKDAYS, ClientStatus, Hold, Mode, Service
from booking.refusals import FieldError, Problem, Refused
from booking.roles import Action, Role
from booking.rules import effective
from booking.web import availability_fields as fields
from booking.web import hold_fields
from booking.web.embedding import html_line
from booking.web.frame import frame
from booking.web.hold_words import audience_words, client_names
from booking.web.saved import saved_lately
from booking.web.telling import steps
from booking.web.typed import by_field
from booking.web.week import week
from booking.web.whose import providers_seen

blueprint = Blueprint("availability", __name__, url_prefix="/provider/availability")

FLAGS = ("active", "online", "new_clients")
_FORMS = {
    "block": "web/block.html",
    "override": "web/override.html",
    "rules": "web/rules.html",
    "hold": "web/hold_form.html",
}


@dataclass(frozen=True)
class _Page:
    """Whose availability, at which level: ``practice``, or the provider's own."""

    who: ProviderView
    terms: Terms
    whole: bool

    @property
    def slug(self) -> str | None:
        return None if self.whole else self.who.slug

    @property
    def services(self) -> Sequence[Service]:
        return self.terms.practice.services if self.whole else self.terms.provider.own_services

    @property
    def named(self) -> dict[str, Any]:
        level = {"level": "practice"} if self.whole else {}
        return level if frame().staff().role is Role.PROVIDER else {"provider": self.who.slug, **level}


@blueprint.get("")
@allows(Action.AVAILABILITY)
def home() -> Response:
    return _home()


@blueprint.get("/<any(block, override, rules, hold):kind>")
@allows(Action.AVAILABILITY)
def form(kind: str) -> Response:
    page = _page()
    known = request.args.get("of")
    if kind == "rules":
        return _form(page, kind, fields.rule_fields(_stated(page)))
    if known is None:
        return _form(page, kind, _NEW[kind]())
    part = _part(page, kind, known)
    return _form(page, kind, part, known=known)


@blueprint.post("/<any(switch, opt_in, block, override, hold, rules, service, services):kind>")
@allows(Action.AVAILABILITY)
def save(kind: str) -> Any:
    """Shows what it would do; with ``sure`` does it."""
    page = _page()
    try:
        edit, errors = _EDITS[kind](page)
        if edit is None:
            return _form(page, kind, _typed(), known=request.form.get("of"), errors=errors, status=422)
        if request.form.get("sure") != "1":
            return _preview(page, kind, edit)
        change = frame().desk.change(frame().staff(), edit, now=frame().now())
    except Refused as refused:
        return _refused(page, kind, refused)
    frame().ring("sync")
    return redirect(url_for(_place(kind), **page.named, saved="saved", change=change), 303)


@blueprint.post("/undo")
@allows(Action.AVAILABILITY)
def undo() -> Any:
    """Puts back what a change replaced, and leads to where it was made."""
    page, change_id = _page(), request.form.get("change", "")
    kept = frame().desk.changed(frame().staff(), change_id)
    try:
        change = frame().desk.undo_change(frame().staff(), change_id, now=frame().now())
    except Refused as refused:
        return _home(gettext(refused.text), 409)
    frame().ring("sync")
    where = _place(kept.what if kept else "")
    return redirect(url_for(where, **page.named, saved="undone", change=change), 303)


def _place(kind: str) -> str:
    """The page that shows what a kind of change is about."""
    return "holds.listed" if kind == "hold" else "availability.home"


def _switch(_: _Page) -> tuple[Edit | None, list[FieldError]]:
    return edits.practice_switch(request.form.get("on") == "1"), []


def _opt_in(page: _Page) -> tuple[Edit | None, list[FieldError]]:
    return edits.opt_in(page.who.slug, request.form.get("on") == "1"), []


def _block(page: _Page) -> tuple[Edit | None, list[FieldError]]:
    known = request.form.get("of") or None
    if request.form.get("remove") == "1":
        return edits.put_block(page.who.slug, known or "", None), []
    block, errors = fields.block_of(request.form)
    return (None if block is None else edits.put_block(page.who.slug, known, block)), errors


def _override(page: _Page) -> tuple[Edit | None, list[FieldError]]:
    known = request.form.get("of") or None
    if request.form.get("remove") == "1":
        return edits.put_override(page.who.slug, known or "", None), []
    override, errors = fields.override_of(request.form)
    return (None if override is None else edits.put_override(page.who.slug, known, override)), errors


def _hold(page: _Page) -> tuple[Edit | None, list[FieldError]]:
    known = request.form.get("of") or None
    if request.form.get("remove") == "1":
        return edits.put_hold(page.who.slug, known or "", None), []
    old = _known_hold(page, known)
    if known is not None and old is None:
        raise Refused(Problem.WRONG_STATE, edits.CHANGED)
    hold, errors = hold_fields.hold_of(request.form, old, hold_fields.audiences(page.terms.clients, old))
    return (None if hold is None else edits.put_hold(page.who.slug, known, hold)), errors


def _known_hold(page: _Page, known: str | None) -> Hold | None:
    return next((each for each in page.terms.provider.holds if edits.handle(each) == known), None)


def _rules(page: _Page) -> tuple[Edit | None, list[FieldError]]:
    rules, errors = fields.rules_of(request.form)
    service = _service_meant(page)
    if errors:
        return None, errors
    if service is not None:
        return edits.put_service_rules(page.slug, service.code, rules), []
    return edits.put_rules(page.slug, rules), []


def _service(page: _Page) -> tuple[Edit | None, list[FieldError]]:
    flags = {name: request.form.get(name) == "1" for name in FLAGS}
    return edits.put_service(page.slug, request.form.get("code", ""), **flags), []


def _services(page: _Page) -> tuple[Edit | None, list[FieldError]]:
    chosen = None if request.form.get("all") == "1" else request.form.getlist("codes")
    return edits.name_services(page.who.slug, chosen), []


_EDITS: Mapping[str, Callable[[_Page], tuple[Edit | None, list[FieldError]]]] = {
    "switch": _switch,
    "opt_in": _opt_in,
    "block": _block,
    "override": _override,
    "hold": _hold,
    "rules": _rules,
    "service": _service,
    "services": _services,
}


def _page() -> _Page:
    seen = providers_seen()
    wanted = request.values.get("provider")
    who = next((each for each in seen if wanted in (None, "", each.slug)), None)
    whole = request.values.get("level") == "practice"
    if who is None or (whole and not frame().staff().may(Action.SETTINGS)):
        abort(404)
    return _Page(who, frame().desk.terms(frame().staff(), who.slug, now=frame().now()), whole)


def _part(page: _Page, kind: str, known: str) -> dict[str, Any]:
    provider = page.terms.provider
    found: dict[str, dict[str, Any]]
    if kind == "block":
        found = {edits.handle(block): fields.block_fields(block) for block in provider.availability}
    elif kind == "hold":
        found = {edits.handle(hold): hold_fields.hold_fields(hold) for hold in provider.holds}
    else:
        found = {edits.handle(each): fields.override_fields(each) for each in provider.overrides}
    if known not in found:
        abort(404)
    return found[known]


def _service_meant(page: _Page) -> Service | None:
    """The service whose own rules are meant; None: those of the level itself."""
    code = request.values.get("code")
    found = next((each for each in page.services if each.code == code), None)
    if code and found is None:
        abort(404)
    return found


def _stated(page: _Page) -> Mapping[str, Any]:
    service = _service_meant(page)
    if service is not None:
        return service.rules
    return page.terms.practice.rules if page.whole else page.terms.provider.rules


def _typed() -> dict[str, Any]:
    """What was typed; of boxes that can be ticked together, which were."""
    many = ("days", "modes", "services", "client_statuses", "kept_for")
    typed: dict[str, Any] = {name: value.strip() for name, value in request.form.items()}
    return typed | {name: set(request.form.getlist(name)) for name in many}


def _home(message: str = "", status: int = 200) -> Response:
    page = _page()
    practice, provider = page.terms.practice, page.terms.provider
    sets = practice.services if page.whole else provider.own_services
    named = provider.services
    offered = provider.own_services or [
        each for each in practice.services if named is None or each.code in named
    ]
    html = render_template(
        "web/availability.html",
        page=page,
        who=page.who,
        practice=practice,
        provider=provider,
        named=page.named,
        others=providers_seen(),
        week=week(provider, now=frame().now()),
        new_modes=fields.new_block()["modes"],
        blocks=[(edits.handle(each), each) for each in sorted(provider.availability, key=_order)],
        overrides=[
            (edits.handle(each), each)
            for each in sorted(provider.overrides, key=lambda each: each.first)
            if each.last >= frame().now().date()
        ],
        past=sum(each.last < frame().now().date() for each in provider.overrides),
        own=sets,
        offered=offered,
        active=sum(each.active for each in offered),
        online=sum(each.active and each.online for each in offered),
        rules=effective(practice.rules) if page.whole else effective(practice.rules, provider.rules),
        steps=steps(page.terms.access, frame().staff(), page.who.slug),
        names={each.code: each.name for each in (*practice.services, *provider.own_services)},
        places={each.slug: each.name for each in practice.locations},
        flags=FLAGS,
        embed_line=html_line(practice.slug) if page.whole else "",
        **saved_lately(),
        message=message,
    )
    return make_response(html, status)


_NEW: Mapping[str, Callable[[], dict[str, Any]]] = {
    "block": fields.new_block,
    "override": lambda: {"closed": True},
    "hold": hold_fields.new_hold,
}


def _order(block: Any) -> tuple[Any, ...]:
    return (min(block.days, default=0), block.start, block.end)


def _form(
    page: _Page, kind: str, typed: Mapping[str, Any], *, known: str | None = None,
    errors: Sequence[FieldError] = (), message: str = "", status: int = 200,
) -> Response:  # fmt: skip
    practice, provider = page.terms.practice, page.terms.provider
    service = _service_meant(page) if kind == "rules" else None
    levels = [] if page.whole else [practice.rules]
    if service is not None:
        levels = [practice.rules] if page.whole else [practice.rules, provider.rules]
    above = effective(*levels)
    html = render_template(
        _FORMS[kind],
        page=page,
        who=page.who,
        named=page.named,
        kind=kind,
        typed=typed,
        known=known,
        service=service,
        **_hold_choices(page, known if kind == "hold" else None),
        weekdays=WEEKDAYS,
        services=provider.own_services or practice.services,
        locations=practice.locations,
        modes=[mode.value for mode in Mode],
        statuses=[each.value for each in ClientStatus],
        windows=range(fields.MOST_WINDOWS),
        above=fields.inherited(above),
        errors=by_field(errors),
        message=message,
    )
    return make_response(html, status)


def _hold_choices(page: _Page, known: str | None) -> dict[str, Any]:
    """What the form of a hold offers: whom it can be for, and rows for stages."""
    old = _known_hold(page, known)
    names = client_names(old, {each.id: each.name for each in page.terms.clients})
    return {
        "hold": old,
        "audiences": hold_fields.audiences(page.terms.clients, old),
        "for_whom": lambda words: audience_words(words, names),
        "choice_of": hold_fields.choice_of,
        "stages": hold_fields.stage_rows(old),
    }


def _preview(page: _Page, kind: str, edit: Edit) -> Response:
    found = frame().desk.foresee(frame().staff(), edit, now=frame().now())
    html = render_template(
        "web/impact.html",
        page=page,
        named=page.named,
        kind=kind,
        found=found,
        weeks=LOOKED_AHEAD.days // 7,
        fields=[(name, value) for name, value in request.form.items(multi=True) if name not in _OWN],
        names={
            each.code: each.name
            for each in (*page.terms.practice.services, *page.terms.provider.own_services)
        },
        back=_back(page, kind),
    )
    return make_response(html)


def _back(page: _Page, kind: str) -> str:
    """To the form; where nothing was filled in, to where it was asked for."""
    if kind in _FORMS and request.form.get("remove") != "1":
        given: dict[str, Any] = {name: request.form.get(name) or None for name in ("of", "code")}
        return url_for("availability.form", kind=kind, **page.named, **given)
    return url_for(_place(kind), **page.named)


_OWN = ("csrf_token", "sure", "provider", "level")


def _refused(page: _Page, kind: str, refused: Refused) -> Response:
    if refused.problem in (Problem.NOT_FOUND, Problem.FORBIDDEN):
        raise refused
    if refused.errors and kind in _FORMS:
        return _form(page, kind, _typed(), known=request.form.get("of"), errors=refused.errors, status=422)
    return _home(gettext(refused.text), 409)
