"""The web application: ``create_app(runtime)``. Nothing happens on import.

For whoever writes pages and calls:

- A view declares its policy below the blueprint's decorator: ``booking.policy``'s ``@allows(Action.X)``,
  ``@capability(Action.X)`` or ``@public``; without one it is refused. ``@limited("slots")`` counts visitors' calls.
- ``frame()`` (of ``booking.web.frame``; in ``service`` that of ``service.http.frame``) gives the desk, ``now()``,
  ``actor()``, ``staff()``, ``sender()``, ``ring()``, ``allow_framing()``.
- Templates know ``csrf_token()`` (every form that posts has it in the hidden field ``csrf_token``; scripts send it as
  ``X-CSRF-Token``), ``asset("booking/page.css")`` (the lasting address of ``booking/web/static/page.css``; ``ops``
  is the other room), ``signed_in()`` (the ``Actor`` or None) and ``locale()``; text is marked by ``_()``.
- No inline script or style passes the content security policy. There is no client-side session and no ``flash``.
- ``g.locales`` (the practice's own, a tuple) are the languages a page may be answered in; a page that says nothing
  has those of the practice of whoever is signed in.
- A ``Refused`` that a view lets through becomes a page, or under ``/api/`` a problem document, of the right status.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from flask import Blueprint, Flask

import booking.web
from booking.web import (
    answer,
    availability,
    client,
    clients,
    daybook,
    embedding,
    events,
    first,
    holds,
    look,
    notices,
    planner,
    provider,
    public,
    recognise,
    waiting,
)
from booking.web.frame import EXTENSION
from service import health, hooks, metrics
from service.api import described as api
from service.api.short_way import ShortWay
from service.channels import pages as channels
from service.connect import google as connect_google
from service.connect import pages as connect
from service.http import headers, language, problems
from service.http.assets import Assets
from service.http.cookies import Cookies
from service.http.frame import ProgramFrame
from service.http.gate import Gate
from service.ops import dashboard, flights
from service.people import pages as people
from service.runtime import Runtime
from service.settings import Settings

_MOST_BYTES = 64 * 1024
_MOST_FIELDS = 100
_SERVICE = Path(__file__).parent
_BOOKING = Path(booking.web.__file__).parent
_STATIC = {
    "booking": _BOOKING / "static",
    "ops": _SERVICE / "ops" / "static",
}


def create_app(runtime: Runtime) -> Flask:
    """The WSGI application over ``runtime``; it opens nothing itself."""
    app = Flask("service.http", static_folder=None)
    app.config.update(
        MAX_CONTENT_LENGTH=_MOST_BYTES,
        MAX_FORM_MEMORY_SIZE=_MOST_BYTES,
        MAX_FORM_PARTS=_MOST_FIELDS,
    )
    app.url_map.strict_slashes = False
    frame = ProgramFrame(runtime)
    app.extensions[EXTENSION] = frame
    _install(app, frame)
    for blueprint in _blueprints():
        app.register_blueprint(blueprint)
    return app


def _blueprints() -> Sequence[Blueprint]:
    pages = (
        look.blueprint,
        public.blueprint,
        embedding.blueprint,
        first.blueprint,
        recognise.blueprint,
        client.blueprint,
        provider.blueprint,
        waiting.blueprint,
        events.blueprint,
        planner.blueprint,
    )
    offering = (daybook.blueprint, availability.blueprint, holds.blueprint)
    telling = (clients.blueprint, notices.blueprint, channels.blueprint, answer.blueprint)
    accounts = (connect.blueprint, connect_google.blueprint)
    watching = (dashboard.blueprint, flights.blueprint)
    machines = (health.blueprint, metrics.blueprint, hooks.blueprint)
    return (
        *pages,
        *offering,
        *telling,
        *accounts,
        *watching,
        people.blueprint,
        api.blueprint,
        api.problems,
        *machines,
    )


def _install(app: Flask, frame: ProgramFrame) -> None:
    settings = frame.runtime.settings
    assets = Assets(_STATIC)
    catalogues = [_BOOKING / "translations", _SERVICE / "translations"]
    language.install(app, catalogues, frame.locales, Cookies(secure=settings.cookie_secure))
    problems.install(app)
    gate = Gate(_hosts(settings), frame.identity, frame.csrf, frame.limiter, frame.sender)
    gate.install(app)
    headers.install(app, https=settings.cookie_secure)
    app.after_request(frame.identity.refresh)
    app.after_request(frame.csrf.attach)
    app.jinja_env.globals.update(
        asset=assets.url,
        csrf_token=frame.csrf_token,
        signed_in=frame.actor,
    )
    assets.install(app, headers.static_headers(settings.cookie_secure))
    app.wsgi_app = ShortWay(app.wsgi_app, frame, gate, https=settings.cookie_secure)  # type: ignore[method-assign]


def _hosts(settings: Settings) -> list[str]:
    """Names we answer to: the one outside, the one we listen on, and this machine's own."""
    outside = urlsplit(settings.base_url).hostname or ""
    return [outside, settings.host, "localhost", "127.0.0.1", "::1"]
