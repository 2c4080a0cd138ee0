"""Headers that every answer carries: what a browser may do with it, and who may keep or find it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from flask import Flask, Response, g, request
from werkzeug.datastructures import Headers

_CONTENT: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'"
)
_ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    # A page's address may hold a token: it goes to nobody else. Our own forms still say where they come from.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
NOBODY: Final = "'none'"
_UNFOUND: Final = "noindex, nofollow"
_UNKEPT: Final = "no-store"
_HSTS: Final = "max-age=31536000"
# The booking pages alone may be found by search, and be gone back to without asking us again.
_OPEN_PREFIX: Final = "/book/"
# Practices' own sites load it.
_KEPT_PATH: Final = "/embed.js"


def install(app: Flask, *, https: bool) -> None:
    """Adds the headers to every answer of ``app``; static files get theirs from ``static_headers``."""

    @app.after_request
    def add(response: Response) -> Response:
        _secure(response.headers, framing=g.get("framing", ()), forms=g.get("forms", ()), https=https)
        if request.path.startswith(_OPEN_PREFIX):
            response.headers.setdefault("Cache-Control", "private, no-cache")
        elif request.path != _KEPT_PATH:
            response.headers["X-Robots-Tag"] = _UNFOUND
            response.headers["Cache-Control"] = _UNKEPT
        return response


def allow_framing(origins: Iterable[str]) -> None:
    """Origins that may show this one answer in a frame: plain origins, checked when the practice stated them."""
    g.framing = tuple(origins)


def allow_forms_to(origins: Iterable[str]) -> None:
    """Origins that a form of this one answer may lead to: browsers count where its answer redirects to as well."""
    g.forms = tuple(origins)


def api_headers(https: bool) -> dict[str, str]:
    """Those of every answer of the API."""
    return {**static_headers(https), "X-Robots-Tag": _UNFOUND, "Cache-Control": _UNKEPT}


def static_headers(https: bool) -> dict[str, str]:
    found = Headers()
    _secure(found, framing=(), forms=(), https=https)
    return dict(found)


def _secure(headers: Headers, *, framing: Iterable[str], forms: Iterable[str], https: bool) -> None:
    for name, value in _ALWAYS.items():
        headers.setdefault(name, value)
    ancestors = " ".join(framing)
    content = " ".join((_CONTENT, *forms))
    headers["Content-Security-Policy"] = f"{content}; frame-ancestors {ancestors or NOBODY}"
    if not ancestors:
        headers["X-Frame-Options"] = "DENY"
    if https:
        headers["Strict-Transport-Security"] = _HSTS
