"""Forms of our pages are sent from our pages: a token bound to the visitor, and what the browser says of the origin.

In a frame on another site a visitor has no cookie to bind it to. Such a form carries a signed time instead, which
counts on booking pages only, for who is not signed in, and only if the browser itself says that the form was ours.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from flask import Response, g, request

from service.http.cookies import Cookies
from service.http.problems import Stopped
from service.secrecy import TokenMaker

FIELD: Final = "csrf_token"
HEADER: Final = "X-CSRF-Token"
COOKIE: Final = "freehold_visit"
_PURPOSE: Final = "csrf"
_FRAMED_PATHS: Final = ("/book/", "/r/")
_FRAMED_LIFE: Final = timedelta(hours=12)
_OWN_SITES: Final = frozenset({"same-origin", "none"})


class Csrf:
    """One per application. A token is derived from the session of who is signed in, else from a visitor's cookie."""

    def __init__(
        self, tokens: TokenMaker, cookies: Cookies, base_url: str, now: Callable[[], datetime]
    ) -> None:
        self._now = now
        self._tokens = tokens
        self._cookies = cookies
        self._origin = _origin(base_url)

    def token(self, session: str | None) -> str:
        """The token for the forms of the page being made; a visitor who has no cookie yet gets one with it."""
        if session is not None:
            return self._derived(f"session|{session}")
        if g.get("framing"):
            return self._signed(int(self._now().timestamp()))
        if "visit" not in g:
            g.visit = self._cookies.read(COOKIE) or self._new_visit()
        return self._derived(f"visit|{g.visit}")

    def check(self, session: str | None) -> None:
        """Raises ``Stopped`` (403) unless the request was sent by a form of ours, for this very visitor."""
        if session is None and self._is_framed():
            if not self._surely_from_here():
                raise Stopped(403)
        elif not self._from_here() or not self._shows_token(session):
            raise Stopped(403)

    def attach(self, response: Response) -> Response:
        if g.get("visit_is_new", False):
            self._cookies.set(response, COOKIE, g.visit)
        return response

    def _new_visit(self) -> str:
        g.visit_is_new = True
        return self._tokens.fresh()

    def _derived(self, subject: str) -> str:
        return self._tokens.derive(_PURPOSE, subject)

    def _from_here(self) -> bool:
        site = request.headers.get("Sec-Fetch-Site")
        if site is not None:
            return site in _OWN_SITES
        origin = request.headers.get("Origin")
        return origin is None or _origin(origin) in (self._origin, _origin(request.host_url))

    def _is_framed(self) -> bool:
        """True if it shows a signed time that is not too old, where one counts."""
        shown = request.form.get(FIELD, "")
        made, _, proof = shown.partition(".")
        if not proof or not (made.isascii() and made.isdigit() and len(made) <= 11):
            return False
        if not hmac.compare_digest(self._signed(int(made)).encode(), shown.encode()):
            return False
        age = self._now().timestamp() - int(made)
        return 0 <= age <= _FRAMED_LIFE.total_seconds() and request.path.startswith(_FRAMED_PATHS)

    def _surely_from_here(self) -> bool:
        """As the browser says; one that says nothing is not believed."""
        says = request.headers.get("Sec-Fetch-Site") or request.headers.get("Origin")
        return says is not None and self._from_here()

    def _signed(self, made: int) -> str:
        return f"{made}.{self._derived(f'framed|{made}')}"

    def _shows_token(self, session: str | None) -> bool:
        visit = self._cookies.read(COOKIE)
        subject = f"session|{session}" if session is not None else f"visit|{visit}"
        shown = request.headers.get(HEADER) or request.form.get(FIELD, "")
        known = session is not None or bool(visit)
        return known and hmac.compare_digest(self._derived(subject).encode(), shown.encode())


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    try:
        return parts.scheme, parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return "", "", None
