"""``/healthz``, ``/readyz`` and ``/metrics``."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.database import Database
from sync.store import tables as mirror
from tests.support.valkey import ValkeyServer
from tests.support.web_app import BASE_URL, ELM, Web, web_app


@pytest.fixture
def whole_web(filled_url: str, valkey: ValkeyServer, tmp_path: Path) -> Iterator[Web]:
    with web_app(filled_url, tmp_path / "data", FREEHOLD_REDIS_URL=valkey.url) as web:
        yield web


def _answer(web: Web, path: str) -> tuple[int, dict[str, Any]]:
    answer = web.browser().get(path, base_url=BASE_URL)
    return answer.status_code, json.loads(answer.data)


def _figures(web: Web) -> dict[tuple[str, ...], float]:
    text = web.browser().get("/metrics", base_url=BASE_URL).text
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_it_is_ready_when_database_schema_and_queue_are_there(whole_web: Web) -> None:
    status, found = _answer(whole_web, "/readyz")
    assert (status, found["status"]) == (200, "ok")
    assert found["checks"].keys() == {"database", "migrations", "queue"}
    assert all(check["ok"] and check["text"] for check in found["checks"].values())


def test_it_is_not_ready_without_the_queue_but_alive(whole_web: Web, valkey: ValkeyServer) -> None:
    valkey.stop()
    status, found = _answer(whole_web, "/readyz")
    assert (status, found["status"]) == (503, "failing")
    assert not found["checks"]["queue"]["ok"]
    assert found["checks"]["database"]["ok"]
    assert _answer(whole_web, "/healthz") == (
        200,
        {"status": "ok", "checks": {"web": {"ok": True, "text": "answers"}}},
    )


def test_it_is_not_ready_on_a_database_that_was_not_brought_up_to_date(
    database_url: str, valkey: ValkeyServer, tmp_path: Path
) -> None:
    with web_app(database_url, tmp_path / "data", FREEHOLD_REDIS_URL=valkey.url) as web:
        status, found = _answer(web, "/readyz")
    assert status == 503
    assert found["checks"]["migrations"] == {"ok": False, "text": "run: freehold db upgrade"}


def test_it_is_not_ready_without_its_database(valkey: ValkeyServer, tmp_path: Path) -> None:
    away = f"postgresql://nobody@127.0.0.1:1/none?connect_timeout=1&sslrootcert={tmp_path}"
    with web_app(away, tmp_path / "data", FREEHOLD_REDIS_URL=valkey.url) as web:
        status, found = _answer(web, "/readyz")
        assert status == 503
        assert not found["checks"]["database"]["ok"]
        assert "127.0.0.1" not in json.dumps(found)
        page = web.browser().get(f"/book/{ELM}", base_url=BASE_URL)
        call = web.call("GET", f"/practices/{ELM}/providers/ada/services")
    assert page.status_code == call.status_code == 503
    assert page.headers["Retry-After"] == call.headers["Retry-After"] == "5"


def test_a_shifted_clock_is_shown(filled_sqlite_url: str, tmp_path: Path) -> None:
    with web_app(filled_sqlite_url, tmp_path / "data", FREEHOLD_TESTING="1", FREEHOLD_CLOCK="+9d") as web:
        _, found = _answer(web, "/readyz")
    assert "shifted" in found["checks"]["clock"]["text"]


def test_figures_are_those_of_the_database(whole_web: Web) -> None:
    whole_web.make_calendar()
    whole_web.call("POST", f"/practices/{ELM}/providers/ada/requests", json=whole_web.ask())
    whole_web.clock.forward(minutes=7)
    found = _figures(whole_web)
    assert found["freehold_accounts", "ok"] == 1
    assert found["freehold_calendars", "ok"] == 1
    assert found["freehold_requests", "pending"] == 1
    assert found["freehold_oldest_reading_seconds",] == 420
    assert found["freehold_queue_up",] == 1
    assert found["freehold_queue_depth", "sync"] >= 1
    assert found["freehold_workers",] == 0


def test_calendars_that_google_does_not_tell_of_are_counted(whole_web: Web) -> None:
    ids = whole_web.make_calendar()
    now = whole_web.clock()
    with whole_web.runtime.database.write() as connection:
        connection.execute(mirror.account.update().values(kind="google"))
    assert _figures(whole_web)["freehold_calendars_without_push",] == 1
    with whole_web.runtime.database.write() as connection:
        connection.execute(
            mirror.channel.insert().values(
                id="c", practice_id=whole_web.practice_id(), account_id=ids["account"], calendar_id=ids["calendar"],
                token_hash="", address="", resource_id="r", state="live", opened_at=now,
                expires_at=now + timedelta(days=7),
            )
        )  # fmt: skip
    found = _figures(whole_web)
    assert found["freehold_push_channels", "live"] == 1
    assert found["freehold_calendars_without_push",] == 0


def test_figures_are_given_without_a_queue_too(whole_web: Web, valkey: ValkeyServer) -> None:
    valkey.stop()
    found = _figures(whole_web)
    assert found["freehold_queue_up",] == 0
    assert ("freehold_queue_depth", "sync") not in found


def test_nothing_that_a_practice_wrote_is_among_the_figures(whole_web: Web) -> None:
    whole_web.make_calendar()
    text = whole_web.browser().get("/metrics", base_url=BASE_URL).text
    for word in ("ZQX", "elm-street", "Practice", "ada", "/work/", "example"):
        assert word not in text


def test_looking_writes_nothing(filled_url: str, whole_web: Web) -> None:
    """Every page and call that only looks is answered by a database that takes no writes."""
    ids = whole_web.make_calendar()
    asked = whole_web.call("POST", f"/practices/{ELM}/providers/ada/requests", json=whole_web.ask())
    assert asked.json is not None
    token = asked.json["manage_url"].rpartition("/")[2]
    browser = whole_web.signed_in("owner@example.com")
    login = whole_web.login_path("ops@example.com")
    written: list[str] = []
    _refuse_writes(whole_web.runtime.database, written)
    whole_web.clock.forward(minutes=5)
    for path in (
        "/login", login, "/ops", "/provider", "/metrics", "/readyz", f"/book/{ELM}", f"/book/{ELM}/ada",
        f"/r/{token}", f"/api/v1/r/{token}", f"/api/v1/practices/{ELM}/providers/ada/services",
        f"/api/v1/practices/{ELM}/providers/ada/slots?service=90834",
    ):  # fmt: skip
        answer = browser.get(path, base_url=BASE_URL)
        assert answer.status_code in {200, 302, 303}, (path, answer.status_code)
    for path in ("/accounts", f"/accounts/{ids['account']}", "/requests", "/holds"):
        answer = whole_web.call("GET", path, next(iter(whole_web.tokens.values()), None))
        assert answer.status_code in {200, 401}
    assert written == []


def _refuse_writes(database: Database, written: list[str]) -> None:
    from sqlalchemy import event

    def look(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
            written.append(statement)

    event.listen(database.engine, "before_cursor_execute", look)
