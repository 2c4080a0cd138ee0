"""What every answer and every route has in common."""

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from booking.policy import policy_of
from service.app import create_app
from service.http.channel import HOOK_PATHS
from tests.support.web_app import BASE_URL, Web, form_token, post_form, web_app

SAFE = {"GET", "HEAD", "OPTIONS"}


def _address(rule: Rule) -> str:
    first_of_any = re.sub(r"<any\((\w+)[^)]*\):\w+>", r"\1", rule.rule)
    return re.sub(r"<(\w+:)?\w+>", "x", first_of_any)


def _rules(app: Flask) -> list[Rule]:
    return list(app.url_map.iter_rules())


def _unsafe_pages(app: Flask) -> list[tuple[str, str]]:
    return [
        (method, _address(rule))
        for rule in _rules(app)
        for method in sorted((rule.methods or set()) - SAFE)
        if not rule.rule.startswith("/api/") and rule.rule not in HOOK_PATHS
    ]


def test_every_route_declares_a_policy(small_web: Web) -> None:
    app = small_web.app
    without = [rule.rule for rule in _rules(app) if policy_of(app.view_functions[rule.endpoint]) is None]
    assert without == []


def test_a_route_without_a_policy_is_refused(small_web: Web) -> None:
    app = create_app(small_web.runtime)
    app.add_url_rule("/planted", "planted", lambda: "you should not read this")
    answer = app.test_client().get("/planted", base_url=BASE_URL)
    assert answer.status_code == 403
    assert "you should not" not in answer.text


def test_every_answer_carries_the_security_headers(small_web: Web) -> None:
    browser = small_web.browser()
    for rule in _rules(small_web.app):
        answer = browser.get(_address(rule), base_url=BASE_URL)
        where = f"{rule.rule}: {answer.status_code}"
        assert answer.headers["X-Content-Type-Options"] == "nosniff", where
        assert answer.headers["Referrer-Policy"] == "same-origin", where
        assert answer.headers["X-Frame-Options"] == "DENY", where
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';"), where
        assert "unsafe" not in policy, where
        assert policy.endswith("frame-ancestors 'none'"), where
        if not rule.rule.startswith(("/book", "/embed.js")):
            assert answer.headers["Cache-Control"] == "no-store", where


def test_a_page_that_is_not_there_carries_them_too(small_web: Web) -> None:
    answer = small_web.browser().get("/nowhere", base_url=BASE_URL)
    assert answer.status_code == 404
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_over_https_cookies_are_bound_to_the_host_and_browsers_stay_on_https(
    filled_sqlite_url: str, tmp_path: Path
) -> None:
    with web_app(filled_sqlite_url, tmp_path / "data", FREEHOLD_BASE_URL="https://book.example.com") as web:
        answer = web.browser().get("/login", base_url="https://book.example.com")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-freehold_visit=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_a_foreign_host_name_is_refused(small_web: Web) -> None:
    browser = small_web.browser()
    assert browser.get("/login", base_url="http://evil.example").status_code == 400
    assert browser.get("/login", base_url="http://127.0.0.1.evil.example:8000").status_code == 400


@pytest.mark.parametrize("base_url", ["http://localhost:8000", "http://[::1]:8000", BASE_URL])
def test_our_own_names_are_not(small_web: Web, base_url: str) -> None:
    assert small_web.browser().get("/login", base_url=base_url).status_code == 200


def test_probes_may_ask_by_address(small_web: Web) -> None:
    assert small_web.browser().get("/healthz", base_url="http://10.1.2.3:8000").status_code == 200


def test_more_than_64_kib_is_refused_before_it_is_read(small_web: Web) -> None:
    too_much = "x" * (64 * 1024 + 1)
    page = small_web.browser().post("/login", data={"email": too_much}, base_url=BASE_URL)
    assert page.status_code == 413
    call = small_web.call("POST", "/practices/elm-street/providers/ada/requests", data=too_much)
    assert call.status_code == 413
    assert call.json is not None
    assert call.json["type"] == "/problems/too-large"


def test_a_form_without_its_token_is_refused_on_every_page(small_web: Web) -> None:
    for email in (None, "owner@example.com", "ada@example.com"):
        browser = small_web.browser() if email is None else small_web.signed_in(email)
        for method, path in _unsafe_pages(small_web.app):
            answer = browser.open(path, method=method, base_url=BASE_URL)
            assert answer.status_code == 403, (email, method, path)


def test_a_token_of_somebody_else_is_refused_on_every_page(small_web: Web) -> None:
    foreign = form_token(small_web.browser())
    browser = small_web.browser()
    form_token(browser)
    for method, path in _unsafe_pages(small_web.app):
        answer = browser.open(path, method=method, data={"csrf_token": foreign}, base_url=BASE_URL)
        assert answer.status_code == 403, (method, path)


def test_the_token_of_a_visit_does_not_serve_the_session_that_follows(small_web: Web) -> None:
    browser = small_web.browser()
    before = form_token(browser)
    post_form(browser, small_web.login_path("owner@example.com"))
    answer = browser.post("/logout", data={"csrf_token": before}, base_url=BASE_URL)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:8001"},
    ],
)
def test_a_form_sent_from_elsewhere_is_refused_even_with_its_token(
    small_web: Web, headers: dict[str, str]
) -> None:
    answer = post_form(small_web.browser(), "/login", headers=headers, email="ann@example.com")
    assert answer.status_code == 403


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": BASE_URL}, {}])
def test_a_form_sent_from_our_page_is_taken(small_web: Web, headers: dict[str, str]) -> None:
    answer = post_form(small_web.browser(), "/login", headers=headers, email="ann@example.com")
    assert answer.status_code == 200


def test_a_nul_character_is_refused(small_web: Web) -> None:
    browser = small_web.browser()
    assert browser.get("/login/a%00b", base_url=BASE_URL).status_code == 400
    assert post_form(browser, "/login", email="a\0b").status_code == 400
    bad = small_web.ask(note="a\0b")
    call = small_web.call("POST", "/practices/elm-street/providers/ada/requests", json=bad)
    assert call.status_code == 422


def test_a_failure_is_told_as_a_problem_without_its_cause(small_web: Web) -> None:
    app = create_app(small_web.runtime)
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def fail() -> Any:
        raise RuntimeError("ZQXCAUSE")

    fail.freehold_policy = policy_of(app.view_functions["health.healthz"])  # type: ignore[attr-defined]
    app.add_url_rule("/api/v1/fails", "fails", fail)
    answer = app.test_client().get("/api/v1/fails", base_url=BASE_URL)
    assert answer.status_code == 500
    assert answer.json is not None
    assert answer.json["type"] == "/problems/internal-error"
    assert "ZQXCAUSE" not in answer.text


def test_static_files_are_kept_for_good_under_the_name_with_their_hash(small_web: Web) -> None:
    page = small_web.browser().get("/login", base_url=BASE_URL).text
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]
    lasting = small_web.browser().get(address, base_url=BASE_URL)
    plain = small_web.browser().get("/static/booking/tokens.css", base_url=BASE_URL)
    assert lasting.data == plain.data
    assert "immutable" in lasting.headers["Cache-Control"]
    assert "immutable" not in plain.headers["Cache-Control"]
    assert lasting.headers["X-Content-Type-Options"] == "nosniff"


def test_every_problem_type_leads_to_a_page(small_web: Web) -> None:
    from service.http.problems import NAMES

    browser = small_web.browser()
    for name in NAMES:
        assert browser.get(f"/problems/{name}", base_url=BASE_URL).status_code == 200
    assert browser.get("/problems/none-such", base_url=BASE_URL).status_code == 404
