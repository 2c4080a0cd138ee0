"""Booking pages in a frame: where they may be shown, and that forms work there without a cookie."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from booking.store.tables import practice, request
from tests.support.visits import ADA, PERSON, WEDNESDAY_TEN, hidden, look
from tests.support.web_app import BASE_URL, Web

SITE = "https://www.elm-street.example"
FROM_FRAME = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def framed(web: Web) -> Web:
    """The practice names its site."""
    with web.runtime.database.write() as connection:
        page = connection.execute(select(practice.c.page).where(practice.c.slug == "elm-street")).scalar_one()
        connection.execute(
            update(practice)
            .where(practice.c.slug == "elm-street")
            .values(page=page | {"embed_origins": [SITE]})
        )
    return web


def ancestors(answer: TestResponse) -> str:
    return answer.headers["Content-Security-Policy"].rpartition("frame-ancestors ")[2]


def blocking_cookies(web: Web) -> FlaskClient:
    return web.app.test_client(use_cookies=False)


def send(web: Web, fields: dict[str, str], **headers: str) -> TestResponse:
    return blocking_cookies(web).post(
        f"{ADA}/requests?embed=1", data=fields, headers=headers, base_url=BASE_URL
    )


def form(web: Web) -> dict[str, str]:
    page = look(blocking_cookies(web), f"{ADA}/details", service="90834", start=WEDNESDAY_TEN, embed="1")
    assert "Set-Cookie" not in page.headers
    return {**hidden(page.text), **PERSON, "mode": "in_person"}


def test_the_variant_for_frames_is_shown_on_the_practices_origins_only(framed: Web) -> None:
    visitor = framed.browser()
    for path in ("/book/elm-street", ADA, f"{ADA}/times"):
        answer = look(visitor, path, embed="1", service="90834")
        assert (ancestors(answer), answer.headers.get("X-Frame-Options")) == (SITE, None), path
        assert ancestors(look(visitor, path, service="90834")) == "'none'", path
    assert ancestors(look(visitor, "/book/oak-lane", embed="1")) == "'none'"


@pytest.mark.parametrize("path", ["/provider", "/provider/week", "/settings/notices", "/login"])
def test_pages_of_staff_are_never_framed(framed: Web, path: str) -> None:
    answer = look(framed.signed_in("owner@example.com"), path, embed="1")
    assert (ancestors(answer), answer.headers["X-Frame-Options"]) == ("'none'", "DENY")


def test_links_and_forms_stay_inside_the_variant(framed: Web) -> None:
    visitor = framed.browser()
    for path in ("/book/elm-street", ADA, f"{ADA}/times", f"{ADA}/waitlist", "/book/elm-street/-/known"):
        page = look(visitor, path, embed="1", service="90834").text
        links = re.findall(r'(?:href|action)="(/book/[^"#]*)', page)
        inside = [link for link in links if not link.endswith("accent.css")]
        assert inside
        assert all("embed=1" in link for link in inside), path
        assert 'class="brand"' not in page
    assert "embed=1" not in look(visitor, ADA).text


def test_a_form_in_a_frame_needs_no_cookie_and_the_last_step_may_be_framed_too(framed: Web) -> None:
    done = send(framed, form(framed), **FROM_FRAME)
    assert done.status_code == 303
    sent = look(framed.browser(), done.headers["Location"])
    assert ancestors(sent) == SITE
    assert '<base target="_blank">' in sent.text
    assert ancestors(look(framed.browser(), done.headers["Location"].partition("?")[0])) == "'none'"
    with framed.runtime.database.read() as connection:
        assert connection.execute(select(request.c.client_name)).scalar_one() == "Ann Lee"


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": SITE}])
def test_such_a_form_is_refused_unless_the_browser_says_it_is_ours(
    framed: Web, headers: dict[str, str]
) -> None:
    assert send(framed, form(framed), **headers).status_code == 403


def test_it_is_refused_once_it_is_old_and_where_it_was_made_up(framed: Web) -> None:
    fields = form(framed)
    made, _, proof = fields["csrf_token"].partition(".")
    forged = fields | {"csrf_token": f"{int(made) + 1}.{proof}"}
    assert send(framed, forged, **FROM_FRAME).status_code == 403
    framed.clock.forward(hours=13)
    assert send(framed, fields, **FROM_FRAME).status_code == 403


def test_it_is_nothing_for_other_forms(framed: Web) -> None:
    token = form(framed)["csrf_token"]
    answer = blocking_cookies(framed).post(
        "/login", data={"csrf_token": token, "email": "a@example.com"}, headers=FROM_FRAME, base_url=BASE_URL
    )
    assert answer.status_code == 403


def test_a_site_may_load_the_script_and_keep_it(framed: Web) -> None:
    answer = look(framed.browser(), "/embed.js")
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "max-age=3600" in answer.headers["Cache-Control"]


def test_the_owner_copies_the_line_from_the_practices_page(framed: Web) -> None:
    page = look(framed.signed_in("owner@example.com"), "/provider/availability", level="practice").text
    assert f"&lt;script src=&#34;{BASE_URL}/embed.js&#34; data-practice=&#34;elm-street&#34; async" in page
    assert SITE in page
