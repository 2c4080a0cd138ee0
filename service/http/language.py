"""Which language a page is in: the visitor's best among those the practice has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from flask import Flask, g, request
from flask_babel import Babel, get_locale
from werkzeug.datastructures import LanguageAccept

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
        return best(request.accept_languages, g.locales or _DEFAULT)

    Babel(app, locale_selector=choose)
    app.jinja_env.globals["locale"] = tag


def tag() -> str:
    """The language of the answer under way, as HTML writes it."""
    return str(get_locale() or _DEFAULT[0]).replace("_", "-")


def best(wanted: LanguageAccept, offered: Sequence[str]) -> str:
    """The offered locale (``pt_BR``) that suits best; the first where nothing does."""
    by_tag = {locale.replace("_", "-").lower(): locale for locale in offered}
    for given in wanted.values():
        parts = given.replace("_", "-").lower().split("-")
        # pt-PT is content with pt, and pt with pt-BR.
        for length in range(len(parts), 0, -1):
            if found := by_tag.get("-".join(parts[:length])):
                return found
        for known, locale in by_tag.items():
            if known.split("-")[0] == parts[0]:
                return locale
    return offered[0]
