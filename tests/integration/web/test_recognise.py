"""A code by mail recognises a client or a contact, and nobody learns who is known."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, func, select
from werkzeug.test import TestResponse

from booking import edits
from booking.practice import Client, Contact, Practice
from booking.roles import Actor, Role
from booking.store.tables import capability, client, mail, request, wish
from service.mailing import send_due
from service.mailing.composing import compose
from tests.support.visits import ADA, PERSON, WEDNESDAY_TEN, form_for, hidden, look, send
from tests.support.web_app import BASE_URL, Web, web_app

KNOWN = "/book/elm-street/-/known"
CLIENT = "client@example.com"


def ask(browser: FlaskClient, email: str = CLIENT, **more: str) -> TestResponse:
    page = look(browser, KNOWN, provider="ada", service="90834", start=WEDNESDAY_TEN)
    return browser.post(KNOWN, data={**hidden(page.text), "email": email, **more}, base_url=BASE_URL)


def give(browser: FlaskClient, page: TestResponse, code: str) -> TestResponse:
    return browser.post(
        "/book/elm-street/-/code", data={**hidden(page.text), "code": code}, base_url=BASE_URL
    )


def codes(web: Web) -> list[str]:
    """The codes in all mails that go out, as they were asked for."""
    with web.runtime.database.read() as connection:
        rows = connection.execute(
            select(mail).where(mail.c.kind == "code", mail.c.dropped.is_(None)).order_by(mail.c.created_at)
        ).all()
        texts = [compose(connection, web.runtime, row, web.clock()).get_body(("plain",)) for row in rows]
    return [
        found[0] for text in texts if text and (found := re.search(r"\b\d{3} \d{3}\b", text.get_content()))
    ]


def with_mother(web: Web, **changes: Any) -> None:
    owner = Actor(Role.OWNER, web.practice_id(), "user:owner")
    contact = Contact("Ann Lee", "ann@example.com", "mother", **changes)
    web.runtime.desk.change(owner, edits.put_client("c-1", [contact], {}), now=web.clock())


def count(web: Web, table: Any) -> int:
    with web.runtime.database.read() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_a_client_who_has_the_code_books_as_herself_and_gets_no_second_record(web: Web) -> None:
    browser, before = web.browser(), count(web, client)
    answer = give(browser, ask(browser), codes(web)[0])
    assert answer.status_code == 303
    details = browser.get(answer.headers["Location"], base_url=BASE_URL)
    assert "You book as Grace Hopper ZQXCLIENT." in details.text
    sent = send(browser, {**hidden(details.text), "mode": "in_person", "name": "G. Hopper", "email": CLIENT})
    assert sent.status_code == 303
    assert count(web, client) == before
    with web.runtime.database.read() as connection:
        assert connection.execute(select(request.c.client_id)).scalars().all() == ["c-1"]


def test_a_contact_books_for_a_client_and_the_practice_sees_who_asked(web: Web) -> None:
    with_mother(web)
    browser = web.browser()
    answer = give(browser, ask(browser, "Ann@Example.com"), codes(web)[0])
    details = browser.get(answer.headers["Location"], base_url=BASE_URL)
    assert "You book for Grace Hopper ZQXCLIENT, as Ann Lee." in details.text
    assert 'value="ann@example.com"' in details.text
    send(
        browser,
        {**hidden(details.text), "mode": "in_person", "name": "Grace Hopper", "email": "ann@example.com"},
    )
    inbox = web.signed_in("ada@example.com").get("/provider", base_url=BASE_URL).text
    assert "Ann Lee (mother)" in inbox


def test_the_right_to_book_ends_with_the_contact(web: Web) -> None:
    with_mother(web)
    browser = web.browser()
    location = give(browser, ask(browser, "ann@example.com"), codes(web)[0]).headers["Location"]
    with_mother(web, books=False)
    assert "You book for" not in browser.get(location, base_url=BASE_URL).text


def test_a_mailbox_of_two_clients_is_asked_for_whom(web: Web) -> None:
    owner = Actor(Role.OWNER, web.practice_id(), "user:owner")
    web.runtime.desk.change(owner, edits.Edit("t", None, _with_sister), now=web.clock())
    browser = web.browser()
    answer = give(browser, ask(browser), codes(web)[0])
    assert answer.status_code == 200
    assert "Grace Hopper ZQXCLIENT" in answer.text
    assert "Mia Hopper" in answer.text
    assert answer.text.count("client_token=") == 2


def _with_sister(home: Practice) -> Practice:
    return replace(home, clients=(*home.clients, Client("c-2", "Mia Hopper", CLIENT)))


# What is not told


def without_tokens(answer: TestResponse, email: str) -> tuple[int, str, list[str]]:
    text = re.sub(r'name="csrf_token" value="[^"]*"', "", answer.text)
    headers = sorted(f"{name}: {value}" for name, value in answer.headers if name != "Content-Length")
    return answer.status_code, text.replace(email, "EMAIL"), headers


def test_the_answers_for_a_known_and_an_unknown_address_are_the_same_to_the_byte(web: Web) -> None:
    browser = web.browser()
    ask(browser)
    known, unknown = ask(browser, CLIENT), ask(browser, "nobody@example.com")
    assert without_tokens(known, CLIENT) == without_tokens(unknown, "nobody@example.com")
    wrong = [
        without_tokens(give(browser, page, "000 000"), email)
        for page, email in ((known, CLIENT), (unknown, "nobody@example.com"))
    ]
    assert wrong[0] == wrong[1]


def test_the_same_is_asked_of_the_database_for_a_known_and_an_unknown_address(web: Web) -> None:
    said: list[str] = []
    engine = web.runtime.database.engine

    def listen(_c: Any, _u: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    browser = web.browser()
    ask(browser, "first@example.com")
    runs = []
    event.listen(engine, "before_cursor_execute", listen)
    try:
        for email in (CLIENT, "nobody@example.com"):
            said.clear()
            page = ask(browser, email)
            give(browser, page, "000 000")
            runs.append(list(said))
    finally:
        event.remove(engine, "before_cursor_execute", listen)
    assert runs[0] == runs[1]
    assert len(runs[0]) > 5


def test_mail_goes_to_known_addresses_only(web: Web) -> None:
    browser = web.browser()
    ask(browser)
    ask(browser, "nobody@example.com")
    send_due(web.runtime)
    with web.runtime.database.read() as connection:
        rows = connection.execute(select(mail.c.recipient, mail.c.sent_at)).all()
    assert [row.recipient for row in rows if row.sent_at is not None] == [CLIENT]


# Guessing


def test_a_code_is_good_once(web: Web) -> None:
    browser = web.browser()
    page = ask(browser)
    code = codes(web)[0]
    assert give(browser, page, code).status_code == 303
    assert give(browser, page, code).status_code == 422


def test_a_code_is_good_for_a_quarter_of_an_hour(web: Web) -> None:
    browser = web.browser()
    page = ask(browser)
    web.clock.at += timedelta(minutes=15)
    assert give(browser, page, codes(web)[0]).status_code == 422


def test_a_code_that_opens_nothing_any_more_is_not_sent(web: Web) -> None:
    ask(web.browser())
    web.clock.forward(minutes=15)
    assert send_due(web.runtime) == (0, 0)


def test_a_code_is_dead_after_five_guesses(web: Web) -> None:
    browser = web.browser()
    page = ask(browser)
    right = codes(web)[0]
    wrong = "000 000" if right != "000 000" else "111 111"
    for _ in range(5):
        assert give(browser, page, wrong).status_code == 422
    assert give(browser, page, right).status_code == 422


def test_one_address_has_three_open_codes_at_the_most(web: Web) -> None:
    browser = web.browser()
    for _ in range(5):
        assert ask(browser).status_code == 200
    assert len(codes(web)) == 3


def test_looking_at_the_form_sends_nothing_and_opens_nothing(web: Web) -> None:
    browser = web.browser()
    before = count(web, capability)
    for method in ("GET", "HEAD", "OPTIONS"):
        browser.open(KNOWN, method=method, base_url=BASE_URL, query_string={"email": CLIENT})
    assert (count(web, mail), count(web, capability)) == (0, before)


def test_a_program_that_fills_in_everything_gets_no_code(web: Web) -> None:
    ask(web.browser(), website="x")
    assert codes(web) == []


def test_asking_for_codes_is_limited(web: Web, tmp_path: Any) -> None:
    url = web.runtime.settings.database_url.render_as_string(hide_password=False)
    with web_app(
        url, tmp_path, FREEHOLD_RATE_LIMITS="requests=20/m", FREEHOLD_WEB_CONCURRENCY="1"
    ) as limited:
        browser = limited.browser()
        answers = [ask(browser, f"n{number}@example.com") for number in range(12)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429] * 2
    assert answers[-1].headers["Retry-After"]


# The privacy text


@pytest.fixture
def with_text(web: Web) -> Web:
    owner = Actor(Role.OWNER, web.practice_id(), "user:owner")
    web.runtime.desk.change(
        owner, edits.put_privacy_text("It stays here.\n\n<b>Ten</b> years."), now=web.clock()
    )
    return web


def test_the_privacy_text_is_shown_and_has_to_be_accepted(with_text: Web) -> None:
    browser = with_text.browser()
    page = look(browser, f"{ADA}/details", service="90834", start=WEDNESDAY_TEN)
    assert "It stays here." in page.text
    assert "<b>Ten" not in page.text
    answer = send(browser, {**form_for(browser), **PERSON})
    assert answer.status_code == 422
    assert 'id="privacy-error"' in answer.text
    assert count(with_text, request) == 0


def test_what_was_accepted_and_when_is_stored_with_the_request(with_text: Web) -> None:
    browser = with_text.browser()
    page = look(browser, f"{ADA}/details", service="90834", start=WEDNESDAY_TEN).text
    shown = re.search(r'name="privacy" value="([^"]+)"', page)
    assert shown
    assert send(browser, {**form_for(browser), **PERSON, "privacy": shown[1]}).status_code == 303
    with with_text.runtime.database.read() as connection:
        row = connection.execute(select(request)).mappings().one()
        text = connection.exec_driver_sql("SELECT text FROM privacy_text").scalar()
    assert (row["privacy_print"], row["privacy_accepted_at"]) == (shown[1], with_text.clock())
    assert text == "It stays here.\n\n<b>Ten</b> years."


def test_another_text_than_the_one_that_was_shown_is_shown_again(with_text: Web) -> None:
    browser = with_text.browser()
    answer = send(browser, {**form_for(browser), **PERSON, "privacy": "0" * 64})
    assert answer.status_code == 422
    assert "was changed just now" in answer.text


def shown_privacy(page: str) -> str:
    found = re.search(r'name="privacy" value="([^"]+)"', page)
    assert found
    return found[1]


def test_a_wish_and_a_place_on_the_waitlist_need_the_privacy_text_accepted(with_text: Web) -> None:
    browser = with_text.browser()
    page = look(browser, f"{ADA}/times", service="90834").text
    words = {**hidden(page), **PERSON, "text": "Any morning"}
    unread = browser.post(f"{ADA}/wishes", data=words, base_url=BASE_URL)
    joined = browser.post(
        f"{ADA}/waitlist", data={**hidden(page), **PERSON, "service": "90834"}, base_url=BASE_URL
    )
    for answer in (unread, joined):
        assert answer.status_code == 422
        assert 'id="privacy-error"' in answer.text
    sent = browser.post(f"{ADA}/wishes", data={**words, "privacy": shown_privacy(page)}, base_url=BASE_URL)
    assert sent.status_code == 200
    with with_text.runtime.database.read() as connection:
        row = connection.execute(select(wish)).one()
    assert (row.privacy_print, row.privacy_accepted_at) == (shown_privacy(page), with_text.clock())
