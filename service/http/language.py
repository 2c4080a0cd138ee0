"""Which language a page is in: the visitor's best among those the practice has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from flask import Flask, g, request
from flask_babel import Babel, get_locale

from booking.languages import best

_DEFAULT = ("en",)


def install(app: Flask, translations: Sequence[Path], of_staff: Callable[[], Sequence[str]]) -> None:
    """Gives the app gettext and its templates ``_()``; ``translations`` are folders of compiled catalogues.

    ``of_staff`` gives the languages of the practice of whoever is signed in, none for a visitor: they count where the
    view has not said whose page it is.
    """
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = ";".join(map(str, translations))

    def choose() -> str:
        if "locales" not in g:
            g.locales = of_staff()
        return best(request.accept_languages.values(), g.locales or _DEFAULT)

    Babel(app, locale_selector=choose)
    app.jinja_env.globals["locale"] = tag


def tag() -> str:
    """The language of the answer under way, as HTML writes it."""
    return str(get_locale() or _DEFAULT[0]).replace("_", "-")
