"""Limits per address: counted together where a queue server is, in each process where none is."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from booking.roles import Role
from tests.support.valkey import ValkeyServer
from tests.support.web_app import BASE_URL, ELM, Web, post_form, web_app

SLOTS = f"/practices/{ELM}/providers/ada/slots"
QUERY = {"service": "90834", "start": "2026-03-04", "end": "2026-03-05"}


@pytest.fixture
def limited_web(filled_sqlite_url: str, valkey: ValkeyServer, tmp_path: Path) -> Iterator[Web]:
    with web_app(
        filled_sqlite_url,
        tmp_path / "data",
        FREEHOLD_REDIS_URL=valkey.url,
        FREEHOLD_RATE_LIMITS="requests=3/m,slots=5/m",
    ) as web:
        yield web


def _slots(web: Web, address: str = "192.0.2.1", token: str | None = None, **headers: str) -> TestResponse:
    return web.call(
        "GET", SLOTS, token, query_string=QUERY, headers=headers, environ_base={"REMOTE_ADDR": address}
    )


def test_beyond_the_limit_a_call_is_told_when_to_come_back(limited_web: Web) -> None:
    assert [_slots(limited_web).status_code for _ in range(6)] == [200] * 5 + [429]
    answer = _slots(limited_web)
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert answer.json is not None
    assert answer.json["type"] == "/problems/too-many-calls"


def test_other_addresses_are_not_concerned(limited_web: Web) -> None:
    for _ in range(6):
        _slots(limited_web)
    assert _slots(limited_web, "192.0.2.2").status_code == 200


def test_an_ipv6_network_is_one_party(limited_web: Web) -> None:
    for number in range(6):
        answer = _slots(limited_web, f"2001:db8:0:1::{number}")
    assert answer.status_code == 429
    assert _slots(limited_web, "2001:db8:0:2::1").status_code == 200


def test_what_a_header_claims_does_not_change_who_is_counted(limited_web: Web) -> None:
    for number in range(6):
        spoofed = {"X-Forwarded-For": f"198.51.100.{number}", "X-Real-IP": f"198.51.100.{number}"}
        answer = _slots(limited_web, **spoofed)
    assert answer.status_code == 429


def test_staff_are_not_limited(limited_web: Web) -> None:
    token = limited_web.token(Role.OPS)
    assert {_slots(limited_web, token=token).status_code for _ in range(12)} == {200}


def test_requests_have_a_limit_of_their_own(limited_web: Web) -> None:
    for _ in range(6):
        _slots(limited_web, "192.0.2.1")
    path = f"/practices/{ELM}/providers/ada/requests"
    given = {"json": {}, "environ_base": {"REMOTE_ADDR": "192.0.2.1"}}
    assert [limited_web.call("POST", path, **given).status_code for _ in range(4)] == [422] * 3 + [429]


def test_asking_for_sign_in_links_is_limited(limited_web: Web) -> None:
    browser = limited_web.browser()
    statuses = [post_form(browser, "/login", email="a@example.com").status_code for _ in range(11)]
    assert statuses == [200] * 10 + [429]


def test_without_a_queue_server_each_process_gives_its_share(filled_sqlite_url: str, tmp_path: Path) -> None:
    with web_app(
        filled_sqlite_url, tmp_path / "data", FREEHOLD_RATE_LIMITS="slots=6/m", FREEHOLD_WEB_CONCURRENCY="2"
    ) as web:
        assert [_slots(web).status_code for _ in range(4)] == [200] * 3 + [429]
        assert "Retry-After" in _slots(web).headers


def test_when_the_queue_server_goes_away_calls_are_answered_still(
    limited_web: Web, valkey: ValkeyServer
) -> None:
    assert _slots(limited_web).status_code == 200
    valkey.stop()
    statuses = [_slots(limited_web).status_code for _ in range(4)]
    assert statuses == [200] * 3 + [429]


def test_limits_can_be_turned_off(small_web: Web) -> None:
    assert {_slots(small_web).status_code for _ in range(25)} == {200}
    assert {post_form(small_web.browser(), "/login", email="a@b.example").status_code for _ in range(12)} == {
        200
    }


def test_a_page_over_the_limit_is_a_page(limited_web: Web) -> None:
    browser = limited_web.browser()
    for _ in range(11):
        answer = post_form(browser, "/login", email="a@example.com")
    assert answer.mimetype == "text/html"
    assert int(answer.headers["Retry-After"]) >= 1
    assert browser.get("/login", base_url=BASE_URL).status_code == 200
