"""A client's page for staff: contacts, switches, a personal link."""

import re

import pytest
from flask.testing import FlaskClient

from booking.practice import Client, Contact
from booking.store import finding
from booking.store import mail as outbox
from tests.support.visits import look as visit
from tests.support.web_app import BASE_URL, Web, post_form

PAGE = "/provider/clients/c-1"
MOTHER = {"name-0": "Ann Lee", "email-0": "ann@example.com", "relation-0": "mother", "books-0": "1"}


@pytest.fixture
def owner(web: Web) -> FlaskClient:
    return web.signed_in("owner@example.com")


def stored(web: Web) -> Client:
    with web.runtime.database.read() as connection:
        found = finding.client_by_id(connection, web.practice_id(), "c-1")
    assert found is not None
    return found


def test_contacts_and_switches_are_saved(web: Web, owner: FlaskClient) -> None:
    answer = post_form(owner, PAGE, **MOTHER, **{"notice-reminder": "off", "notice-created": "on"})
    assert answer.status_code == 303
    found = stored(web)
    assert found.contacts == (Contact("Ann Lee", "ann@example.com", "mother", notices=False, books=True),)
    assert found.notices == {"created": True, "reminder": False}
    assert "Ann Lee" in owner.get(PAGE, base_url=BASE_URL).text


def test_a_contact_without_name_and_address_is_taken_away(web: Web, owner: FlaskClient) -> None:
    post_form(owner, PAGE, **MOTHER)
    post_form(owner, PAGE, **{"name-0": "", "email-0": "", "name-1": "", "email-1": ""})
    assert stored(web).contacts == ()


def test_what_is_wrong_stands_at_its_field_and_what_was_typed_stays(web: Web, owner: FlaskClient) -> None:
    answer = post_form(
        owner, PAGE, **{**MOTHER, "email-0": "nowhere", "name-1": "", "email-1": "bob@example.com"}
    )
    assert answer.status_code == 422
    assert 'id="email-0-error"' in answer.text
    assert 'id="name-1-error"' in answer.text
    assert 'value="nowhere"' in answer.text
    assert stored(web).contacts == ()


def test_a_personal_link_is_shown_once_and_opens_the_booking_page(web: Web, owner: FlaskClient) -> None:
    answer = post_form(owner, f"{PAGE}/links", page=PAGE, kind="invitation")
    found = re.search(r"http://127.0.0.1:8000(/book/elm-street\?client_token=[\w-]+)", answer.text)
    assert found
    token = found[1].partition("=")[2]
    assert "You book as Grace Hopper" in visit(web.browser(), "/book/elm-street/ada", client_token=token).text
    assert token not in owner.get(PAGE, base_url=BASE_URL).text


def test_mail_that_came_back_is_seen_on_the_page(web: Web, owner: FlaskClient) -> None:
    with web.runtime.database.write() as connection:
        outbox.note_returned(
            connection,
            practice_id=web.practice_id(),
            address="client@example.com",
            code="550",
            now=web.clock(),
        )
    assert "came back" in owner.get(PAGE, base_url=BASE_URL).text


def test_a_provider_sees_her_own_clients_alone(web: Web) -> None:
    assert web.signed_in("ada@example.com").get("/provider/clients/c-2", base_url=BASE_URL).status_code == 404
    assert web.signed_in("ops@example.com").get(PAGE, base_url=BASE_URL).status_code == 403
