"""A day as a picture and the ladder: who sees whose day, and how much of it."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.visits import WEDNESDAY_TEN, booked
from tests.support.web_app import Web

AT = "2026-03-04T10:00:00-05:00"
DAY = f"/provider/day?service=90834&at={AT}"
WHY = "/provider/why?service=90834"


def get(browser: FlaskClient, path: str) -> TestResponse:
    return browser.get(path.replace("+", "%2B"), base_url="http://127.0.0.1:8000")


def test_a_provider_sees_who_booked_and_each_rung(web: Web) -> None:
    booked(web.browser())
    page = get(web.signed_in("ada@example.com"), DAY).text
    assert AT == WEDNESDAY_TEN
    assert (
        "A request or appointment from Wed 4 March, 10:00 am to Wed 4 March, 10:45 am is too close." in page
    )
    assert page.count('class="rung') == 20
    assert "Ann Lee" in page


def test_ops_see_neither_names_nor_titles(web: Web) -> None:
    booked(web.browser())
    ops = web.signed_in("ops@example.com")
    day, why = get(ops, f"{DAY}&provider=ada").text, get(ops, f"{WHY}&provider=ada&client=c-1").text
    assert "appointment" in day
    for page in (day, why):
        assert "ZQX" not in page
        assert "Ann Lee" not in page
    assert "c-1 can book Individual session" in why


@pytest.mark.parametrize(
    "path",
    [f"{DAY}&provider=grace", f"{WHY}&provider=grace", f"{WHY}&client=c-1", f"{WHY}&client=c-9"],
)
def test_a_provider_asks_about_her_own_time_and_clients_only(web: Web, path: str) -> None:
    assert get(web.signed_in("ada@example.com"), path).status_code in (404, 422)


@pytest.mark.parametrize(
    "query", ["day=2026-13-40", "day=9999-12-31", "at=2026-03-04T10:00", "at=x", "service=none"]
)
def test_what_cannot_be_read_is_a_page_and_no_fault(web: Web, query: str) -> None:
    assert get(web.signed_in("ada@example.com"), f"/provider/day?{query}").status_code == 422


def test_a_visitor_is_asked_to_sign_in(web: Web) -> None:
    assert get(web.browser(), DAY).status_code in (302, 303, 401)
