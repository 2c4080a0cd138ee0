"""Staff's week: what it shows and to whom, moving a booking, entering one, and passing over what speaks against it."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from booking.store.tables import audit, claim, request
from tests.integration.web.test_provider_pages import act, ask
from tests.support.visits import booked, hidden, look
from tests.support.web_app import BASE_URL, OAK, SECRET_TITLE, Web, post_form

WEEK = "/provider/week"
NINE, TEN, ELEVEN = "2026-03-04T09:00", "2026-03-04T10:00", "2026-03-04T11:00"
NIGHT = "2026-03-04T20:07"


def start_of(web: Web, request_id: str) -> str:
    with web.runtime.database.read() as connection:
        row = connection.execute(select(request).where(request.c.id == request_id)).one()
    return f"{row.status} {row.starts_at:%H:%M}"


def overridden(web: Web, request_id: str) -> list[str]:
    with web.runtime.database.read() as connection:
        rows = connection.execute(
            select(audit.c.after).where(
                audit.c.object == f"request:{request_id}", audit.c.action == "override"
            )
        )
        return sorted(rows.scalars())


def accepted(web: Web, ada: FlaskClient) -> str:
    found = ask(web)
    assert act(ada, found, "accept") == 303
    return found


def move(browser: FlaskClient, request_id: str, start: str, **fields: str) -> TestResponse:
    path = f"{WEEK}/move/{request_id}"
    return post_form(browser, path, page=path, start=start, **fields)


def past_it(page: TestResponse) -> dict[str, str | list[str]]:
    """What the form sends once the tick is set by which it is done all the same."""
    rules = re.findall(r'name="despite" value="(\w+)"', page.text)
    return {"sure": "1", "weighed": hidden(page.text)["weighed"], "despite": rules}


def enter(browser: FlaskClient, **fields: object) -> TestResponse:
    page = look(browser, f"{WEEK}/enter", provider="ada")
    assert page.status_code == 200, page.text
    given = {**hidden(page.text), "service": "90834", "mode": "in_person", "start": NIGHT, **fields}
    return browser.post(f"{WEEK}/enter", data=given, base_url=BASE_URL)


def test_the_week_lists_hours_busy_time_holds_and_bookings_and_is_kept_nowhere(web: Web) -> None:
    found = ask(web)
    web.make_calendar()
    ada = web.signed_in("ada@example.com")
    answer = look(ada, WEEK, day="2026-03-03")
    lines = re.findall(r'data-kind="(\w+)" data-start="([^"]+)" data-end="([^"]+)"', answer.text)
    assert ("pending", TEN, "2026-03-04T10:45") in lines
    assert ("busy", "2026-03-09T09:00", "2026-03-09T10:00") in lines
    assert 'data-kind="held" data-start="2026-03-15T16:00"' in look(ada, WEEK, day="2026-03-09").text
    assert sum(kind == "block" for kind, _, _ in lines) == 7
    assert f'data-move="{WEEK}/move/{found}"' in answer.text
    assert SECRET_TITLE in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
    assert "ann@example.com" not in answer.text


@pytest.mark.parametrize("path", [f"{WEEK}?provider=grace", f"{WEEK}/enter?provider=grace"])
def test_another_providers_week_looks_as_if_there_were_none(web: Web, path: str) -> None:
    assert look(web.signed_in("ada@example.com"), path).status_code == 404


def test_neither_ops_nor_another_provider_nor_practice_can_move_a_booking(web: Web) -> None:
    found = ask(web)
    assert look(web.signed_in("ops@example.com"), WEEK).status_code == 403
    assert look(web.browser(), WEEK).status_code == 303
    owner = web.signed_in("owner@example.com", OAK)
    assert look(owner, f"{WEEK}/move/{found}").status_code == 404
    assert post_form(owner, f"{WEEK}/move/{found}", page=WEEK, start=ELEVEN).status_code == 404
    assert start_of(web, found) == "pending 15:00"


def test_looking_at_a_move_moves_nothing_and_a_post_without_its_token_is_refused(web: Web) -> None:
    ada = web.signed_in("ada@example.com")
    found = accepted(web, ada)
    page = look(ada, f"{WEEK}/move/{found}", start=ELEVEN)
    assert "Nothing speaks against this time" in page.text
    bare = ada.post(f"{WEEK}/move/{found}", data={"start": ELEVEN}, base_url=BASE_URL)
    assert (bare.status_code, start_of(web, found)) == (403, "accepted 15:00")


def test_an_appointment_is_moved_and_the_week_comes_back(web: Web) -> None:
    ada = web.signed_in("ada@example.com")
    found = accepted(web, ada)
    answer = move(ada, found, ELEVEN)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{WEEK}?provider=ada&day=2026-03-02")
    assert start_of(web, found) == "accepted 16:00"


def test_a_request_is_put_forward_for_the_client_to_choose(web: Web) -> None:
    found = ask(web)
    ada = web.signed_in("ada@example.com")
    assert move(ada, found, ELEVEN, do="propose").status_code == 303
    assert start_of(web, found) == "pending 15:00"
    page = look(ada, WEEK).text
    assert f'data-kind="kept" data-start="{ELEVEN}"' in page


def test_nothing_is_moved_onto_another_booking_until_that_is_said_on_purpose_and_it_is_noted(
    web: Web,
) -> None:
    ada = web.signed_in("ada@example.com")
    found = accepted(web, ada)
    booked(web.browser(), f"{ELEVEN}:00-05:00", email="other@example.com")
    refused = move(ada, found, "2026-03-04T11:10")
    assert (refused.status_code, start_of(web, found)) == (409, "accepted 15:00")
    assert "A request or appointment from" in refused.text
    assert overridden(web, found) == []
    # What was passed over was said of this time, and is nothing for another.
    elsewhere = move(ada, found, "2026-03-04T11:20", **past_it(refused))  # type: ignore[arg-type]
    assert elsewhere.status_code == 409
    done = move(ada, found, "2026-03-04T11:10", **past_it(refused))  # type: ignore[arg-type]
    assert (done.status_code, start_of(web, found)) == (303, "accepted 16:10")
    assert overridden(web, found) == ["booking"]
    assert (
        "on purpose although this spoke against it: Other bookings."
        in look(ada, f"/provider/requests/{found}").text
    )


def test_a_time_that_is_over_is_an_error_at_the_field(web: Web) -> None:
    ada = web.signed_in("ada@example.com")
    found = accepted(web, ada)
    answer = move(ada, found, "2026-03-01T10:00")
    assert answer.status_code == 422
    assert 'id="start-error"' in answer.text


def test_an_appointment_is_entered_for_a_client_at_any_minute_once(web: Web) -> None:
    ada = web.signed_in("owner@example.com")
    first = enter(ada, client="c-1", start="2026-03-04T13:07")
    assert first.status_code == 303
    page = look(ada, f"{WEEK}/enter", provider="ada")
    fields = {**hidden(page.text), "service": "90834", "mode": "telehealth", "client": "c-1", "start": NINE}
    for _ in range(2):
        assert ada.post(f"{WEEK}/enter", data=fields, base_url=BASE_URL).status_code == 303
    with web.runtime.database.read() as connection:
        rows = connection.execute(select(request).order_by(request.c.starts_at)).all()
        held = connection.execute(select(claim.c.beside)).scalars().all()
    assert [(row.status, f"{row.starts_at:%H:%M}", row.client_id, row.decided_by) for row in rows] == [
        ("accepted", "14:00", "c-1", "staff"),
        ("accepted", "18:07", "c-1", "staff"),
    ]
    assert held == [False, False]


def test_what_speaks_against_an_entry_is_named_and_can_be_passed_over(web: Web) -> None:
    ada = web.signed_in("ada@example.com")
    person = {"name": "Ann Lee", "email": "ann@example.com"}
    refused = enter(ada, **person)
    assert refused.status_code == 409
    assert "No block of availability holds" in refused.text
    done = enter(ada, **person, **past_it(refused))
    assert done.status_code == 303
    with web.runtime.database.read() as connection:
        row = connection.execute(select(request)).one()
    assert (row.client_id, row.client_name) == (None, "Ann Lee")
    assert overridden(web, row.id) == ["block"]


def test_an_address_on_record_is_that_clients_for_whoever_may_see_the_record(web: Web) -> None:
    for email, start in (("ada@example.com", ELEVEN), ("owner@example.com", NINE)):
        enter(web.signed_in(email), name="Somebody", email="CLIENT@example.com", start=start)
    with web.runtime.database.read() as connection:
        rows = connection.execute(select(request).order_by(request.c.starts_at)).all()
    assert [(row.client_id, row.client_name) for row in rows] == [
        ("c-1", "Grace Hopper ZQXCLIENT"),
        (None, "Somebody"),
    ]


def test_an_entry_without_a_name_says_so_at_the_field(web: Web) -> None:
    answer = enter(web.signed_in("ada@example.com"), start=NINE)
    assert answer.status_code == 422
    assert 'id="name-error"' in answer.text
    assert 'id="email-error"' in answer.text


def test_what_was_drawn_is_filled_in(web: Web) -> None:
    page = look(web.signed_in("ada@example.com"), f"{WEEK}/enter", start="2026-03-04T09:35", minutes="50")
    assert 'value="2026-03-04T09:35"' in page.text
