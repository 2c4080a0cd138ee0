"""The details form: shown, sent, and shown again with what was typed when something stands in the way."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext

from booking.desk import Receipt, RequestForm
from booking.desk.views import Replayed, Requested, ServiceView, SlotView
from booking.refusals import Problem, Refused
from booking.web import repeats
from booking.web.embedding import kept_mark
from booking.web.frame import frame
from booking.web.look import locale
from booking.web.sealing import once_more, sent_seal
from booking.web.typed import by_field, trapped, typed
from booking.web.visit import Visit
from booking.web.wishes import closed_page

_FIELDS = ("name", "email", "phone", "note", "mode", "privacy", *repeats.FIELDS)
_STATUS = {
    Problem.INVALID: 422,
    Problem.IDEMPOTENCY_KEY_REUSED: 422,
    Problem.NOT_BOOKABLE: 403,
    Problem.NOT_FOUND: 404,
}


def show_form(visit: Visit, service: ServiceView, start: datetime) -> Response:
    """The empty form for a time on offer; if it is not, the times nearest to it."""
    slot = _slot(visit, service, start)
    if slot is None:
        return _page(visit, service, start, None, status=409, taken=True)
    return _page(visit, service, start, slot, typed=known(visit))


def known(visit: Visit) -> Mapping[str, str]:
    """What a personal link spares its client to type."""
    if visit.who is None:
        return {}
    client = visit.who.client
    return {"name": client.name, "email": visit.who.email, "phone": client.phone}


def send(visit: Visit, service: ServiceView, start: datetime) -> Response:
    """Stores the request, once however often the form is sent, and leads to the client's own page."""
    given = typed(*_FIELDS)
    seal = sent_seal()
    if seal is None or trapped(request.form):
        return _again(visit, service, start, given, status=400, message=once_more())
    form = _form(visit, service, start, given)
    receipt = Receipt(
        f"page-{seal.key}", _body_hash(form), lambda done: frame().cipher.encrypt(done.token.encode())
    )
    try:
        done = frame().desk.request_once(form, receipt, now=frame().now())
    except Refused as refused:
        return _refused(visit, service, start, given, refused)
    if isinstance(done, Requested):
        frame().ring("sync", "mail")
    return redirect(url_for("client.page", token=_token(done), new=1, **kept_mark()), 303)  # type: ignore[return-value]


def _form(visit: Visit, service: ServiceView, start: datetime, given: Mapping[str, str]) -> RequestForm:
    return RequestForm(
        practice=visit.practice.slug,
        provider=visit.provider.slug,
        service=service.code,
        start=start,
        name=given["name"],
        email=given["email"],
        phone=given["phone"],
        note=given["note"],
        mode=given["mode"] or None,
        asking=visit.asking,
        timezone=visit.zone,
        locale=str(locale()),
        sender=frame().sender(),
        privacy=given["privacy"],
        recurring=repeats.recurring(given),
    )


def _body_hash(form: RequestForm) -> str:
    """What was typed: a phone that changes its network and sends the form again is still the same visitor."""
    return hashlib.sha256(repr(replace(form, sender="")).encode()).hexdigest()


def _token(done: Requested | Replayed) -> str:
    return done.token if isinstance(done, Requested) else frame().cipher.decrypt(done.answer).decode()


def _refused(
    visit: Visit, service: ServiceView, start: datetime, given: Mapping[str, str], refused: Refused
) -> Response:
    status = _STATUS.get(refused.problem, 409)
    if refused.clashes:
        found = repeats.choices(refused.clashes, visit.zone)
        return _again(
            visit,
            service,
            start,
            given,
            status=409,
            message=gettext("Some of these dates cannot be had"),
            clashes=found,
        )
    if refused.problem is Problem.SLOT_UNAVAILABLE:
        options = tuple(SlotView(item.start, item.end, item.modes) for item in refused.alternatives)
        return _page(visit, service, start, None, typed=given, status=409, taken=True, options=options)
    if refused.problem is Problem.CALENDAR_UNREADABLE:
        return closed_page(visit, typed=given, status=409)
    errors = by_field(refused.errors)
    message = "" if errors else gettext(refused.text)
    return _again(visit, service, start, given, status=status, errors=errors, message=message)


def _again(
    visit: Visit, service: ServiceView, start: datetime, given: Mapping[str, str], *, status: int,
    errors: Mapping[str, str] | None = None, message: str = "", clashes: Sequence[repeats.Choice] = (),
) -> Response:  # fmt: skip
    slot = _slot(visit, service, start)
    if slot is None:
        return _page(visit, service, start, None, typed=given, status=409, taken=True)
    return _page(
        visit, service, start, slot, typed=given, status=status, errors=errors or {}, message=message,
        clashes=clashes,
    )  # fmt: skip


def _page(
    visit: Visit, service: ServiceView, start: datetime, slot: SlotView | None, *, status: int = 200,
    typed: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None, message: str = "",
    taken: bool = False, options: tuple[SlotView, ...] | None = None, clashes: Sequence[repeats.Choice] = (),
) -> Response:  # fmt: skip
    """``slot`` None: the time is taken, and ``options`` (found here if not given) stand in its place."""
    if taken and options is None:
        found = _near(visit, service, start)
        if found is None:
            return closed_page(visit, typed=typed or {}, status=status)
        options = found
    html = render_template(
        "web/details.html", practice=visit.practice, visit=visit, service=service, slot=slot,
        start=start.astimezone(ZoneInfo(visit.zone)), options=_local(options or (), visit.zone), taken=taken,
        typed=typed or {}, errors=errors or {}, message=message, clashes=clashes, answered=repeats.answered(clashes),
        every=repeats.EVERY, most=repeats.MOST,
        modes=slot.modes if slot else service.modes,
    )  # fmt: skip
    return make_response(html, status)


def _slot(visit: Visit, service: ServiceView, start: datetime) -> SlotView | None:
    day = start.astimezone(ZoneInfo(visit.zone)).date()
    if not visit.today <= day <= visit.today + timedelta(days=731):
        return None
    answer = frame().desk.slots(visit.slots(service.code, day, day + timedelta(days=1)), now=frame().now())
    return next((slot for slot in answer.slots if slot.start == start), None)


def _near(visit: Visit, service: ServiceView, start: datetime) -> tuple[SlotView, ...] | None:
    """Up to three times on offer nearest to one that is taken; None if nothing can be offered to anybody now."""
    day = min(
        max(start.astimezone(ZoneInfo(visit.zone)).date(), visit.today), visit.today + timedelta(days=731)
    )
    first = max(visit.today, day - timedelta(days=7))
    answer = frame().desk.slots(visit.slots(service.code, first, day + timedelta(days=14)), now=frame().now())
    if answer.freshness == "closed":
        return None
    nearest = sorted(answer.slots, key=lambda slot: abs(slot.start - start))[:3]
    return tuple(sorted(nearest, key=lambda slot: slot.start))


def _local(slots: tuple[SlotView, ...], zone: str) -> list[SlotView]:
    own = ZoneInfo(zone)
    return [SlotView(slot.start.astimezone(own), slot.end.astimezone(own), slot.modes) for slot in slots]
