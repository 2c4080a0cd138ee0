"""The owner's page about notices: switches, reminders, words of the practice's own, mail that came back."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from booking.store import mail as outbox
from booking.store.tables import practice
from tests.support.web_app import BASE_URL, Web, post_form

HOME = "/settings/notices"
CREATED = f"{HOME}/created/en"


@pytest.fixture
def owner(web: Web) -> FlaskClient:
    return web.signed_in("owner@example.com")


def look(browser: FlaskClient, path: str = HOME) -> str:
    answer = browser.get(path, base_url=BASE_URL)
    assert answer.status_code == 200, answer.text
    return answer.text


def stored(web: Web) -> dict[str, object]:
    with web.runtime.database.read() as connection:
        row = connection.execute(select(practice).where(practice.c.slug == "elm-street")).mappings().one()
    return {
        "notices": row["notices"],
        "reminders": row["rules"].get("reminders"),
        "email": row["email"],
        "privacy": row["page"]["privacy_text"],
    }


def test_switches_reminders_and_the_address_are_saved(web: Web, owner: FlaskClient) -> None:
    answer = post_form(
        owner, f"{HOME}/switches", page=HOME, on="created", reminders="2h, 1d", email="office@elm.example"
    )
    assert answer.status_code == 303
    found = stored(web)
    assert found["email"] == "office@elm.example"
    assert found["reminders"] == ["24h", "2h"]
    off = found["notices"]
    assert isinstance(off, dict)
    assert "created" not in off
    assert off["confirmed"] is False


@pytest.mark.parametrize("reminders", ["soon", "1d, 24h", ", ".join(f"{n}h" for n in range(1, 13)), "0m"])
def test_reminders_that_cannot_be_are_told_at_their_field(
    web: Web, owner: FlaskClient, reminders: str
) -> None:
    answer = post_form(owner, f"{HOME}/switches", page=HOME, reminders=reminders, email="nobody")
    assert answer.status_code == 422
    assert 'id="reminders-error"' in answer.text
    assert 'id="email-error"' in answer.text
    assert f'value="{reminders}"' in answer.text
    assert stored(web)["email"] == ""


def test_own_words_are_seen_before_they_are_saved(web: Web, owner: FlaskClient) -> None:
    words = {"subject": "From {practice}", "body": "We have it.\n\n{provider}, {when}"}
    seen = post_form(owner, CREATED, do="preview", **words)
    assert "From Practice elm-street" in seen.text
    assert "Ada Byron, " in seen.text
    assert "We have it." not in look(owner, CREATED)
    assert post_form(owner, CREATED, do="save", **words).status_code == 303
    assert "We have it." in look(owner, CREATED)
    assert "own words" in look(owner)


def test_the_programs_words_come_back(web: Web, owner: FlaskClient) -> None:
    post_form(owner, CREATED, do="save", subject="Ours", body="We have it.")
    post_form(owner, CREATED, do="reset", subject="", body="")
    page = look(owner, CREATED)
    assert "We have it." not in page
    assert "Your request has reached {provider}." in page


@pytest.mark.parametrize("body", ["{secret}", "{provider.__class__}", "{{ config }}", "{% raw %}"])
def test_nothing_but_placeholders_is_taken(web: Web, owner: FlaskClient, body: str) -> None:
    answer = post_form(owner, CREATED, do="save", subject="{when}", body=body)
    assert answer.status_code == 422
    assert 'id="subject-error"' in answer.text
    assert 'id="body-error"' in answer.text
    assert "own words" not in look(owner)


def test_what_is_typed_into_words_stays_text(web: Web, owner: FlaskClient) -> None:
    seen = post_form(owner, CREATED, do="preview", subject="<b>x</b>", body="<script>alert(1)</script>")
    assert "<script>alert" not in seen.text
    assert "<b>x" not in seen.text


@pytest.mark.parametrize("email", ["ada@example.com", "ops@example.com"])
def test_words_and_switches_are_for_owners_and_managers(web: Web, email: str) -> None:
    assert web.signed_in(email).get(HOME, base_url=BASE_URL).status_code == 403


def test_mail_that_came_back_is_shown_and_can_be_tried_again(web: Web, owner: FlaskClient) -> None:
    with web.runtime.database.write() as connection:
        outbox.note_returned(
            connection, practice_id=web.practice_id(), address="Ann@example.com", code="550", now=web.clock()
        )
    assert "Ann@example.com" in look(owner)
    assert post_form(owner, f"{HOME}/again", page=HOME, key="ann@example.com").status_code == 303
    assert "Ann@example.com" not in look(owner)


def test_a_privacy_text_is_saved(web: Web, owner: FlaskClient) -> None:
    post_form(owner, f"{HOME}/privacy", page=HOME, privacy_text="It stays here.\r\n\r\nFor ten years.")
    assert stored(web)["privacy"] == "It stays here.\n\nFor ten years."
