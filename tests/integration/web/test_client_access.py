"""Privileges: what they do to page and API, who may change them, and whom to look at."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from booking.desk import Asking, RequestForm, SlotQuery
from booking.practice import Privilege
from booking.store.tables import audit, client
from tests.support.visits import ADA, look
from tests.support.web_app import ELM, MONDAY, Web, post_form

HOME = "/provider/clients"


def token(web: Web) -> str:
    return web.runtime.desk.client_link(web.practice_id(), "c-1", now=web.clock()).token


def put(web: Web, level: str, email: str = "owner@example.com") -> int:
    browser = web.signed_in(email)
    fields = {"privilege": level, "sure": "1"}
    return post_form(browser, f"{HOME}/c-1/privilege", page=HOME, **fields).status_code


def ask(web: Web, hours: float) -> str:
    form = RequestForm(
        practice=ELM, provider="ada", service="90834", start=MONDAY + timedelta(hours=hours), mode="in_person",
        name="Grace", email="client@example.com", asking=Asking(client_token=token(web)),
    )  # fmt: skip
    return web.runtime.desk.request(form, now=web.clock()).token


def offered(web: Web) -> int:
    asking = Asking(client_token=token(web))
    query = SlotQuery(practice=ELM, provider="ada", service="90834", asking=asking)
    return len(web.runtime.desk.slots(query, now=web.clock()).slots)


def test_each_privilege_has_its_effect_on_what_is_offered(web: Web) -> None:
    full = offered(web)
    assert put(web, "request_only") == 303
    assert offered(web) == full
    assert put(web, "longer_notice") == 303
    assert 0 < offered(web) < full
    assert put(web, "call_us") == 303
    assert offered(web) == 0
    assert put(web, "full") == 303
    assert offered(web) == full
    with web.runtime.database.read() as connection:
        rows = connection.execute(
            select(audit.c.object, audit.c.after).where(audit.c.action == "edit_privilege")
        ).all()
        assert {row.object for row in rows} == {"client:c-1"}
        assert {row.after for row in rows} == set(Privilege)
        assert connection.execute(select(client.c.privilege).where(client.c.id == "c-1")).scalar() == "full"


def test_a_client_who_is_asked_to_call_reads_so_and_not_that_all_is_full(web: Web) -> None:
    put(web, "call_us")
    browser, link = web.browser(), token(web)
    for page in (ADA, f"{ADA}/times"):
        text = look(browser, page, client_token=link, service="90834").text
        assert "This cannot be booked online. Please call us and we will find a time together." in text
        assert "+1 555 0100" in text
    assert "This cannot be booked online" not in look(browser, ADA).text


def test_repeated_late_cancellations_come_up_and_a_person_decides(web: Web) -> None:
    for hours in (2, 3):
        made = ask(web, hours)
        web.runtime.desk.client_cancel(made, now=web.clock())
        web.clock.forward(minutes=1)
    ada = web.signed_in("ada@example.com")
    text = look(ada, HOME).text
    assert "1 client to look at" in text
    assert "2 late cancellations" in text
    preview = post_form(ada, f"{HOME}/c-1/privilege", page=HOME, privilege="call_us").text
    assert "times close" in preview
    assert "1 client to look at" in look(ada, HOME).text
    assert post_form(ada, f"{HOME}/c-1/review", page=HOME).status_code == 303
    assert "to look at" not in look(ada, HOME).text


@pytest.mark.parametrize("email, status", [("ada@example.com", 404), ("ops@example.com", 403)])
def test_a_client_of_others_is_not_hers_to_change(web: Web, email: str, status: int) -> None:
    browser = web.signed_in(email)
    page = "/provider/day" if status == 403 else HOME
    answer = post_form(browser, f"{HOME}/c-1/privilege", page=page, privilege="call_us", sure="1")
    assert answer.status_code == status
    assert offered(web) > 0
