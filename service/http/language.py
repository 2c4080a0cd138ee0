"""Which language a page is in: the visitor's best among those the practice has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from flask import Flask, g, request
from flask_babel import Babel, get_locale

from booking.languages import best

_SOURCE = "en"
"""What the texts are written in."""


def install(app: Flask, translations: Sequence[Path], of_staff: Callable[[], Sequence[str]]) -> None:
    """Gives the app gettext and its templates ``_()``; ``translations`` are folders of compiled catalogues.

    ``of_staff`` gives the languages of the practice of whoever is signed in, none for a visitor: they count where the
    view has not said whose page it is. Where nobody is signed in either, any language with a catalogue will do.
    """
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = ";".join(map(str, translations))

    known = (_SOURCE, *_shipped(translations))

    def choose() -> str:
        if "locales" not in g:
            g.locales = of_staff()
        return best(request.accept_languages.values(), g.locales or known)

    Babel(app, locale_selector=choose)
    app.jinja_env.globals["locale"] = tag


def tag() -> str:
    """The language of the answer under way, as HTML writes it."""
    return str(get_locale() or _SOURCE).replace("_", "-")


def _shipped(translations: Sequence[Path]) -> list[str]:
    return sorted(
        {found.parent.parent.name for at in translations for found in at.glob("*/LC_MESSAGES/messages.mo")}
    )
