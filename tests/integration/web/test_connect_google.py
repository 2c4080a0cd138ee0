"""Connecting Google accounts by Google's consent page, and letting them go."""

import json
from collections.abc import Iterator
from pathlib import Path
from shutil import copy
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from service.connect.tables import attempt, farewell
from service.work import drain_all, drain_sync
from sync.backends.google.scopes import CALENDAR_LIST, EVENTS
from sync.store.tables import account, calendar, channel, entry
from tests.support.consent import answered, asked_of
from tests.support.google_account import ADA, timed
from tests.support.google_server import GoogleServer
from tests.support.web_app import BASE_URL, ELM, Web, post_form, web_app

HOME = "/provider/calendars/ada"
OTHER = "ada.private@example.com"


@pytest.fixture
def google() -> Iterator[GoogleServer]:
    with GoogleServer() as server:
        server.add_person(ADA, name="Work")
        server.add_calendar(ADA, "Choir")
        server.add_person(OTHER, name="Private")
        yield server


@pytest.fixture
def web(filled: Path, tmp_path: Path, google: GoogleServer) -> Iterator[Web]:
    copy(filled, tmp_path / "filled.db")
    secrets = tmp_path / "client_secrets.json"
    secrets.write_text(json.dumps(google.client_secrets(f"{BASE_URL}/connect/google/callback")))
    with web_app(
        f"sqlite:///{tmp_path / 'filled.db'}", tmp_path, FREEHOLD_RATE_LIMITS="off",
        FREEHOLD_GOOGLE_CLIENT_SECRETS=str(secrets), FREEHOLD_GOOGLE_API_ENDPOINT=google.url,
    ) as web:  # fmt: skip
        yield web


@pytest.fixture
def ada(web: Web) -> FlaskClient:
    return web.signed_in("ada@example.com")


def started(browser: FlaskClient, **fields: str) -> str:
    answer = post_form(browser, f"{HOME}/google", page=HOME, **fields)
    assert answer.status_code == 303
    return answer.headers["Location"]


def back(browser: FlaskClient, location: str) -> TestResponse:
    assert location.startswith(BASE_URL)
    return browser.get(location.removeprefix(BASE_URL), base_url=BASE_URL)


def connected(browser: FlaskClient, email: str = ADA, **fields: str) -> TestResponse:
    return back(browser, answered(started(browser, **fields), email))


def rows(web: Web, table: Any = account) -> list[Any]:
    with web.runtime.database.read() as connection:
        return list(connection.execute(select(table)))


def live(web: Web) -> list[Any]:
    return [row for row in rows(web) if row.removed_at is None]


def test_google_is_asked_for_the_least_that_works(ada: FlaskClient) -> None:
    asked = asked_of(started(ada))
    assert asked["scope"] == (
        "https://www.googleapis.com/auth/calendar.events "
        "https://www.googleapis.com/auth/calendar.calendarlist.readonly"
    )
    assert (asked["access_type"], asked["prompt"], asked["response_type"]) == ("offline", "consent", "code")
    assert asked["redirect_uri"] == f"{BASE_URL}/connect/google/callback"
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["state"]) >= 43
    assert len(asked["code_challenge"]) == 43


def test_agreeing_connects_the_account_and_shows_its_calendars(web: Web, ada: FlaskClient) -> None:
    answer = connected(ada)
    (row,) = live(web)
    assert (row.kind, row.name, row.principal, row.by_page) == ("google", "google", ADA, True)
    assert answer.headers["Location"] == f"{HOME}/{row.id}"
    page = ada.get(f"{HOME}/{row.id}", base_url=BASE_URL).text
    assert "Work" in page
    assert "Choir" in page


def test_what_is_stored_opens_only_with_the_key(web: Web, ada: FlaskClient, tmp_path: Path) -> None:
    connected(ada)
    (row,) = live(web)
    token = json.loads(web.runtime.sealer.unseal(row.secret_enc, row=row.id))["refresh_token"]
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("filled.db*"))
    assert token.encode() not in stored


def test_the_owner_connects_on_the_providers_behalf(web: Web) -> None:
    connected(web.signed_in("owner@example.com"))
    assert live(web)[0].provider_id == web.provider_id("ada")


@pytest.mark.parametrize("path", ["/provider/calendars", HOME])
def test_ops_may_not_connect(web: Web, path: str) -> None:
    assert web.signed_in("ops@example.com").get(path, base_url=BASE_URL).status_code == 403


def test_another_providers_calendars_look_as_if_there_were_none(ada: FlaskClient) -> None:
    assert ada.get("/provider/calendars/grace", base_url=BASE_URL).status_code == 404


def test_a_state_is_good_once(web: Web, ada: FlaskClient) -> None:
    location = answered(started(ada), ADA)
    assert back(ada, location).status_code == 303
    assert back(ada, location).status_code == 400
    assert len(live(web)) == 1


def test_a_state_is_good_for_ten_minutes(web: Web, ada: FlaskClient) -> None:
    location = answered(started(ada), ADA)
    web.clock.forward(minutes=10)
    assert back(ada, location).status_code == 400
    assert rows(web) == []


def test_a_state_is_good_in_the_session_it_began_in(web: Web, ada: FlaskClient) -> None:
    location = answered(started(ada), ADA)
    assert back(web.signed_in("ada@example.com"), location).status_code == 400
    assert rows(web) == []


@pytest.mark.parametrize("query", ["", "?code=x", "?state=made-up&code=x", "?error=access_denied"])
def test_a_way_back_without_its_state_connects_nothing(web: Web, ada: FlaskClient, query: str) -> None:
    answer = ada.get(f"/connect/google/callback{query}", base_url=BASE_URL)
    assert answer.status_code == 400
    assert "This way back from Google is over" in answer.text
    assert rows(web) == []


def test_another_codes_answer_is_refused_for_its_verifier(web: Web, ada: FlaskClient) -> None:
    stolen = asked_of(answered(started(ada), OTHER))["code"]
    mine = asked_of(started(ada))["state"]
    answer = ada.get(f"/connect/google/callback?state={mine}&code={stolen}", base_url=BASE_URL)
    assert answer.status_code == 400
    assert "invalid_grant" in answer.text
    assert rows(web) == []


@pytest.mark.parametrize("missing", [EVENTS, CALENDAR_LIST])
def test_a_box_left_unticked_is_explained_and_can_be_tried_again(
    web: Web, ada: FlaskClient, missing: str
) -> None:
    given = tuple(scope for scope in (EVENTS, CALENDAR_LIST) if scope != missing)
    answer = back(ada, answered(started(ada), ADA, granted=given))
    assert answer.status_code == 400
    assert "every box has to be ticked" in answer.text
    assert missing.rpartition("/")[2] in answer.text
    assert "Try again" in answer.text
    assert rows(web) == []


def test_saying_no_is_no_error_of_anybody(web: Web, ada: FlaskClient) -> None:
    answer = back(ada, answered(started(ada), ADA, answer="deny"))
    assert "You did not agree" in answer.text
    assert rows(web) == rows(web, attempt) == []


@pytest.mark.parametrize(
    "error, title",
    [
        ("admin_policy_enforced", "Your organisation does not allow this"),
        ("unauthorized_client", "Google does not know this installation"),
        ("server_error", "Google does not answer right now"),
        ("redirect_uri_mismatch", "is not registered"),
        ("something_new", "Google refused"),
        ("<script>", "Google refused"),
    ],
)
def test_what_google_says_against_it_is_told_with_the_mend(ada: FlaskClient, error: str, title: str) -> None:
    state = asked_of(started(ada))["state"]
    query = {"state": state, "error": error}
    answer = ada.get("/connect/google/callback", query_string=query, base_url=BASE_URL)
    assert answer.status_code == 400
    assert title in answer.text
    assert "<script>" not in answer.text


@pytest.mark.parametrize(
    "status, reason, title",
    [(500, "backendError", "Google does not answer"), (503, "backendError", "Google does not answer")],
)
def test_a_sign_in_that_fails_is_told(
    web: Web, ada: FlaskClient, google: GoogleServer, status: int, reason: str, title: str
) -> None:
    location = answered(started(ada), ADA)
    google.fail("oauth.token", status, reason)
    answer = back(ada, location)
    assert (answer.status_code, title in answer.text) == (400, True)
    assert rows(web) == []


def test_a_changed_client_secret_is_told(web: Web, ada: FlaskClient, google: GoogleServer) -> None:
    location = answered(started(ada), ADA)
    path = web.runtime.settings.google_client_secrets
    assert path is not None
    path.write_text(path.read_text().replace("GOCSPX", "changed"))
    web.runtime.__dict__.pop("google_client", None)
    assert "Google does not know this installation" in back(ada, location).text


def test_connecting_the_same_google_account_again_makes_no_second_one(web: Web, ada: FlaskClient) -> None:
    connected(ada)
    before = live(web)[0]
    connected(ada)
    (after,) = live(web)
    assert (after.id, after.secret_enc == before.secret_enc) == (before.id, False)


def test_reconnecting_keeps_the_mirror_and_is_well_again(
    web: Web, ada: FlaskClient, google: GoogleServer
) -> None:
    google.put(ADA, timed("2026-03-05T10:00:00", "2026-03-05T11:00:00"))
    connected(ada)
    drain_all(web.runtime)
    known = [row.id for row in rows(web, entry)]
    google.revoke(ADA)
    web.clock.forward(minutes=30)
    drain_all(web.runtime)
    assert live(web)[0].state == "needs_reauth"
    google.take_calls()
    connected(ada, account=live(web)[0].id)
    drain_all(web.runtime)
    assert live(web)[0].state == "ok"
    assert [row.id for row in rows(web, entry)] == known


def test_another_google_account_chosen_on_reconnecting_changes_nothing(web: Web, ada: FlaskClient) -> None:
    connected(ada)
    before = rows(web)
    answer = connected(ada, OTHER, account=before[0].id)
    assert answer.status_code == 400
    assert "That is another Google account" in answer.text
    assert f"{ADA} / {OTHER}" in answer.text
    assert rows(web) == before


def test_another_google_account_can_be_connected_beside_it(web: Web, ada: FlaskClient) -> None:
    connected(ada)
    connected(ada, OTHER)
    assert sorted((row.name, row.principal) for row in live(web)) == [("google", ADA), ("google-2", OTHER)]


def test_an_account_of_the_practice_file_without_access_is_connected_by_its_page(
    web: Web, ada: FlaskClient
) -> None:
    with web.runtime.database.write() as connection:
        connection.execute(
            account.insert().values(
                id="declared", practice_id=web.practice_id(ELM), provider_id=web.provider_id("ada"),
                name="ada-google", kind="google", created_at=web.clock(),
            )
        )  # fmt: skip
    connected(ada, account="declared")
    (row,) = live(web)
    assert (row.id, row.principal, row.by_page) == ("declared", ADA, False)


def chosen(web: Web, browser: FlaskClient, **roles: str) -> TestResponse:
    """Roles by the names of the calendars."""
    row = live(web)[0]
    ids = {item.name: item.id for item in rows(web, calendar)}
    fields = {f"role-{ids[name]}": role for name, role in roles.items()}
    page = f"{HOME}/{row.id}"
    return post_form(browser, f"{page}/calendars", page=page, title="generic", **fields)


def test_nothing_is_written_before_she_has_chosen_where(web: Web, ada: FlaskClient) -> None:
    connected(ada)
    assert {item.role for item in rows(web, calendar)} == {"busy"}


def test_calendars_are_given_what_they_are_for(web: Web, ada: FlaskClient) -> None:
    connected(ada)
    assert chosen(web, ada, Work="write", Choir="advisory").status_code == 303
    found = {item.name: (item.role, item.title, item.advisory) for item in rows(web, calendar)}
    assert found == {"Work": ("write", "generic", False), "Choir": ("busy", None, True)}
    drain_sync(web.runtime)
    assert {item.name: item.role for item in rows(web, calendar)} == {"Work": "write", "Choir": "busy"}


def test_two_calendars_to_write_to_are_refused(web: Web, ada: FlaskClient) -> None:
    connected(ada)
    answer = chosen(web, ada, Work="write", Choir="write")
    assert answer.status_code == 422
    assert "choose one" in answer.text
    assert {item.role for item in rows(web, calendar)} == {"busy"}


def test_choosing_where_to_write_takes_it_from_the_other_account(web: Web, ada: FlaskClient) -> None:
    connected(ada)
    chosen(web, ada, Work="write")
    connected(ada, OTHER)
    other = next(row for row in live(web) if row.principal == OTHER)
    private = next(item for item in rows(web, calendar) if item.name == "Private")
    page = f"{HOME}/{other.id}"
    post_form(ada, f"{page}/calendars", page=page, **{f"role-{private.id}": "write"})
    found = {item.name: item.role for item in rows(web, calendar)}
    assert found == {"Work": "busy", "Choir": "busy", "Private": "write"}


def disconnected(web: Web, browser: FlaskClient) -> None:
    page = f"{HOME}/{live(web)[0].id}/disconnect"
    assert post_form(browser, page, page=page).status_code == 303


def test_disconnecting_ends_the_access_at_google_and_keeps_the_events(
    web: Web, ada: FlaskClient, google: GoogleServer
) -> None:
    google.put(ADA, timed("2026-03-05T10:00:00", "2026-03-05T11:00:00"))
    connected(ada)
    drain_all(web.runtime)
    disconnected(web, ada)
    drain_all(web.runtime)
    assert not any(grant.alive for grant in google.oauth.refresh_tokens.values())
    assert len(google.events(ADA)) == 1
    (row,) = rows(web)
    assert (row.removed_at is None, row.secret_enc) == (False, None)
    assert rows(web, farewell) == rows(web, entry) == []


def test_an_account_of_a_service_account_says_who_gives_and_ends_its_access(
    web: Web, ada: FlaskClient
) -> None:
    connected(ada)
    (row,) = live(web)
    with web.runtime.database.write() as connection:
        source = {"service_account_file": "key.json", "subject": ADA}
        connection.execute(update(account).values(secret_source=source, by_page=False, connected_at=None))
    assert "Connect again" not in ada.get(f"{HOME}/{row.id}", base_url=BASE_URL).text
    told = ada.get(f"{HOME}/{row.id}/disconnect", base_url=BASE_URL).text
    assert "until the administrator of your Google Workspace ends it" in told
    assert "Google is told" not in told
    disconnected(web, ada)
    assert rows(web, farewell) == []


def test_disconnecting_stops_the_push_channels_while_there_is_access(
    web: Web, ada: FlaskClient, google: GoogleServer
) -> None:
    connected(ada)
    drain_all(web.runtime)
    assert {row.state for row in rows(web, channel)} == {"live"}
    count = len(google.channels.open)
    google.take_calls()
    disconnected(web, ada)
    drain_sync(web.runtime)
    calls = [call.method for call in google.take_calls()]
    assert calls == ["channels.stop"] * count + ["oauth.revoke"]
    assert rows(web, channel) == []
    assert rows(web)[0].secret_enc is None


def test_disconnecting_while_google_is_away_is_shown_and_tried_again(
    web: Web, ada: FlaskClient, google: GoogleServer
) -> None:
    connected(ada)
    drain_all(web.runtime)
    google.fail("oauth.revoke", 503, "backendError")
    disconnected(web, ada)
    drain_sync(web.runtime)
    assert "Google has not yet heard" in ada.get(HOME, base_url=BASE_URL).text
    assert live(web) == []
    web.clock.forward(minutes=2)
    drain_sync(web.runtime)
    assert "Google has not yet heard" not in ada.get(HOME, base_url=BASE_URL).text
    assert not any(grant.alive for grant in google.oauth.refresh_tokens.values())


def test_access_given_anew_before_google_heard_of_the_end_stays(
    web: Web, ada: FlaskClient, google: GoogleServer
) -> None:
    connected(ada)
    drain_all(web.runtime)
    google.fail("oauth.revoke", 503, "backendError")
    disconnected(web, ada)
    drain_sync(web.runtime)
    connected(ada)
    assert "Google has not yet heard" not in ada.get(HOME, base_url=BASE_URL).text
    web.clock.forward(minutes=2)
    drain_all(web.runtime)
    google.expire_access_tokens()
    web.clock.forward(hours=1)
    drain_all(web.runtime)
    assert [row.state for row in live(web)] == ["ok"]
    assert rows(web, farewell) == []


def test_access_that_another_provider_was_given_meanwhile_is_not_ended(
    web: Web, ada: FlaskClient, google: GoogleServer
) -> None:
    connected(ada)
    drain_all(web.runtime)
    disconnected(web, ada)
    with web.runtime.database.write() as connection:
        # As where the other connection was stored while this one was about to be ended.
        connection.execute(update(account).values(removed_at=None))
    google.take_calls()
    drain_sync(web.runtime)
    assert google.take_calls("oauth.revoke") == []
    assert rows(web, farewell) == []


def test_disconnecting_one_of_two_uses_of_a_google_account_leaves_the_other(
    web: Web, ada: FlaskClient, google: GoogleServer
) -> None:
    connected(ada)
    owner = web.signed_in("owner@example.com")
    page = "/provider/calendars/grace"
    location = post_form(owner, f"{page}/google", page=page).headers["Location"]
    back(owner, answered(location, ADA))
    disconnected(web, ada)
    drain_all(web.runtime)
    assert live(web)[0].state == "ok"
    assert rows(web, farewell) == []


def test_a_service_account_for_the_same_calendars_keeps_no_access_of_hers_alive(
    web: Web, ada: FlaskClient, google: GoogleServer
) -> None:
    connected(ada)
    owner = web.signed_in("owner@example.com")
    page = "/provider/calendars/grace"
    location = post_form(owner, f"{page}/google", page=page).headers["Location"]
    back(owner, answered(location, ADA))
    mine, other = sorted(live(web), key=lambda row: row.created_at)
    with web.runtime.database.write() as connection:
        source = {"service_account_file": "key.json", "subject": ADA}
        connection.execute(
            update(account)
            .where(account.c.id == other.id)
            .values(secret_source=source, by_page=False, connected_at=None)
        )
    disconnected(web, ada)
    assert [row.account_id for row in rows(web, farewell)] == [mine.id]


def test_connecting_again_what_was_disconnected_uses_the_same_row(
    web: Web, ada: FlaskClient, google: GoogleServer
) -> None:
    google.put(ADA, timed("2026-03-05T10:00:00", "2026-03-05T11:00:00"))
    connected(ada)
    drain_all(web.runtime)
    (before,) = rows(web)
    disconnected(web, ada)
    drain_all(web.runtime)
    connected(ada)
    drain_all(web.runtime)
    (after,) = rows(web)
    assert (after.id, after.removed_at, after.state) == (before.id, None, "ok")
    assert len(rows(web, entry)) == 1


def test_a_client_secret_that_was_changed_at_google_is_taken_from_the_file(
    web: Web, ada: FlaskClient, google: GoogleServer
) -> None:
    connected(ada)
    with web.runtime.database.write() as connection:
        row = connection.execute(select(account)).one()
        document = json.loads(web.runtime.sealer.unseal(row.secret_enc, row=row.id))
        document |= {"client_secret": "of before"}
        sealed = web.runtime.sealer.seal(json.dumps(document).encode(), row=row.id)
        connection.execute(account.update().values(secret_enc=sealed))
    drain_all(web.runtime)
    assert live(web)[0].state == "ok"


def test_only_the_page_with_the_button_may_lead_to_google(web: Web, ada: FlaskClient) -> None:
    origin = f"http://{urlsplit(asked_of(started(ada))['redirect_uri']).hostname}"
    policy = ada.get(HOME, base_url=BASE_URL).headers["Content-Security-Policy"]
    assert f"form-action 'self' {origin}:" in policy
    inbox = ada.get("/provider", base_url=BASE_URL).headers["Content-Security-Policy"]
    assert "form-action 'self';" in inbox


def test_without_client_secrets_it_is_said_who_mends_it(web: Web, ada: FlaskClient) -> None:
    web.runtime.__dict__["google_client"] = None
    assert "FREEHOLD_GOOGLE_CLIENT_SECRETS" in ada.get(HOME, base_url=BASE_URL).text
