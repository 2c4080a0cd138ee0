"""The API as one blueprint, with its own description and the pages of its problems."""

from __future__ import annotations

from functools import cache

from flask import Blueprint, abort, render_template

from booking.policy import public
from service.api import accounts, asking, clients, deciding, events, history, holds, offers, times
from service.api.calls import api
from service.api.openapi import description
from service.api.values import Document
from service.http.problems import NAMES

ROOMS = (offers, asking, deciding, clients, times, events, accounts, history, holds)
"""The modules whose calls the API has; importing them lists their calls."""

problems = Blueprint("problems", __name__)


@api.call("GET", "/openapi.json", None, "This description", answers={200: None})
def openapi() -> Document:
    return _description()


@problems.get("/problems/<name>")
@public
def problem(name: str) -> str:
    """What the ``type`` of a problem document leads to."""
    if name not in NAMES:
        abort(404)
    return render_template("frame/problem_type.html", name=name, text=NAMES[name])


@cache
def _description() -> Document:
    return description(api.all)


blueprint = api.blueprint()
