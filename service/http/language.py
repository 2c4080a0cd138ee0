"""Which language a page is in: what the visitor chose, else their browser's best among those the practice has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask, Response, g, request
from flask_babel import Babel, get_locale

from booking.languages import best
from booking.web.look import language_name
from service.http.cookies import Cookies

CHOICE = "lang"
"""The argument of an address, and the cookie, that names a language."""
_SOURCE = "en"
"""What the texts are written in."""
_KEPT = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Other:
    """The page under way in another language: its tag as HTML writes it, its own name, and where it is."""

    tag: str
    name: str
    address: str


def install(
    app: Flask, translations: Sequence[Path], of_staff: Callable[[], Sequence[str]], cookies: Cookies
) -> None:
    """Gives the app gettext and its templates ``_()``; ``translations`` are folders of compiled catalogues.

    ``of_staff`` gives the languages of the practice of whoever is signed in, none for a visitor: they count where the
    view has not said whose page it is. Where nobody is signed in either, any language with a catalogue will do.
    What a visitor chooses is kept by a cookie; where a page is shown in a frame of another site, by its addresses.
    """
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = ";".join(map(str, translations))

    known = (_SOURCE, *_shipped(translations))

    def offered() -> Sequence[str]:
        if "locales" not in g:
            g.locales = of_staff()
        return g.locales or known

    def choose() -> str:
        for said in (request.args.get(CHOICE), cookies.read(CHOICE)):
            if said is not None and said in offered():
                return said
        return best(request.accept_languages.values(), offered())

    def others() -> list[Other]:
        """Empty where there is one language, and for an answer to a form, which has no address."""
        codes = offered() if request.method in ("GET", "HEAD") else ()
        return [_other(code) for code in codes if code.replace("_", "-") != tag()]

    Babel(app, locale_selector=choose)
    app.jinja_env.globals.update(locale=tag, other_languages=others)

    @app.after_request
    def keep(response: Response) -> Response:
        said = request.args.get(CHOICE)
        if said and said in offered() and said != cookies.read(CHOICE):
            cookies.set(response, CHOICE, said, keep=_KEPT)
        return response


def tag() -> str:
    """The language of the answer under way, as HTML writes it."""
    return str(get_locale() or _SOURCE).replace("_", "-")


def _other(code: str) -> Other:
    rest = [(name, value) for name, value in request.args.items(multi=True) if name != CHOICE]
    address = f"{request.path}?{urlencode([*rest, (CHOICE, code)])}"
    return Other(code.replace("_", "-"), language_name(code), address)


def _shipped(translations: Sequence[Path]) -> list[str]:
    return sorted(
        {found.parent.parent.name for at in translations for found in at.glob("*/LC_MESSAGES/messages.mo")}
    )
