"""Our cookies: for this host alone, out of reach of scripts, and over https only where we are reached by it."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, request


class Cookies:
    """``secure``: the outside reaches us by https."""

    def __init__(self, *, secure: bool) -> None:
        self._secure = secure

    def name(self, name: str) -> str:
        # With the prefix a browser takes the cookie from this very host only, so no neighbour can plant one.
        return f"__Host-{name}" if self._secure else name

    def read(self, name: str) -> str | None:
        return request.cookies.get(self.name(name))

    def set(self, response: Response, name: str, value: str, *, keep: timedelta | None = None) -> None:
        """Without ``keep`` the browser forgets it when it is closed."""
        response.set_cookie(
            self.name(name),
            value,
            max_age=keep,
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="Lax",
        )

    def drop(self, response: Response, name: str) -> None:
        response.delete_cookie(self.name(name), path="/", secure=self._secure, httponly=True, samesite="Lax")
