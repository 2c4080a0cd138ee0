"""Seals of forms: one goes out with every form that makes something, and is looked at when it comes back."""

from __future__ import annotations

from flask import request
from flask_babel import gettext

from booking.web.form_seal import PURPOSE, Seal, make_seal, read_seal
from booking.web.frame import frame

FIELD = "form"


def new_seal() -> str:
    return make_seal(frame().secret(PURPOSE), now=frame().now())


def sent_seal() -> Seal | None:
    """That of the form that was sent; None if it was not ours, or had been open for too long."""
    return read_seal(frame().secret(PURPOSE), request.form.get(FIELD, ""), now=frame().now())


def once_more() -> str:
    """What is told where there is none."""
    text: str = gettext("This page had been open for a long time. Please send the form once more.")
    return text
