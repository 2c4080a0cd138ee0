"""What clients are told: which mails they get, when they are reminded, and in which words. For owners and managers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from flask_babel import force_locale, gettext

from booking.edits import Edit
from booking.notice_texts import IN_SUBJECT, KINDS, PLACEHOLDERS, Words, cleaned, filled, mistakes, own_words
from booking.notices import Kind
from booking.plain.document import NOTICES
from booking.policy import allows
from booking.refusals import FieldError, Problem, Refused
from booking.roles import Action
from booking.web import look
from booking.web.frame import frame
from booking.web.notice_fields import privacy_of, switch_fields, switches_of
from booking.web.typed import by_field

blueprint = Blueprint("notices", __name__, url_prefix="/settings/notices")


@blueprint.get("")
@allows(Action.SETTINGS)
def home() -> Response:
    return _home()


@blueprint.post("/switches")
@allows(Action.SETTINGS)
def switches() -> Any:
    chosen = request.form.getlist("on")
    edit, errors = switches_of(chosen, request.form)
    return _done(edit, errors, {**request.form, "on": set(chosen)})


@blueprint.post("/privacy")
@allows(Action.SETTINGS)
def privacy() -> Any:
    edit, errors = privacy_of(request.form)
    return _done(edit, errors, {"privacy_text": request.form.get("privacy_text", "")})


@blueprint.post("/again")
@allows(Action.SETTINGS)
def again() -> Any:
    frame().desk.send_mail_again(frame().staff(), request.form.get("key", ""), now=frame().now())
    return redirect(url_for("notices.home", saved=1), 303)


@blueprint.get("/<kind>/<locale>")
@allows(Action.SETTINGS)
def words(kind: str, locale: str) -> Response:
    of = _kind(kind)
    own = frame().desk.notice_words(frame().staff(), of, locale)
    return _words(of, locale, own or _default(of, locale), changed=own is not None)


@blueprint.post("/<kind>/<locale>")
@allows(Action.SETTINGS)
def change_words(kind: str, locale: str) -> Any:
    """``do``: ``save``; ``preview`` shows what was typed and stores nothing; ``reset`` goes back to our words."""
    of, staff = _kind(kind), frame().staff()
    do = request.form.get("do")
    given = Words(request.form.get("subject", ""), request.form.get("body", ""))
    known = frame().desk.notice_words(staff, of, locale) is not None
    if do == "preview":
        return _words(of, locale, given, changed=known, errors=list(mistakes(cleaned(given))))
    try:
        frame().desk.put_notice_words(staff, of, locale, None if do == "reset" else given, now=frame().now())
    except Refused as refused:
        if refused.problem is not Problem.INVALID:
            raise
        return _words(of, locale, given, changed=known, errors=refused.errors)
    return redirect(url_for("notices.home", saved=1), 303)


def notice_name(kind: str) -> str:
    """What a kind of notice is called where it is switched on and off."""
    known = {
        "created": gettext("Your request has arrived"),
        "confirmed": gettext("The appointment is confirmed"),
        "declined": gettext("The request is declined"),
        "rescheduled": gettext("The appointment has a new time"),
        "cancelled": gettext("The appointment is cancelled"),
        "deleted": gettext("The provider deleted the appointment"),
        "provider_changed": gettext("Somebody else takes the appointment"),
        "undone": gettext("The last message no longer holds"),
        "expired": gettext("The request was not answered in time"),
        "proposed": gettext("Another time is proposed"),
        "reminder": gettext("Reminder of the appointment"),
    }
    return str(known.get(kind, kind))


def _done(edit: Edit | None, errors: Sequence[FieldError], typed: Mapping[str, Any]) -> Any:
    if edit is None:
        return _home(typed=typed, errors=errors, status=422)
    frame().desk.change(frame().staff(), edit, now=frame().now())
    return redirect(url_for("notices.home", saved=1), 303)


def _home(
    *, typed: Mapping[str, Any] | None = None, errors: Sequence[FieldError] = (), status: int = 200
) -> Response:
    found = frame().desk.notice_settings(frame().staff())
    practice = found.practice
    shown = {**switch_fields(practice), "privacy_text": practice.page.privacy_text, **(typed or {})}
    html = render_template(
        "web/notices.html",
        practice=practice,
        found=found,
        kinds=[(name, notice_name(name)) for name in NOTICES],
        languages=[(name, _language(name)) for name in practice.page.locales],
        typed=shown,
        errors=by_field(errors),
        saved=request.args.get("saved"),
    )
    return make_response(html, status)


def _words(
    kind: Kind, locale: str, shown: Words, *, changed: bool, errors: Sequence[FieldError] = ()
) -> Response:
    """The form, and below it what the words come to; not while something is wrong with them."""
    preview = None if errors else filled(cleaned(shown), _sample(locale))
    html = render_template(
        "web/notice_words.html",
        kind=kind,
        name=notice_name(kind.value),
        locale_name=locale,
        language=_language(locale),
        typed={"subject": shown.subject, "body": shown.body},
        placeholders=[(name, gettext(told)) for name, told in PLACEHOLDERS.items()],
        in_subject=sorted(IN_SUBJECT),
        preview=preview,
        changed=changed,
        errors=by_field(errors),
    )
    return make_response(html, 422 if errors else 200)


def _kind(name: str) -> Kind:
    found = next((kind for kind in KINDS if kind.value == name), None)
    if found is None:
        abort(404)
    return found


def _default(kind: Kind, locale: str) -> Words:
    with force_locale(locale):
        return own_words(kind, gettext)


def _language(locale: str) -> str:
    return look.language_name(locale)


def _sample(locale: str) -> dict[str, str]:
    """A made-up appointment of the day after tomorrow, so that the preview names nobody."""
    practice = frame().desk.notice_settings(frame().staff()).practice
    zone = ZoneInfo(practice.timezone)
    start = (frame().now().astimezone(zone) + timedelta(days=2)).replace(hour=10, minute=0)
    with force_locale(locale):
        return {
            "practice": practice.name,
            "phone": practice.phone,
            "provider": practice.providers[0].name if practice.providers else "Ada Byron",
            "service": practice.services[0].name if practice.services else "",
            "when": _time(start),
            "where": _place(practice.locations[0]) if practice.locations else "",
            "video": "https://video.example/room",
            "until": _time(start - timedelta(days=1)),
            "message": gettext("Please ring the lower bell."),
            "other": practice.providers[-1].name if practice.providers else "Grace Hopper",
            "times": "; ".join(_time(start + timedelta(days=days)) for days in (1, 2)),
        }


def _time(moment: datetime) -> str:
    return f"{look.day(moment)}, {look.clock(moment)}"


def _place(location: Any) -> str:
    return ", ".join(part for part in (location.name, location.address) if part)
