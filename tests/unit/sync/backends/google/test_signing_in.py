"""Tokens: got once for many passes, renewed when refused, lost when Google says so."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import responses

from sync.backends.access import AccountAccess
from sync.backends.errors import AuthorizationLost, Throttled, Unavailable
from sync.backends.google.backend import GoogleBackend
from sync.backends.google.problems import account_error, problem_of
from sync.backends.google.tokens import GOOGLE_TOKEN_URI, token_uri_of
from tests.support.google_account import ADA, GoogleAccount, access
from tests.support.google_server import GoogleServer

DATA = Path(__file__).parents[4] / "data" / "google"
ERRORS = json.loads((DATA / "errors.json").read_text())
TOKEN_ERRORS = json.loads((DATA / "token_errors.json").read_text())
STATED = {"refresh_token": "1//x", "client_id": "id", "client_secret": "secret"}


def test_a_token_is_got_once_for_many_passes(account: GoogleAccount, server: GoogleServer) -> None:
    stated = server.authorized_user(ADA)
    for _ in range(3):
        backend = GoogleBackend(access(server, stated))
        backend.discover()
        backend.close()
    assert account.calls().count("oauth.token") == 1


def test_a_token_that_is_refused_is_renewed_once(account: GoogleAccount, server: GoogleServer) -> None:
    server.expire_access_tokens()
    account.read()
    assert account.calls() == ["events.list", "oauth.token", "events.list"]


def test_access_that_is_refused_again_is_lost(account: GoogleAccount, server: GoogleServer) -> None:
    server.fail("events.list", 401, "authError", times=2)
    with pytest.raises(AuthorizationLost):
        account.read()


def test_revoked_access_is_lost_and_asked_for_no_further(
    account: GoogleAccount, server: GoogleServer
) -> None:
    server.revoke(ADA)
    with pytest.raises(AuthorizationLost):
        account.read()
    assert account.calls() == ["events.list", "oauth.token"]


def test_access_revoked_between_pages_ends_the_reading(account: GoogleAccount, server: GoogleServer) -> None:
    account.server.set_page_sizes([1])
    for _ in range(3):
        account.put({"start": {"date": "2026-03-03"}, "end": {"date": "2026-03-04"}})
    server.faults.plan("events.list", lambda: server.revoke(ADA), skip=1)
    with pytest.raises(AuthorizationLost):
        account.read()


def test_a_scope_that_was_not_granted_asks_to_connect_again(server: GoogleServer) -> None:
    server.add_person(ADA)
    events_only = server.authorized_user(ADA, ("https://www.googleapis.com/auth/calendar.events",))
    with pytest.raises(AuthorizationLost):
        GoogleBackend(access(server, events_only)).discover()


@pytest.mark.parametrize("fault", [(500, "backendError"), (503, "backendError"), (429, "rateLimitExceeded")])
def test_a_sign_in_that_fails_for_now_loses_nothing(server: GoogleServer, fault: tuple[int, str]) -> None:
    server.add_person(ADA)
    server.fail("oauth.token", *fault)
    backend = GoogleBackend(access(server))
    with pytest.raises(Unavailable):
        backend.discover()
    backend.discover()


def test_a_sign_in_without_an_answer_loses_nothing(server: GoogleServer) -> None:
    server.add_person(ADA)
    server.cut("oauth.token")
    with pytest.raises(Unavailable):
        GoogleBackend(access(server)).discover()


@pytest.fixture
def google() -> Iterator[responses.RequestsMock]:
    """Google's own address, answered by the test."""
    with responses.RequestsMock() as mocked:
        yield mocked


@pytest.mark.parametrize("name", ["revoked", "unknown client"])
def test_googles_words_for_a_refusal_are_final(google: responses.RequestsMock, name: str) -> None:
    answer = TOKEN_ERRORS[name]
    google.post(GOOGLE_TOKEN_URI, status=answer["status"], json=answer["body"])
    with pytest.raises(AuthorizationLost):
        GoogleBackend(
            AccountAccess("google", "", "", json.dumps({**STATED, "refresh_token": name}))
        ).discover()


def test_access_that_the_organisation_wants_given_anew_has_ended(google: responses.RequestsMock) -> None:
    """An administrator's limit on sessions; google-auth hides the answer behind a text for its command line."""
    stated = {
        "error": "invalid_grant",
        "error_subtype": "invalid_rapt",
        "error_description": "reauth related",
    }
    google.post(GOOGLE_TOKEN_URI, status=400, json=stated)
    secret = json.dumps({**STATED, "refresh_token": "session over"})
    with pytest.raises(AuthorizationLost) as found:
        GoogleBackend(AccountAccess("google", "", "", secret)).discover()
    assert found.value.ended


@pytest.mark.parametrize(
    "status, body",
    [(503, json.dumps(TOKEN_ERRORS["passing"]["body"])), (400, "<html>proxy</html>"), (200, "{}")],
)
def test_any_other_answer_of_the_sign_in_is_not(
    google: responses.RequestsMock, status: int, body: str
) -> None:
    google.post(GOOGLE_TOKEN_URI, status=status, body=body)
    secret = json.dumps({**STATED, "refresh_token": f"{status}"})
    with pytest.raises(Unavailable):
        GoogleBackend(AccountAccess("google", "", "", secret)).discover()


def test_a_page_for_people_is_no_calendar(google: responses.RequestsMock) -> None:
    google.post(GOOGLE_TOKEN_URI, json={"access_token": "ya29.x", "expires_in": 3600})
    url = "https://www.googleapis.com/calendar/v3/users/me/calendarList"
    google.get(url, body="<html>Sign in</html>", content_type="text/html")
    with pytest.raises(Unavailable):
        GoogleBackend(
            AccountAccess("google", "", "", json.dumps({**STATED, "refresh_token": "page"}))
        ).discover()


def test_the_address_of_the_installation_comes_before_that_of_the_document() -> None:
    stated = json.dumps({**STATED, "token_uri": "https://document.example.com/token"})
    given = AccountAccess("google", "", "", stated, token_uri="https://set.example.com/token")
    assert token_uri_of(given) == "https://set.example.com/token"
    assert token_uri_of(AccountAccess("google", "", "", stated)) == "https://document.example.com/token"
    assert token_uri_of(AccountAccess("google", "", "", json.dumps(STATED))) == GOOGLE_TOKEN_URI


@pytest.mark.parametrize(
    "name, error",
    [
        ("credentials", AuthorizationLost),
        ("scopes", AuthorizationLost),
        ("user rate", Throttled),
        ("rate", Throttled),
        ("calendar usage", Throttled),
        ("too many", Throttled),
        ("backend", Unavailable),
        ("time range empty", None),
        ("sync token malformed", None),
        ("not the organizer", None),
        ("not found", None),
        ("duplicate", None),
        ("sync token expired", None),
        ("event deleted", None),
        ("etag", None),
    ],
)
def test_googles_errors_that_concern_the_account_are_told_from_those_that_do_not(
    name: str, error: type[Exception] | None
) -> None:
    stated = ERRORS[name]
    problem = problem_of(stated["status"], {}, json.dumps(stated["body"]).encode())
    assert problem.reason == stated["body"]["error"]["errors"][0]["reason"]
    found = account_error(problem)
    assert (type(found) if found is not None else None) is error


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"[]", b'{"error": "x"}', b'{"error": {"errors": [1]}}', b"\xff"]
)
def test_an_error_without_details_has_its_status(content: bytes) -> None:
    assert (problem_of(502, {}, content).status, problem_of(502, {}, content).reason) == (502, "")
