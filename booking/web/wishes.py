"""Wishes: times that would suit, told in words, where no time can be offered or none suits."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, make_response, render_template, request
from flask_babel import gettext

from booking.desk import WishForm
from booking.refusals import Refused
from booking.web.frame import frame
from booking.web.sealing import once_more, sent_seal
from booking.web.typed import by_field, trapped, typed
from booking.web.visit import Visit

_FIELDS = ("text", "name", "email", "phone", "privacy")


def leave_wish(visit: Visit) -> Response:
    """Stores the wish and says what happens next; with what was typed again where something is wrong with it."""
    given = typed(*_FIELDS)
    seal = sent_seal()
    if seal is None or trapped(request.form):
        errors = {"text": once_more()}
        return wish_page(visit, typed=given, errors=errors, status=400)
    form = WishForm(
        practice=visit.practice.slug,
        provider=visit.provider.slug,
        text=given["text"],
        name=given["name"],
        email=given["email"],
        phone=given["phone"],
        asking=visit.asking,
        key=seal.key,
        privacy=given["privacy"],
    )
    try:
        frame().desk.wish(form, now=frame().now())
    except Refused as refused:
        errors = by_field(refused.errors) or {"text": gettext(refused.text)}
        return wish_page(visit, typed=given, errors=errors, status=422)
    frame().ring("mail")
    return make_response(render_template("web/wished.html", practice=visit.practice, visit=visit))


def closed_page(visit: Visit, *, typed: Mapping[str, str], status: int) -> Response:
    """No time can be promised now: the telephone, and the form for wishes with what was typed so far."""
    return wish_page(visit, typed=typed, errors={}, status=status, closed=True)


def wish_page(
    visit: Visit, *, typed: Mapping[str, str], errors: Mapping[str, str], status: int, closed: bool = False,
    unsure: bool = False,
) -> Response:  # fmt: skip
    """``unsure``: it is not certain yet what the appointment is to be about."""
    html = render_template(
        "web/wish.html",
        practice=visit.practice,
        visit=visit,
        typed=typed,
        errors=errors,
        closed=closed,
        unsure=unsure,
    )
    return make_response(html, status)
