"""Signing in by a one-time link, sessions, and signing out."""

import pytest
from sqlalchemy import select

from booking.roles import Role
from booking.store.tables import mail, user
from service.people.refusals import AmbiguousUser, SignInRefused
from service.people.sign_in import create_login_link, login_url
from service.people.tables import login_link, session
from tests.support.web_app import BASE_URL, ELM, OAK, Web, post_form

STAFF_PAGE = "/ops"


def _is_signed_in(web: Web, browser: object, email: str = "owner@example.com") -> bool:
    with web.app.test_request_context(base_url=BASE_URL, headers={"Cookie": _cookies(browser)}):
        from service.http.frame import frame

        actor = frame().actor()
        return actor is not None


def _cookies(browser: object) -> str:
    found = browser.get_cookie("freehold_session", domain="127.0.0.1")  # type: ignore[attr-defined]
    return "" if found is None else f"freehold_session={found.value}"


def test_looking_at_a_link_does_not_use_it_up(web: Web) -> None:
    path = web.login_path("owner@example.com")
    for _ in range(20):
        assert web.browser().get(path, base_url=BASE_URL).status_code == 200
        assert web.browser().head(path, base_url=BASE_URL).status_code == 200
    assert post_form(web.browser(), path).status_code == 303


def test_a_link_signs_in_once(web: Web) -> None:
    path = web.login_path("owner@example.com")
    first, second = web.browser(), web.browser()
    assert post_form(first, path).status_code == 303
    assert second.get(path, base_url=BASE_URL).status_code == 404
    assert _is_signed_in(web, first)
    assert not _is_signed_in(web, second)


def test_used_old_and_invented_links_look_alike(web: Web) -> None:
    used, old = web.login_path("owner@example.com"), web.login_path("ops@example.com")
    post_form(web.browser(), used)
    web.clock.forward(hours=25)
    pages = {web.browser().get(path, base_url=BASE_URL).text for path in (used, old, "/login/none-such")}
    assert len(pages) == 1


@pytest.mark.parametrize(
    "email, home",
    [
        ("owner@example.com", "/ops"),
        ("manager@example.com", "/ops"),
        ("ops@example.com", "/ops"),
        ("ada@example.com", "/provider"),
    ],
)
def test_each_role_lands_where_its_work_is(small_web: Web, email: str, home: str) -> None:
    answer = post_form(small_web.browser(), small_web.login_path(email))
    assert answer.headers["Location"] == home


def test_only_hashes_of_links_and_sessions_are_stored(web: Web) -> None:
    path = web.login_path("owner@example.com")
    browser = web.browser()
    post_form(browser, path)
    secret = _cookies(browser).partition("=")[2].partition(".")[0]
    with web.runtime.database.read() as connection:
        links = connection.execute(select(login_link.c.token_hash)).scalars().all()
        sessions = connection.execute(select(session.c.token_hash)).scalars().all()
    assert path.removeprefix("/login/") not in links
    assert links
    assert sessions == [web.runtime.tokens.hash(secret)]


def test_signing_in_again_ends_the_session_before_and_gives_another(small_web: Web) -> None:
    browser = small_web.signed_in("owner@example.com")
    before = _cookies(browser)
    post_form(browser, small_web.login_path("owner@example.com"))
    assert _cookies(browser) != before
    assert _is_signed_in(small_web, browser)
    with small_web.runtime.database.read() as connection:
        assert len(connection.execute(select(session.c.token_hash)).all()) == 1


def test_signing_out_ends_the_session_for_whoever_copied_the_cookie(web: Web) -> None:
    browser = web.signed_in("owner@example.com")
    copied = web.browser()
    copied.set_cookie("freehold_session", _cookies(browser).partition("=")[2], domain="127.0.0.1")
    assert _is_signed_in(web, copied)
    answer = post_form(browser, "/logout", page="/login")
    assert answer.status_code == 303
    assert not _is_signed_in(web, copied)


def test_a_session_ends_after_twelve_hours(small_web: Web) -> None:
    browser = small_web.signed_in("owner@example.com")
    small_web.clock.forward(hours=11, minutes=59)
    assert _is_signed_in(small_web, browser)
    small_web.clock.forward(minutes=1)
    assert not _is_signed_in(small_web, browser)


def test_a_session_of_ops_ends_after_half_an_hour_without_use(small_web: Web) -> None:
    browser = small_web.signed_in("ops@example.com")
    for _ in range(3):
        small_web.clock.forward(minutes=29)
        browser.get("/login", base_url=BASE_URL)
        assert _is_signed_in(small_web, browser)
    small_web.clock.forward(minutes=30)
    assert not _is_signed_in(small_web, browser)


def test_a_page_that_reloads_itself_is_no_use(small_web: Web) -> None:
    browser = small_web.signed_in("ops@example.com")
    small_web.clock.forward(minutes=29)
    browser.get("/login", base_url=BASE_URL, headers={"HX-Request": "true"})
    small_web.clock.forward(minutes=2)
    assert not _is_signed_in(small_web, browser)


def test_a_cookie_that_was_tampered_with_is_none(small_web: Web) -> None:
    browser = small_web.signed_in("ops@example.com")
    secret, _, proof = _cookies(browser).partition("=")[2].split(".")
    later = int(small_web.clock().timestamp()) + 3600
    for text in (f"{secret}.{later}.{proof}", secret, f"{secret}..", "a.b.c", "", f"{secret}.x.{proof}"):
        browser.set_cookie("freehold_session", text, domain="127.0.0.1")
        assert not _is_signed_in(small_web, browser), text


def test_a_user_who_is_removed_or_has_another_role_is_so_at_once(small_web: Web) -> None:
    browser = small_web.signed_in("owner@example.com")
    with small_web.runtime.database.write() as connection:
        connection.execute(user.delete().where(user.c.email_key == "owner@example.com"))
    assert not _is_signed_in(small_web, browser)


def test_asking_for_a_link_is_answered_alike_for_known_and_unknown_addresses(web: Web) -> None:
    known = post_form(web.browser(), "/login", email="OWNER@example.com")
    unknown = post_form(web.browser(), "/login", email="nobody@example.com")
    assert known.status_code == unknown.status_code == 200
    assert known.data == unknown.data


def test_a_known_address_gets_one_mail_for_each_of_its_practices(web: Web) -> None:
    post_form(web.browser(), "/login", email="owner@example.com")
    with web.runtime.database.read() as connection:
        rows = connection.execute(select(mail).where(mail.c.kind == "sign_in")).all()
    assert {row.practice_id for row in rows} == {web.practice_id(ELM), web.practice_id(OAK)}
    assert {row.recipient for row in rows} == {"owner@example.com"}
    url = login_url(web.runtime.tokens, rows[0].facts["link"], base_url=BASE_URL)
    assert url.rpartition("/")[2] not in str(rows[0].facts)
    assert post_form(web.browser(), url.removeprefix(BASE_URL)).status_code == 303


def test_a_mailbox_is_not_flooded_with_links(small_web: Web) -> None:
    for _ in range(10):
        post_form(small_web.browser(), "/login", email="only@elm-street.example")
    with small_web.runtime.database.read() as connection:
        assert len(connection.execute(select(mail.c.id)).all()) == 3


def test_an_operator_is_told_why_there_is_no_link(small_web: Web) -> None:
    tokens, now = small_web.runtime.tokens, small_web.clock()
    with small_web.runtime.database.write() as connection:
        with pytest.raises(AmbiguousUser, match="elm-street, oak-lane"):
            create_login_link(connection, tokens, "owner@example.com", base_url=BASE_URL, now=now)
        with pytest.raises(SignInRefused, match="nobody signs in"):
            create_login_link(connection, tokens, "nobody@example.com", base_url=BASE_URL, now=now)


def test_the_cookie_of_a_session_does_not_open_the_api(small_web: Web) -> None:
    browser = small_web.signed_in("owner@example.com")
    answer = browser.get("/api/v1/accounts", base_url=BASE_URL)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_an_api_token_does_not_open_pages(small_web: Web) -> None:
    token = small_web.token(Role.OWNER)
    with small_web.app.test_request_context(
        "/login", base_url=BASE_URL, headers={"Authorization": f"Bearer {token}"}
    ):
        from service.http.frame import frame

        assert frame().actor() is None


def test_signing_in_leads_back_to_the_request_that_a_mail_led_to(small_web: Web) -> None:
    browser, wanted = small_web.browser(), f"/provider/requests/{'a' * 24}"
    assert browser.get(wanted, base_url=BASE_URL).status_code == 303
    answer = post_form(browser, small_web.login_path("owner@example.com"))
    assert answer.headers["Location"] == wanted


@pytest.mark.parametrize(
    "planted", ["https://evil.example/", "//evil.example", "/ops/../x", "/provider/requests/x"]
)
def test_no_address_planted_in_a_cookie_is_led_to(small_web: Web, planted: str) -> None:
    browser = small_web.browser()
    browser.set_cookie("freehold-going", planted, domain="127.0.0.1")
    answer = post_form(browser, small_web.login_path("owner@example.com"))
    assert answer.headers["Location"] == "/ops"
