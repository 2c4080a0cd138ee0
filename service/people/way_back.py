"""Where somebody was going when signing in was asked for. Only pages named here are led back to."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from flask import Response

from service.http.cookies import Cookies

_COOKIE: Final = "freehold-going"
_KEPT: Final = timedelta(hours=1)
# A mail to the provider and an entry in her calendar lead to one request, a mail about her account to her calendars.
_PAGES: Final = re.compile(r"/provider/(?:requests/[a-z2-7]{24}|calendars)")


def note(cookies: Cookies, response: Response, path: str) -> None:
    if _PAGES.fullmatch(path):
        cookies.set(response, _COOKIE, path, keep=_KEPT)


def take(cookies: Cookies, response: Response) -> str | None:
    """The page, once; whatever else the cookie holds is nothing."""
    path = cookies.read(_COOKIE)
    if path is None:
        return None
    cookies.drop(response, _COOKIE)
    return path if _PAGES.fullmatch(path) else None
