"""The link in the mail about a new request: looking shows, a button answers, once."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from booking.roles import Actor, Role
from booking.store.tables import audit, mail, request
from service.mailing.composing import compose
from tests.support.visits import booked, hidden
from tests.support.web_app import BASE_URL, Web


def link(web: Web) -> str:
    """The path in the mail to the provider."""
    with web.runtime.database.read() as connection:
        row = connection.execute(select(mail).where(mail.c.kind == "new_request")).one()
        text = compose(connection, web.runtime, row, web.clock()).get_body(("plain",))
    assert text is not None
    (found,) = [line for line in text.get_content().splitlines() if "/d/" in line]
    return found.strip().removeprefix(BASE_URL)


def asked(web: Web) -> str:
    booked(web.browser(), name="Ann Zqxlast", note="Zqxnote")
    return link(web)


def status(web: Web) -> str:
    with web.runtime.database.read() as connection:
        return str(connection.execute(select(request.c.status)).scalar_one())


def press(browser: FlaskClient, path: str, what: str, **fields: str) -> TestResponse:
    page = browser.get(path, base_url=BASE_URL)
    return browser.post(f"{path}/{what}", data={**hidden(page.text), **fields}, base_url=BASE_URL)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_programs_that_follow_links_change_nothing(web: Web, method: str) -> None:
    path = asked(web)
    for address in (path, f"{path}/accept", f"{path}/decline"):
        web.browser().open(address, method=method, base_url=BASE_URL)
    assert status(web) == "pending"
    assert press(web.browser(), path, "accept").status_code == 303


def test_the_page_tells_of_the_client_what_the_calendar_tells(web: Web) -> None:
    page = web.browser().get(asked(web), base_url=BASE_URL)
    assert page.headers["Cache-Control"] == "no-store"
    assert "<dd>AZ</dd>" in page.text
    assert "zqx" not in page.text.lower()
    assert "ann@example.com" not in page.text


@pytest.mark.parametrize("what,expected", [("accept", "accepted"), ("decline", "declined")])
def test_a_button_answers(web: Web, what: str, expected: str) -> None:
    path = asked(web)
    assert press(web.browser(), path, what).status_code == 303
    assert status(web) == expected
    assert f"You have {expected} this request" in web.browser().get(path, base_url=BASE_URL).text
    with web.runtime.database.read() as connection:
        actors = connection.execute(select(audit.c.actor).where(audit.c.action == what)).scalars().all()
    assert actors == ["mail"]


def test_a_link_answers_once_even_if_its_answer_was_undone(web: Web) -> None:
    path = asked(web)
    browser = web.browser()
    fields = hidden(browser.get(path, base_url=BASE_URL).text)
    browser.post(f"{path}/accept", data=fields, base_url=BASE_URL)
    with web.runtime.database.read() as connection:
        request_id = connection.execute(select(request.c.id)).scalar_one()
    web.clock.at += timedelta(minutes=1)
    web.runtime.desk.undo(Actor(Role.OWNER, web.practice_id(), "user:owner"), request_id, now=web.clock())
    answer = browser.post(f"{path}/decline", data=fields, base_url=BASE_URL)
    assert (answer.status_code, status(web)) == (409, "pending")


def test_a_message_goes_with_a_decline(web: Web) -> None:
    press(web.browser(), asked(web), "decline", message="Please call me.")
    with web.runtime.database.read() as connection:
        assert connection.execute(select(request.c.message)).scalar_one() == "Please call me."


def test_an_answer_without_the_pages_token_is_refused(web: Web) -> None:
    path = asked(web)
    assert web.browser().post(f"{path}/accept", base_url=BASE_URL).status_code == 403
    assert status(web) == "pending"


@pytest.mark.parametrize(
    "spoil",
    [lambda path: path[:-1] + ("A" if path[-1] != "A" else "B"), lambda path: path[:20], lambda _: "/d/x"],
)
def test_any_other_token_opens_nothing(web: Web, spoil: object) -> None:
    path = asked(web)
    assert callable(spoil)
    assert web.browser().get(spoil(path), base_url=BASE_URL).status_code == 404
