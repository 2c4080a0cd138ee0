"""A practice that speaks German: its pages, and its mails to clients and to itself."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from booking.store.mail import queue
from booking.store.tables import mail, practice, request
from service.mailing.composing import compose
from tests.support.visits import ADA, booked
from tests.support.web_app import BASE_URL, Web


@pytest.fixture
def german(web: Web) -> Web:
    page = {"embed_origins": [], "privacy_url": "", "locales": ["de", "en"], "accent": ""}
    with web.runtime.database.write() as connection:
        connection.execute(practice.update().values(page=page))
    return web


def letter(web: Web, kind: str) -> tuple[str, str]:
    """Subject and text of the one mail of a kind."""
    with web.runtime.database.read() as connection:
        row = connection.execute(select(mail).where(mail.c.kind == kind)).one()
        made = compose(connection, web.runtime, row, web.clock())
    text = made.get_body(("plain",))
    assert text is not None
    return str(made["Subject"]), text.get_content()


def test_a_page_is_in_german_with_its_dates(german: Web) -> None:
    page = german.browser().get(
        f"{ADA}/times?service=90834", headers={"Accept-Language": "de-AT"}, base_url=BASE_URL
    )
    assert '<html lang="de">' in page.text
    assert "Tage mit freien Zeiten sind Links." in page.text
    assert "Mittwoch, 4. März" in page.text
    assert "15:00" in page.text


def test_a_visitor_changes_the_language_and_it_stays_so(german: Web) -> None:
    browser = german.browser()
    browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "de"
    times = f"{ADA}/times?service=90834"
    link = re.search(
        r'<a href="([^"]*)" lang="en" hreflang="en"[^>]*>English</a>',
        browser.get(times, base_url=BASE_URL).text,
    )
    assert link is not None
    page = browser.get(link[1].replace("&amp;", "&"), base_url=BASE_URL).text
    assert '<html lang="en">' in page
    assert "service=90834" in page
    assert re.search(rf'href="{ADA}/details[^"]*lang=en', page), (
        "where cookies are kept from us, addresses say it"
    )
    later = browser.get(times, base_url=BASE_URL).text
    assert '<html lang="en">' in later
    assert ">Deutsch</a>" in later
    assert '<html lang="en">' in browser.get(f"{times}&lang=xx", base_url=BASE_URL).text


def test_a_page_in_one_language_offers_no_other(web: Web) -> None:
    assert "hreflang" not in web.browser().get(ADA, base_url=BASE_URL).text


def test_a_page_of_no_practice_is_in_any_language_there_is(web: Web) -> None:
    page = web.browser().get("/login", headers={"Accept-Language": "de"}, base_url=BASE_URL)
    assert '<html lang="de">' in page.text
    assert "Anmelden" in page.text


def test_a_mail_to_a_client_is_in_their_language_with_its_dates(german: Web) -> None:
    browser = german.browser()
    browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "de"
    booked(browser)
    subject, text = letter(german, "created")
    assert subject == "Ihre Terminanfrage"
    assert "Mittwoch, 4. März 2026, 10:00 – 10:45" in text


def test_a_mail_to_the_practice_is_in_its_first_language_whatever_the_clients(german: Web) -> None:
    browser = german.browser()
    browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    booked(browser)
    assert letter(german, "created")[0] == "Your appointment request"
    assert letter(german, "new_request")[0] == "Eine neue Anfrage"


def test_a_client_whose_language_the_practice_has_not_gets_its_first(german: Web) -> None:
    booked(german.browser())
    with german.runtime.database.write() as connection:
        connection.execute(request.update().values(locale="xx-Latn"))
    assert letter(german, "created")[0] == "Ihre Terminanfrage"


def test_what_a_calendar_server_answered_is_told_in_german(german: Web) -> None:
    with german.runtime.database.write() as connection:
        home = connection.execute(select(practice.c.id)).scalars().first()
        queue(
            connection, practice_id=home, dedupe="lost", kind="account_lost", audience="ops",
            recipient="ops@example.com",
            facts={"text": "The calendar server refused the user name or password.", "hint": ""},
            request_id=None, now=german.clock(),
        )  # fmt: skip
    assert "Der Kalenderserver hat Benutzername oder Passwort abgelehnt." in letter(german, "account_lost")[1]
