"""Reads the switches of notices and the page of a practice file."""

from __future__ import annotations

from babel import Locale, UnknownLocaleError

from booking.plain.document import NOTICES
from booking.plain.names import a_colour, a_web_address, an_origin
from booking.plain.table import Table
from booking.plain.values import Wrong, a_flag, a_passage, a_text, told
from booking.practice import Page

_NO_LOCALE = "name at least one language; the first one is the default"


def read_notices(table: Table | None) -> dict[str, bool]:
    """The notices that are switched off; all others are on."""
    if table is None:
        return {}
    off = {name: False for name in NOTICES if not table.get(name, a_flag, True)}
    table.done()
    return off


def read_own_switches(table: Table | None) -> dict[str, bool]:
    """A client's own switches: those that are stated, on or off."""
    if table is None:
        return {}
    stated = {name: table.maybe(name, a_flag) for name in NOTICES}
    table.done()
    return {name: on for name, on in stated.items() if on is not None}


def read_page(table: Table | None) -> Page:
    if table is None:
        return Page()
    page = Page(
        embed_origins=table.each("embed_origins", an_origin) or (),
        privacy_url=table.get("privacy_url", _an_address_or_none, ""),
        privacy_text=table.get("privacy_text", a_passage(8000), ""),
        locales=table.each("locales", _a_locale, empty=_NO_LOCALE) or ("en",),
        accent=table.get("accent", a_colour, ""),
    )
    table.done()
    return page


def _an_address_or_none(value: object) -> str:
    return "" if value == "" else a_web_address(value)


def _a_locale(value: object) -> str:
    text = a_text(20)(value)
    try:
        return str(Locale.parse(text.replace("-", "_")))
    except (ValueError, UnknownLocaleError) as error:
        raise Wrong(f'a language such as "en" or "pt_BR" is expected, not {told(text)}') from error
