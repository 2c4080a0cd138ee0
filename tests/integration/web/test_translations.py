"""Every text of a page is found by the translators' tools, and a translation reaches the page."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from booking.store.tables import practice
from tests.support.visits import ADA, WEDNESDAY_TEN, booked, look
from tests.support.web_app import Web

ROOT = Path(__file__).parents[3]
TEMPLATE = ROOT / "booking" / "web" / "translations" / "messages.pot"


ERRORS = ("AuthorizationLost", "CalendarMissing", "Refused", "Throttled", "Unavailable")
"""Their first words are shown to people, as the Makefile knows too."""


def collected() -> set[str]:
    """The texts marked in the source now; of those with a plural the singular."""
    found: set[str] = set()
    methods = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
    for room in ("booking", "service", "sync"):
        for _, _, message, _, _ in extract_from_dir(
            ROOT / room, methods, keywords={**DEFAULT_KEYWORDS, "N_": None, **dict.fromkeys(ERRORS)}
        ):
            found.add(message if isinstance(message, str) else message[0])
    return found


def known() -> Catalog:
    return read_po(BytesIO(TEMPLATE.read_bytes()))


def test_the_template_holds_every_text_there_is() -> None:
    """If not: make translations."""
    held = {message.id if isinstance(message.id, str) else message.id[0] for message in known()}
    assert collected() == held - {""}


@pytest.fixture
def pseudo(web: Web, tmp_path: Path) -> Web:
    """The practice speaks a German in which every text is its English in brackets."""
    catalogue = Catalog(locale="de")
    for message in known():
        if message.id:
            texts = [message.id] if isinstance(message.id, str) else list(message.id)
            strings = [f"⟦{text}⟧" for text in texts]
            catalogue.add(
                message.id, strings[0] if isinstance(message.id, str) else strings, flags=message.flags
            )
    folder = tmp_path / "translations" / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, catalogue)
    web.app.extensions["babel"].translation_directories[:] = [str(tmp_path / "translations")]
    page = {"embed_origins": [], "privacy_url": "", "locales": ["de", "en"], "accent": ""}
    with web.runtime.database.write() as connection:
        connection.execute(practice.update().values(page=page))
    return web


def untranslated(text: str) -> set[str]:
    """Words of a page that stand outside every bracket; attributes are left out."""
    body = re.sub(
        r"<(script|style)\b.*?</\1>|<[^>]*>", " ", text.partition("<body")[2].partition(">")[2], flags=re.S
    )
    while (shorter := re.sub(r"⟦[^⟦⟧]*⟧", " ", body)) != body:
        body = shorter
    return set(re.findall(r"[A-Za-zÄÖÜäöü]{3,}", body))


OWN = {
    "Practice",
    "elm",
    "street",
    "Ada",
    "Byron",
    "Grace",
    "Individual",
    "session",
    "Minuten",
    "New",
    "York",
    "English",  # a language is offered by its own name
}
STAFF = {"Freehold", "evening"}
DATES = {
    "März",
    "Montag",
    "Dienstag",
    "Mittwoch",
    "Donnerstag",
    "Freitag",
    "Samstag",
    "Sonntag",
    "UTC",
    "April",
}


@pytest.mark.parametrize(
    "path",
    [
        "/book/elm-street",
        ADA,
        f"{ADA}/times?service=90834",
        f"{ADA}/details?service=90834&start={WEDNESDAY_TEN}",
    ],
)
def test_a_page_speaks_the_visitors_language_throughout(pseudo: Web, path: str) -> None:
    page = pseudo.browser().get(
        path, headers={"Accept-Language": "de-AT,de;q=0.9"}, base_url="http://127.0.0.1:8000"
    )
    zones = re.sub(r"<select.*?</select>", " ", page.text, flags=re.S)
    assert '<html lang="de">' in page.text
    assert untranslated(zones) <= OWN | DATES


def test_the_clients_own_page_speaks_it_too(pseudo: Web) -> None:
    browser = pseudo.browser()
    browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "de"
    page = look(browser, booked(browser)).text
    assert untranslated(page) <= OWN | DATES


def test_who_asks_for_a_language_the_practice_has_not_gets_its_first(pseudo: Web) -> None:
    page = pseudo.browser().get(ADA, headers={"Accept-Language": "fr"}, base_url="http://127.0.0.1:8000")
    assert '<html lang="de">' in page.text


def test_who_asks_for_english_gets_it(pseudo: Web) -> None:
    page = pseudo.browser().get(ADA, headers={"Accept-Language": "en-GB"}, base_url="http://127.0.0.1:8000")
    assert '<html lang="en">' in page.text
    assert "⟦" not in page.text


@pytest.mark.parametrize(
    "path", ["/provider", "/provider/availability", "/provider/holds", "/provider/availability/hold"]
)
def test_the_pages_of_staff_speak_it_throughout(pseudo: Web, path: str) -> None:
    owner = pseudo.signed_in("owner@example.com")
    page = owner.get(path, headers={"Accept-Language": "de"}, base_url="http://127.0.0.1:8000").text
    assert '<html lang="de">' in page
    assert untranslated(re.sub(r"<select.*?</select>", " ", page, flags=re.S)) <= OWN | DATES | STAFF
