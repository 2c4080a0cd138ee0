"""What was typed into a form, kept when something is wrong with it, and what was wrong, by field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask import request
from flask_babel import gettext

from booking.refusals import FieldError
from booking.series import Scope

TRAP = "website"
"""A field no person sees; a program that fills in everything fills it too."""


def typed(*names: str) -> dict[str, str]:
    return {name: request.form.get(name, "").strip() for name in names}


def a_scope(usual: str) -> Scope:
    """Which dates of a series the form is about."""
    try:
        return Scope(request.form.get("scope", usual))
    except ValueError:
        return Scope(usual)


def by_field(errors: Iterable[FieldError]) -> dict[str, str]:
    """The first error of each field, under the field's name in the form (``email`` for ``client.email``)."""
    found: dict[str, str] = {}
    for error in errors:
        found.setdefault(error.field.rpartition(".")[2], gettext(error.text))
    return found


def trapped(form: Mapping[str, str]) -> bool:
    return bool(form.get(TRAP))
