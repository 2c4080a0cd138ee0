"""Asking for a time over HTTP: the order of checks, answers, repeated keys."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from booking.roles import Role
from booking.store.tables import request
from tests.support.web_app import ELM, OAK, Web

PATH = f"/practices/{ELM}/providers/ada/requests"


def _post(web: Web, body: Any = None, *, key: str | None = None, path: str = PATH) -> TestResponse:
    headers = {} if key is None else {"Idempotency-Key": key}
    return web.call("POST", path, json=web.ask() if body is None else body, headers=headers)


def _document(answer: TestResponse) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.data)
    return found


def _count(web: Web) -> int:
    with web.runtime.database.read() as connection:
        return connection.execute(select(func.count()).select_from(request)).scalar_one()


def test_a_request_is_stored_and_its_page_named(web: Web) -> None:
    answer = _post(web)
    assert answer.status_code == 201
    found = _document(answer)
    assert found.keys() == {"id", "status", "start", "end", "expires_at", "manage_url", "dates"}
    assert found["dates"] == [{"id": found["id"], "start": found["start"]}]
    assert found["status"] == "pending"
    assert found["start"] == "2026-03-04T09:00:00-05:00"
    assert found["end"] == "2026-03-04T09:45:00-05:00"
    token = found["manage_url"].removeprefix("http://127.0.0.1:8000/r/")
    page = web.call("GET", f"/r/{token}")
    assert _document(page)["id"] == found["id"]


def test_a_taken_time_is_a_conflict_with_the_nearest_others(web: Web) -> None:
    _post(web)
    answer = _post(web, web.ask(client={"name": "Bo", "email": "bo@example.com"}))
    assert answer.status_code == 409
    assert answer.mimetype == "application/problem+json"
    found = _document(answer)
    assert found["type"] == "/problems/slot-unavailable"
    assert found["status"] == 409
    assert 1 <= len(found["alternatives"]) <= 3
    assert all(item["start"] != "2026-03-04T09:00:00-05:00" for item in found["alternatives"])


@pytest.mark.parametrize(
    "change, field",
    [
        ({"surprise": 1}, "surprise"),
        ({"start": "2026-03-04T09:00:00"}, "start"),
        ({"start": "2026-03-04"}, "start"),
        ({"start": 1772632800}, "start"),
        ({"start": None}, "start"),
        ({"mode": "by_post"}, "mode"),
        ({"client": {"name": "Ann", "email": "no address"}}, "client.email"),
        ({"client": {"name": "Ann", "email": "a@b.example\nBcc: c@d.example"}}, "client.email"),
        ({"client": {"name": "  ", "email": "ann@example.com"}}, "client.name"),
        ({"client": {"name": "Ann", "email": "ann@example.com", "age": 7}}, "client.age"),
        ({"client": "Ann"}, "client"),
        ({"service": 90834}, "service"),
        ({"note": "x" * 5000}, "note"),
        ({"service": "none-such"}, "service"),
    ],
)
def test_what_cannot_be_read_is_named_by_its_field(
    small_web: Web, change: dict[str, Any], field: str
) -> None:
    answer = _post(small_web, small_web.ask(**change))
    assert answer.status_code == 422, answer.text
    found = _document(answer)
    assert found["type"] == "/problems/invalid"
    assert field in {error["field"] for error in found["errors"]}
    assert all(error["text"] for error in found["errors"])


def test_all_that_is_missing_is_told_at_once(small_web: Web) -> None:
    found = _document(_post(small_web, {}))
    assert {error["field"] for error in found["errors"]} == {"service", "start", "client"}


@pytest.mark.parametrize(
    "content, kind, status",
    [
        (b"not json", "application/json", 400),
        (b"", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b'{"service": NaN}', "application/json", 400),
        (b"[]", "application/json", 422),
        (b"service=90834", "application/x-www-form-urlencoded", 415),
        (b"{}", "text/plain", 415),
        (b"{}", "", 415),
    ],
)
def test_what_is_not_json_is_refused_by_its_kind(
    small_web: Web, content: bytes, kind: str, status: int
) -> None:
    answer = small_web.call("POST", PATH, data=content, content_type=kind)
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize("path", [f"/practices/{ELM}/providers/nobody", "/practices/nowhere/providers/ada"])
def test_an_unknown_provider_or_practice_is_not_found(small_web: Web, path: str) -> None:
    for part, call in (("/requests", small_web.ask()), ("/wishes", {"text": "Mondays", "client": {}})):
        given = call | {"client": {"name": "Ann", "email": "ann@example.com"}}
        answer = small_web.call("POST", path + part, json=given)
        assert answer.status_code == 404, answer.text


def test_the_shape_is_checked_before_the_key(small_web: Web) -> None:
    _post(small_web, key="k-1")
    assert _document(_post(small_web, small_web.ask(surprise=1), key="k-1"))["type"] == "/problems/invalid"


def test_the_key_is_checked_before_the_slot(web: Web) -> None:
    first = _post(web, key="k-1")
    again = _post(web, key="k-1")
    assert first.status_code == again.status_code == 201
    assert first.data == again.data
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert _count(web) == 1


def test_the_same_body_in_another_order_is_the_same(small_web: Web) -> None:
    first = _post(small_web, key="k-1")
    body = small_web.ask()
    turned = json.dumps(dict(reversed(body.items())), indent=3)
    again = small_web.call(
        "POST", PATH, data=turned, content_type="application/json", headers={"Idempotency-Key": "k-1"}
    )
    assert again.data == first.data


def test_another_body_under_the_same_key_is_refused(web: Web) -> None:
    _post(web, key="k-1")
    answer = _post(web, web.ask(start="2026-03-05T09:00:00-05:00"), key="k-1")
    assert answer.status_code == 422
    assert _document(answer)["type"] == "/problems/idempotency-key-reused"
    other = _post(web, key="k-1", path=PATH.replace("/ada/", "/grace/"))
    assert _document(other)["type"] == "/problems/idempotency-key-reused"


def test_a_key_is_one_practices_own(web: Web) -> None:
    _post(web, key="k-1")
    answer = _post(web, key="k-1", path=PATH.replace(ELM, OAK))
    assert answer.status_code == 201
    assert "Idempotent-Replayed" not in answer.headers


def test_a_refusal_is_not_kept_under_its_key(web: Web) -> None:
    _post(web)
    other = web.ask(client={"name": "Bo", "email": "bo@example.com"})
    assert _post(web, other, key="k-1").status_code == 409
    [held] = _document(web.call("GET", "/requests", web.token(Role.OWNER)))["items"]
    web.call("POST", f"/requests/{held['id']}/decline", web.token(Role.OWNER), json={})
    assert _post(web, other, key="k-1").status_code == 201


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 201, "naïve", "tab\t"])
def test_a_key_that_is_none_is_told(small_web: Web, key: str) -> None:
    answer = _post(small_web, key=key)
    assert answer.status_code == 422
    assert [error["field"] for error in _document(answer)["errors"]] == ["Idempotency-Key"]


def test_a_key_is_replayed_the_next_day_still(small_web: Web) -> None:
    first = _post(small_web, key="k-1")
    small_web.clock.forward(hours=23, minutes=59)
    assert _post(small_web, key="k-1").data == first.data


def test_twins_get_one_answer(web: Web) -> None:
    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(lambda _: _post(web, key="k-1"), range(12)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.data for answer in answers}) == 1
    assert sum("Idempotent-Replayed" in answer.headers for answer in answers) == 11
    assert _count(web) == 1


def test_a_stored_answer_is_not_readable_at_rest(small_web: Web) -> None:
    from booking.store.tables import idempotency

    url = _document(_post(small_web, key="k-1"))["manage_url"]
    with small_web.runtime.database.read() as connection:
        kept = connection.execute(select(idempotency.c.answer_enc)).scalar_one()
    assert url.rpartition("/")[2].encode() not in kept


def test_too_many_open_requests_are_told_after_access_and_before_the_slot(web: Web) -> None:
    for hour in ("09", "11"):
        assert _post(web, web.ask(start=f"2026-03-04T{hour}:00:00-05:00")).status_code == 201
    answer = _post(web)
    assert answer.status_code == 409
    assert _document(answer)["type"] == "/problems/too-many-open-requests"


def test_a_wish_is_taken_without_a_time(web: Web) -> None:
    body = {"text": "Only Mondays", "client": {"name": "Ann", "email": "ann@example.com"}}
    answer = web.call("POST", f"/practices/{ELM}/providers/ada/wishes", json=body)
    assert answer.status_code == 201
    assert _document(answer).keys() == {"id"}


def test_an_answer_says_nothing_of_whether_an_address_is_known(small_web: Web) -> None:
    known = small_web.ask(client={"name": "Ann", "email": "client@example.com"})
    unknown = small_web.ask(
        client={"name": "Ann", "email": "nobody@example.com"}, start="2026-03-05T09:00:00-05:00"
    )
    first, second = _post(small_web, known), _post(small_web, unknown)
    assert first.status_code == second.status_code == 201
    assert _document(first).keys() == _document(second).keys()
    assert list(first.headers.keys()) == list(second.headers.keys())
    requests = _document(small_web.call("GET", "/requests", small_web.token(Role.OWNER)))["items"]
    assert [item["client"]["id"] for item in requests] == [None, None]
