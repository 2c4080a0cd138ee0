"""Every call with every role, and with objects of others: generated from the calls and the table of roles."""

from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from booking.roles import STAFF, Role, may
from service.api.calls import Call, api
from tests.support.web_app import ELM, OAK, Web

CALLS = {call.name: call for call in api.all}
STAFF_CALLS = [call for call in api.all if call.for_staff]
BODIES: dict[str, Any] = {
    "answer_deletions": {"action": "restore"},
    "client_link": {"kind": "sign_in"},
    "release_hold": {"date": "2026-03-10"},
    "rehold": {"date": "2026-03-10"},
    "reassign": {"provider": "grace"},
    "reschedule": {"start": "2026-03-05T11:00:00-05:00"},
    "propose": {"starts": ["2026-03-06T11:00:00-05:00"]},
}
QUERIES: dict[str, dict[str, str]] = {
    "explain": {"service": "90834", "start": "2026-03-09T09:00:00-04:00"},
    "busy": {"start": "2026-03-04", "end": "2026-03-05"},
}
UNKNOWN = "0123456789abcdefghijkl"


def _call(web: Web, call: Call, token: str | None, values: dict[str, str]) -> TestResponse:
    path = call.path
    for name in call.variables:
        path = path.replace(f"<path:{name}>", values[name]).replace(f"<{name}>", values[name])
    given: dict[str, Any] = {"query_string": QUERIES.get(call.name, {})}
    if call.method == "POST":
        given["json"] = BODIES.get(call.name, {})
    return web.call(call.method, path, token, **given)


def _unknown(call: Call) -> dict[str, str]:
    return dict.fromkeys(call.variables, UNKNOWN)


def _objects(web: Web, practice_slug: str, provider_slug: str) -> dict[str, str]:
    """Real objects of a practice: one for every variable a path of the staff's calls has."""
    ids = web.make_calendar(provider_slug, practice_slug)
    asked = web.call("POST", f"/practices/{practice_slug}/providers/{provider_slug}/requests", json=web.ask())
    assert asked.status_code == 201, asked.text
    assert asked.json is not None
    return {
        "request_id": asked.json["id"],
        "account_id": ids["account"],
        "calendar_id": ids["calendar"],
        "uid": "uid-1@example.com",
        "hold_id": web.hold_id(provider_slug, practice_slug),
    }


@pytest.mark.parametrize("call", STAFF_CALLS, ids=lambda call: call.name)
def test_without_a_token_a_staff_call_says_how_to_come_in(small_web: Web, call: Call) -> None:
    for token in (None, "fh_nonsense", ""):
        answer = _call(small_web, call, token, _unknown(call))
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="freehold"'
        assert answer.json is not None
        assert answer.json["type"] == "/problems/unauthorized"


@pytest.mark.parametrize("role", STAFF)
@pytest.mark.parametrize("call", STAFF_CALLS, ids=lambda call: call.name)
def test_a_role_makes_the_calls_that_the_table_gives_it(small_web: Web, call: Call, role: Role) -> None:
    assert call.action is not None
    answer = _call(small_web, call, small_web.token(role), _unknown(call))
    assert (answer.status_code != 403) is may(role, call.action), answer.text
    if answer.status_code == 403:
        assert answer.json is not None
        assert answer.json["type"] == "/problems/forbidden"


def _strangers() -> Iterator[tuple[Role, str, str | None]]:
    yield from ((role, OAK, None) for role in STAFF)
    yield Role.PROVIDER, ELM, "grace"


@pytest.mark.parametrize(
    "role, practice_slug, provider_slug",
    list(_strangers()),
    ids=lambda value: str(value or "their"),
)
def test_what_belongs_to_others_looks_as_if_there_were_none(
    web: Web, role: Role, practice_slug: str, provider_slug: str | None
) -> None:
    objects = _objects(web, ELM, "ada")
    token = web.token(role, practice_slug, provider_slug)
    tried = 0
    for call in STAFF_CALLS:
        assert call.action is not None
        if not set(call.variables) & set(objects) or not may(role, call.action):
            continue
        theirs = _call(web, call, token, objects)
        unknown = _call(web, call, token, _unknown(call))
        assert theirs.status_code == unknown.status_code == 404, call.name
        assert theirs.data == unknown.data, call.name
        tried += 1
    assert tried >= 5


@pytest.mark.parametrize("role", [Role.OWNER, Role.MANAGER, Role.PROVIDER])
def test_those_to_whom_it_belongs_see_it(web: Web, role: Role) -> None:
    objects = _objects(web, ELM, "ada")
    for call in STAFF_CALLS:
        if set(call.variables) & set(objects):
            answer = _call(web, call, web.token(role), objects)
            assert answer.status_code in {200, 202, 409}, (call.name, answer.text)


def test_lists_hold_nothing_of_others(web: Web) -> None:
    _objects(web, ELM, "ada")
    for path in ("/accounts", "/requests"):
        for token in (web.token(Role.OWNER, OAK), web.token(Role.PROVIDER, ELM, "grace")):
            answer = web.call("GET", path, token)
            assert answer.json == {"items": [], "next": None}, path
    for token in (web.token(Role.OWNER, OAK), web.token(Role.PROVIDER, ELM, "grace")):
        holds = web.call("GET", "/holds", token).json
        assert holds is not None
        assert web.hold_id("ada", ELM) not in {item["id"] for item in holds["items"]}


def test_a_providers_slug_means_the_one_of_the_tokens_practice(web: Web) -> None:
    mine, theirs = web.make_calendar("ada", ELM), web.make_calendar("ada", OAK)
    answer = web.call("GET", "/accounts", web.token(Role.PROVIDER, ELM))
    assert answer.json is not None
    assert [item["id"] for item in answer.json["items"]] == [mine["account"]]
    assert theirs["account"] not in answer.text


def test_another_providers_times_are_unknown_to_a_provider(small_web: Web) -> None:
    token = small_web.token(Role.PROVIDER, ELM, "grace")
    for name in ("explain", "busy"):
        call = CALLS[name]
        theirs = _call(small_web, call, token, {"provider": "ada"})
        unknown = _call(small_web, call, token, {"provider": "nobody"})
        assert theirs.status_code == unknown.status_code == 404
        assert theirs.data == unknown.data
        assert _call(small_web, call, token, {"provider": "grace"}).status_code == 200


def test_ops_sees_no_title_no_name_and_no_text(web: Web) -> None:
    objects = _objects(web, ELM, "ada")
    ops = web.token(Role.OPS)
    for call in STAFF_CALLS:
        assert call.action is not None
        if may(Role.OPS, call.action):
            answer = _call(web, call, ops, {**objects, "provider": "ada", "client_id": "c-1"})
            assert answer.status_code < 300, (call.name, answer.text)
            for secret in ("ZQX", "Ann Lee", "ann@example.com"):
                assert secret not in answer.text, call.name


def test_a_provider_sees_the_titles_of_her_own_events(web: Web) -> None:
    objects = _objects(web, ELM, "ada") | {"provider": "ada"}
    for name in ("history", "explain"):
        answer = _call(web, CALLS[name], web.token(Role.PROVIDER), objects)
        assert "ZQXTITLE" in answer.text, name


def test_a_token_that_was_revoked_opens_nothing(small_web: Web) -> None:
    from service.people.tokens import list_api_tokens, revoke_api_token

    token, practice_id = small_web.token(Role.OWNER), small_web.practice_id()
    with small_web.runtime.database.write() as connection:
        [known] = list_api_tokens(connection, practice_id)
        other = small_web.practice_id(OAK)
        assert not revoke_api_token(connection, other, known.id, now=small_web.clock())
        assert revoke_api_token(connection, practice_id, known.id, now=small_web.clock())
        assert not revoke_api_token(connection, practice_id, known.id, now=small_web.clock())
        [after] = list_api_tokens(connection, practice_id)
    assert after.revoked_at == small_web.clock()
    assert small_web.call("GET", "/accounts", token).status_code == 401


def test_a_bad_token_is_told_even_where_none_is_needed(small_web: Web) -> None:
    answer = small_web.call("GET", f"/practices/{ELM}/providers/ada/services", "fh_nonsense")
    assert answer.status_code == 401


def test_in_the_name_of_a_client_only_staff_of_that_practice_ask(small_web: Web) -> None:
    path = f"/practices/{ELM}/providers/ada/slots"
    query = {"service": "90834", "client": "c-1"}

    def status(token: str | None, client: str = "c-1") -> int:
        given = {**query, "client": client}
        return small_web.call("GET", path, token, query_string=given).status_code

    assert status(None) == 401
    assert status(small_web.token(Role.OPS)) == 403
    assert status(small_web.token(Role.OWNER, OAK)) == 404
    assert status(small_web.token(Role.PROVIDER, ELM, "grace")) == 404
    assert status(small_web.token(Role.PROVIDER)) == 200
    assert status(small_web.token(Role.OWNER)) == 200
    assert status(small_web.token(Role.OWNER), "nobody") == 422
