"""The pages of prime time, without a script."""

import re

import pytest
from flask.testing import FlaskClient

from tests.support.visits import look
from tests.support.web_app import BASE_URL, Web, form_token, post_form

HOLDS = "/provider/holds"


@pytest.fixture
def ada(web: Web) -> FlaskClient:
    return web.signed_in("ada@example.com")


def plain(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_a_hold_is_told_in_words(ada: FlaskClient, web: Web) -> None:
    page = look(ada, HOLDS)
    told = plain(page.text)
    assert "Sunday, 4:00 – 5:00 pm" in told
    assert (
        "Kept for active clients. Opens to everyone on Friday at 6:00 pm for the week that follows." in told
    )
    assert f'href="{HOLDS}/{web.hold_id()}"' in page.text
    assert "Week of Mon 2 March" in told


def test_released_and_held_again_with_what_it_opens_and_a_log(ada: FlaskClient, web: Web) -> None:
    path = f"{HOLDS}/{web.hold_id()}"
    before = plain(look(ada, path).text)
    assert "Released, it opens" in before
    data = {"date": "2026-03-15"}
    assert post_form(ada, f"{path}/release", page=path, **data).status_code == 303
    told = plain(look(ada, path).text)
    assert "Week of Mon 9 March Open to everyone" in told
    assert "week of Mon 9 March released by hand" in told
    assert post_form(ada, f"{path}/rehold", page=path, **data).status_code == 303
    told = plain(look(ada, path).text)
    assert "Held again by hand, until you release it." in told


def test_a_past_week_is_told_in_figures(ada: FlaskClient, web: Web) -> None:
    told = plain(look(ada, f"{HOLDS}/{web.hold_id()}", weeks="4").text)
    assert "Of 4 held times it would have released 4; 0 of them were booked." in told


def test_what_cannot_be_done_is_said_on_the_page(ada: FlaskClient, web: Web) -> None:
    path = f"{HOLDS}/{web.hold_id()}"
    answer = post_form(ada, f"{path}/release", page=path, date="2026-02-08")
    assert answer.status_code == 409
    assert "This time is over." in answer.text
    assert post_form(ada, f"{path}/release", page=path, date="soon").status_code == 400


def test_ops_look_and_others_find_nothing(web: Web) -> None:
    path = f"{HOLDS}/{web.hold_id()}"
    ops = web.signed_in("ops@example.com")
    page = look(ops, path)
    assert page.status_code == 200
    assert '<button class="quiet">' not in page.text
    token = form_token(ops, path)
    data = {"csrf_token": token, "date": "2026-03-15"}
    assert ops.post(f"{path}/release", data=data, base_url=BASE_URL).status_code == 403
    assert look(web.signed_in("owner@example.com", "oak-lane"), path).status_code == 404
