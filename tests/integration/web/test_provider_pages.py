"""The provider's own area."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, select

from booking.store.tables import request, wish
from sync.model.identity import new_id
from sync.store.tables import busy
from tests.support.visits import WEDNESDAY_TEN, booked, look
from tests.support.web_app import BASE_URL, SECRET_TITLE, Web, post_form

MARKS = ("Ann Lee", "ann@example.com", "about sleep")


def ask(web: Web, start: str = WEDNESDAY_TEN, **more: str) -> str:
    booked(web.browser(), start, note="about sleep", **more)
    with web.runtime.database.read() as connection:
        statement = select(request.c.id).order_by(request.c.created_at.desc()).limit(1)
        return str(connection.execute(statement).scalar_one())


def status(web: Web, request_id: str) -> str:
    with web.runtime.database.read() as connection:
        statement = select(request.c.status).where(request.c.id == request_id)
        return str(connection.execute(statement).scalar_one())


def act(browser: FlaskClient, request_id: str, action: str, **fields: str) -> int:
    path = f"/provider/requests/{request_id}/{action}"
    return post_form(browser, path, page="/provider", **fields).status_code


def test_a_visitor_is_asked_to_sign_in(web: Web) -> None:
    answer = look(web.browser(), f"/provider/requests/{ask(web)}")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")


def test_a_request_is_a_card_with_who_what_when_and_until_when(web: Web) -> None:
    ask(web)
    page = look(web.signed_in("ada@example.com"), "/provider").text
    assert all(mark in page for mark in MARKS)
    assert "Wednesday 4 March" in page
    assert "Answer within 24 hours" in page
    assert "First request" in page


def test_ops_cannot_come_in(web: Web) -> None:
    assert look(web.signed_in("ops@example.com"), "/provider").status_code == 403


def test_another_providers_request_looks_as_if_there_were_none(web: Web) -> None:
    found = ask(web)
    with web.runtime.database.write() as connection:
        connection.execute(request.update().values(provider_id=web.provider_id("grace")))
    ada = web.signed_in("ada@example.com")
    assert "Ann Lee" not in look(ada, "/provider").text
    assert look(ada, f"/provider/requests/{found}").status_code == 404
    assert act(ada, found, "accept") == 404


@pytest.mark.parametrize("action, state", [("accept", "accepted"), ("decline", "declined")])
def test_she_decides_with_one_button(web: Web, action: str, state: str) -> None:
    found = ask(web)
    assert act(web.signed_in("ada@example.com"), found, action) == 303
    assert status(web, found) == state


@pytest.mark.parametrize("action", ["accept", "decline", "cancel", "undo"])
def test_looking_at_the_address_of_a_decision_decides_nothing(web: Web, action: str) -> None:
    found = ask(web)
    answer = look(web.signed_in("ada@example.com"), f"/provider/requests/{found}/{action}")
    assert (answer.status_code, status(web, found)) == (405, "pending")


def test_a_decision_that_is_no_longer_possible_is_told_on_the_page(web: Web) -> None:
    found = ask(web)
    ada = web.signed_in("ada@example.com")
    act(ada, found, "decline")
    answer = post_form(ada, f"/provider/requests/{found}/accept", page="/provider")
    assert answer.status_code == 409
    assert 'role="alert"' in answer.text


def test_an_accepted_request_stands_among_the_coming_appointments(web: Web) -> None:
    ada = web.signed_in("ada@example.com")
    act(ada, ask(web), "accept")
    page = look(ada, "/provider").text
    assert "Nothing waits for you" in page
    assert "Ann Lee" in page.partition("Coming appointments")[2]


def test_an_appointment_can_be_cancelled_from_its_own_page(web: Web) -> None:
    ada, found = web.signed_in("ada@example.com"), ask(web)
    act(ada, found, "accept")
    page = f"/provider/requests/{found}"
    post_form(ada, f"{page}/cancel", page=page, **{"from": "one"})
    assert status(web, found) == "cancelled"


def calendar_with_a_dentist(web: Web) -> None:
    ids = web.make_calendar()
    with web.runtime.database.write() as connection:
        row = connection.execute(select(request)).one()
        connection.execute(
            insert(busy).values(
                entry_id=ids["entry"], starts_at=row.ends_at, ends_at=row.ends_at + (row.ends_at - row.starts_at),
                practice_id=row.practice_id, provider_id=row.provider_id, calendar_id=ids["calendar"],
            )
        )  # fmt: skip


def test_the_provider_sees_what_lies_around_by_name(web: Web) -> None:
    ask(web)
    calendar_with_a_dentist(web)
    page = look(web.signed_in("ada@example.com"), "/provider").text
    assert SECRET_TITLE in page
    assert "10:45 – 11:30 am" in page


def test_the_owner_sees_that_it_is_busy_and_no_more(web: Web) -> None:
    ask(web)
    calendar_with_a_dentist(web)
    page = look(web.signed_in("owner@example.com"), "/provider").text
    assert "10:45 – 11:30 am" in page
    assert SECRET_TITLE not in page


def test_a_client_is_known_by_what_came_before(web: Web) -> None:
    ada = web.signed_in("ada@example.com")
    act(ada, ask(web), "accept")
    web.clock.forward(days=3)
    ask(web, "2026-03-10T10:00:00-04:00")
    page = look(ada := web.signed_in("ada@example.com"), "/provider").text
    assert "Known since March 2026" in page
    assert "1 session kept" in page


def test_a_wish_is_shown_until_it_is_answered(web: Web) -> None:
    wish_id = new_id()
    with web.runtime.database.write() as connection:
        connection.execute(
            insert(wish).values(
                id=wish_id, practice_id=web.practice_id(), provider_id=web.provider_id(), text="Tuesdays after 4",
                client_name="Ann Lee", client_email="ann@example.com", created_at=web.clock(),
            )
        )  # fmt: skip
    ada = web.signed_in("ada@example.com")
    assert "Tuesdays after 4" in look(ada, "/provider").text
    assert post_form(ada, f"/provider/wishes/{wish_id}/answered", page="/provider").status_code == 303
    assert "Tuesdays after 4" not in look(ada, "/provider").text


def test_a_wish_of_another_practice_is_none(web: Web) -> None:
    ada = web.signed_in("ada@example.com")
    assert post_form(ada, "/provider/wishes/none/answered", page="/provider").status_code == 404


def test_how_old_the_reading_of_the_calendars_is_stands_above(web: Web) -> None:
    web.make_calendar()
    web.clock.forward(minutes=20)
    page = look(web.signed_in("ada@example.com"), "/provider").text
    assert "read 20 minutes ago" in page
    assert "Late" in page


def test_the_page_is_not_kept(web: Web) -> None:
    answer = web.signed_in("ada@example.com").get("/provider", base_url=BASE_URL)
    assert answer.headers["Cache-Control"] == "no-store"
