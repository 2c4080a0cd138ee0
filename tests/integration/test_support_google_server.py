"""The Google of our own does what the discovery document and Google's guides say, so that it can be a judge."""

import base64
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.support.google_account import ADA, timed, weekly
from tests.support.google_server import GoogleServer
from tests.support.scripted_http import ScriptedServer

CALLBACK = "https://booking.example.com/oauth/google"
ALL_DAY = {"start": {"date": "2026-03-03"}, "end": {"date": "2026-03-04"}}
MOVED = timed("2026-03-11T15:00:00", "2026-03-11T16:00:00")


class Client:
    """Ada, by hand."""

    def __init__(self, server: GoogleServer) -> None:
        self.server = server
        server.add_person(ADA, name="Work")
        self.token = requests.post(
            f"{server.url}/token", data=refresh(server.authorized_user(ADA)), timeout=10
        ).json()

    def ask(
        self, verb: str, path: str, body: Any = None, headers: dict[str, str] | None = None, **query: Any
    ) -> requests.Response:
        return requests.request(
            verb,
            f"{self.server.url}/calendar/v3/{path}",
            params=query,
            json=body,
            headers={"Authorization": f"Bearer {self.token['access_token']}", **(headers or {})},
            timeout=10,
        )

    def events(self, **query: Any) -> dict[str, Any]:
        answer = self.ask("GET", "calendars/primary/events", **query)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def insert(self, **body: Any) -> requests.Response:
        return self.ask("POST", "calendars/primary/events", {**ALL_DAY, **body})


def refresh(stated: dict[str, str]) -> dict[str, str]:
    names = ("client_id", "client_secret", "refresh_token")
    return {"grant_type": "refresh_token", **{name: stated[name] for name in names}}


def refusal(answer: requests.Response) -> tuple[int, str]:
    detail = answer.json()["error"]["errors"][0]
    return answer.status_code, detail["reason"]


@pytest.fixture
def server() -> Iterator[GoogleServer]:
    with GoogleServer() as server:
        yield server


@pytest.fixture
def ada(server: GoogleServer) -> Client:
    return Client(server)


@pytest.mark.parametrize(
    "query",
    [
        {"foo": "1"},
        {"maxResults": "many"},
        {"orderBy": "size"},
        {"timeMin": "2026-03-03"},
        {"quotaUser": "x" * 41},
    ],
)
def test_parameters_the_document_does_not_know_are_refused(ada: Client, query: dict[str, str]) -> None:
    answer = ada.ask("GET", "calendars/primary/events", **query)
    assert refusal(answer) == (400, "invalidParameter")


@pytest.mark.parametrize(
    "body", [{"sumary": "x"}, {"start": {"day": "2026-03-03"}}, {"summary": 1}, {"recurrence": "x"}]
)
def test_fields_the_document_does_not_know_are_refused(ada: Client, body: dict[str, Any]) -> None:
    assert refusal(ada.insert(**body)) == (400, "invalid")


@pytest.mark.parametrize("event_id", ["abc", "UPPER1", "wxyz12", "with-dash"])
def test_an_id_that_is_no_base32hex_is_refused(ada: Client, event_id: str) -> None:
    assert refusal(ada.insert(id=event_id)) == (400, "invalid")


def test_no_two_servers_give_the_same_token_for_a_port_may_be_had_again() -> None:
    tokens = []
    for _ in range(2):
        with GoogleServer() as server:
            server.add_person(ADA, name="Work")
            tokens.append(server.authorized_user(ADA)["refresh_token"])
    assert tokens[0] != tokens[1]


def test_an_id_is_taken_for_ever(ada: Client) -> None:
    assert ada.insert(id="abcde").status_code == 200
    assert refusal(ada.insert(id="abcde")) == (409, "duplicate")
    assert ada.ask("DELETE", "calendars/primary/events/abcde").status_code == 204
    assert refusal(ada.insert(id="abcde")) == (409, "duplicate")
    assert refusal(ada.ask("DELETE", "calendars/primary/events/abcde")) == (410, "deleted")


def test_an_id_and_a_uid_exclude_each_other(ada: Client) -> None:
    assert refusal(ada.insert(id="abcde", iCalUID="x@example.com")) == (400, "invalid")


def test_a_write_on_a_condition_that_does_not_hold_is_refused(ada: Client) -> None:
    made = ada.insert(id="abcde").json()
    first = ada.ask("PATCH", "calendars/primary/events/abcde", {"summary": "a"}, {"If-Match": made["etag"]})
    assert first.status_code == 200
    second = ada.ask("PATCH", "calendars/primary/events/abcde", {"summary": "b"}, {"If-Match": made["etag"]})
    assert refusal(second) == (412, "conditionNotMet")
    unchanged = {"If-None-Match": first.json()["etag"]}
    assert ada.ask("GET", "calendars/primary/events/abcde", headers=unchanged).status_code == 304


def test_a_patch_merges_objects_replaces_lists_and_takes_out_nulls(ada: Client, server: GoogleServer) -> None:
    ada.insert(id="abcde", location="here", extendedProperties={"private": {"a": "1"}})
    patch = {"extendedProperties": {"private": {"b": "2"}}, "location": None}
    after = ada.ask("PATCH", "calendars/primary/events/abcde", patch).json()
    assert after["extendedProperties"] == {"private": {"a": "1", "b": "2"}}
    assert "location" not in after


def test_an_update_leaves_nothing_of_what_it_does_not_name(ada: Client) -> None:
    ada.insert(id="abcde", location="here")
    after = ada.ask("PUT", "calendars/primary/events/abcde", {**ALL_DAY, "summary": "x"}).json()
    assert (after["summary"], "location" in after) == ("x", False)


def test_a_change_of_reminders_leaves_the_time_of_the_last_change(ada: Client, server: GoogleServer) -> None:
    before = ada.insert(id="abcde").json()
    server.advance(60)
    after = ada.ask("PATCH", "calendars/primary/events/abcde", {"reminders": {"useDefault": False}}).json()
    assert after["updated"] == before["updated"]
    assert after["etag"] != before["etag"]


def test_pages_may_be_empty_and_only_the_last_has_the_sync_token(ada: Client, server: GoogleServer) -> None:
    for number in range(3):
        ada.insert(id=f"event{number}")
    server.set_page_sizes([0, 2])
    first = ada.events()
    assert (first["items"], "nextSyncToken" in first) == ([], False)
    second = ada.events(pageToken=first["nextPageToken"])
    third = ada.events(pageToken=second["nextPageToken"])
    fourth = ada.events(pageToken=third["nextPageToken"])
    assert [len(page["items"]) for page in (second, third, fourth)] == [2, 0, 1]
    assert "nextSyncToken" in fourth


def test_a_token_gives_what_changed_since_and_tombstones(ada: Client) -> None:
    ada.insert(id="event1")
    token = ada.events()["nextSyncToken"]
    ada.insert(id="event2")
    ada.ask("DELETE", "calendars/primary/events/event1")
    items = ada.events(syncToken=token)["items"]
    assert [item["id"] for item in items] == ["event2", "event1"]
    assert items[1].keys() == {"kind", "etag", "id", "status"}


@pytest.mark.parametrize(
    "query",
    [
        {"q": "x"},
        {"timeMin": "2026-03-03T00:00:00Z"},
        {"iCalUID": "x"},
        {"orderBy": "updated"},
        {"showDeleted": "false"},
    ],
)
def test_a_token_goes_with_few_other_parameters(ada: Client, query: dict[str, str]) -> None:
    token = ada.events()["nextSyncToken"]
    assert ada.ask("GET", "calendars/primary/events", syncToken=token, **query).status_code == 400


def test_a_token_is_bound_to_the_parameters_it_was_got_with(ada: Client) -> None:
    token = ada.events()["nextSyncToken"]
    assert refusal(ada.ask("GET", "calendars/primary/events", syncToken=token, singleEvents="true")) == (
        400,
        "invalid",
    )


def test_a_token_that_is_forgotten_asks_for_a_full_sync(ada: Client, server: GoogleServer) -> None:
    token = ada.events()["nextSyncToken"]
    server.forget_tokens(ADA)
    assert refusal(ada.ask("GET", "calendars/primary/events", syncToken=token)) == (410, "fullSyncRequired")


def test_cancelled_instances_of_a_living_series_are_always_listed(ada: Client, server: GoogleServer) -> None:
    href = server.put(ADA, weekly())["id"]
    server.cancel(ADA, f"{href}_20260310T140000Z")
    cancelled = [item for item in ada.events()["items"] if item["status"] == "cancelled"]
    assert [item.keys() - {"kind", "etag"} for item in cancelled] == [
        {"id", "status", "recurringEventId", "originalStartTime"}
    ]


def test_instances_and_single_events_are_worked_out(ada: Client, server: GoogleServer) -> None:
    href = server.put(ADA, weekly("RRULE:FREQ=WEEKLY;COUNT=3"))["id"]
    server.change(ADA, f"{href}_20260310T140000Z", MOVED)
    server.cancel(ADA, f"{href}_20260317T140000Z")
    starts = [
        item["start"]["dateTime"] for item in ada.events(singleEvents="true", orderBy="startTime")["items"]
    ]
    assert starts == ["2026-03-03T10:00:00-05:00", "2026-03-11T15:00:00-04:00"]
    path = f"calendars/primary/events/{href}/instances"
    (found,) = ada.ask("GET", path, originalStart="2026-03-10T10:00:00-04:00").json()["items"]
    assert found["start"]["dateTime"] == "2026-03-11T15:00:00-04:00"


def test_a_move_keeps_the_id_and_leaves_a_tombstone(ada: Client, server: GoogleServer) -> None:
    other = server.add_calendar(ADA, "Other")
    ada.insert(id="abcde", summary="x")
    moved = ada.ask("POST", "calendars/primary/events/abcde/move", destination=other).json()
    assert (moved["id"], moved["summary"]) == ("abcde", "x")
    assert ada.ask("GET", "calendars/primary/events/abcde").json()["status"] == "cancelled"


def test_the_guest_whose_copy_it_is_is_marked_whoever_reads_it(ada: Client, server: GoogleServer) -> None:
    server.share(server.add_person("bo@example.com"), ADA, "reader")
    server.put("bo@example.com", {**MOVED, "attendees": [{"email": ADA}, {"email": "bo@example.com"}]})
    (shown,) = ada.ask("GET", "calendars/bo@example.com/events").json()["items"]
    assert [guest.get("self", False) for guest in shown["attendees"]] == [False, True]


def test_a_role_shows_and_allows_what_it_says(ada: Client, server: GoogleServer) -> None:
    busy = server.add_calendar(ADA, "Busy", role="freeBusyReader")
    server.put(busy, {**MOVED, "description": "Secret"})
    answer = ada.ask("GET", f"calendars/{busy}/events")
    assert "Secret" not in answer.text
    assert (answer.json()["accessRole"], answer.json()["items"][0]["visibility"]) == (
        "freeBusyReader",
        "private",
    )
    assert refusal(ada.ask("POST", f"calendars/{busy}/events", ALL_DAY)) == (403, "requiredAccessLevel")


def test_free_and_busy_times_are_merged(ada: Client, server: GoogleServer) -> None:
    scope = ("https://www.googleapis.com/auth/calendar.freebusy",)
    ada.token = requests.post(
        f"{server.url}/token", data=refresh(server.authorized_user(ADA, scope)), timeout=10
    ).json()
    server.put(ADA, timed("2026-03-03T10:00:00", "2026-03-03T11:00:00"))
    server.put(ADA, timed("2026-03-03T11:00:00", "2026-03-03T12:00:00"))
    server.put(ADA, timed("2026-03-03T13:00:00", "2026-03-03T14:00:00", transparency="transparent"))
    body = {
        "timeMin": "2026-03-03T00:00:00-05:00",
        "timeMax": "2026-03-04T00:00:00-05:00",
        "items": [{"id": ADA}],
    }
    busy = ada.ask("POST", "freeBusy", body).json()["calendars"][ADA]["busy"]
    assert busy == [{"start": "2026-03-03T10:00:00-05:00", "end": "2026-03-03T12:00:00-05:00"}]
    assert refusal(ada.ask("GET", "calendars/primary/events")) == (403, "insufficientPermissions")


def test_guests_are_written_to_only_where_that_is_asked_for(ada: Client, server: GoogleServer) -> None:
    guests = [{"email": "bo@example.com"}]
    body = {**ALL_DAY, "attendees": guests}
    ada.ask("POST", "calendars/primary/events", body, sendUpdates="none")
    assert server.api.mails == []
    ada.ask("POST", "calendars/primary/events", body, sendUpdates="all")
    assert [address for address, _ in server.api.mails] == ["bo@example.com"]


def test_a_channel_posts_a_sync_message_and_one_for_each_change(ada: Client, server: GoogleServer) -> None:
    with ScriptedServer() as hook:
        asked = {"id": "channel-1", "type": "web_hook", "address": hook.url + "hooks", "token": "secret"}
        made = ada.ask("POST", "calendars/primary/events/watch", asked).json()
        ada.insert(id="abcde")
        server.channels.settle()
        stated = [request.headers for request in hook.requests]
        assert [headers["x-goog-resource-state"] for headers in stated] == ["sync", "exists"]
        assert [headers["x-goog-message-number"] for headers in stated] == ["1", "2"]
        assert {headers["x-goog-channel-token"] for headers in stated} == {"secret"}
        assert [request.body for request in hook.requests] == [b"", b""]
        stop = {"id": "channel-1", "resourceId": made["resourceId"]}
        assert ada.ask("POST", "channels/stop", stop).status_code == 204
        ada.insert(id="fghij")
        server.channels.settle()
        assert len(hook.requests) == 2


def test_a_channel_ends_and_its_messages_can_be_lost(ada: Client, server: GoogleServer) -> None:
    with ScriptedServer() as hook:
        asked = {"id": "channel-1", "type": "web_hook", "address": hook.url, "params": {"ttl": "60"}}
        ada.ask("POST", "calendars/primary/events/watch", asked)
        server.push_copies(0)
        ada.insert(id="abcde")
        server.push_copies(2)
        ada.insert(id="fghij")
        server.advance(61)
        ada.insert(id="klmno")
        server.channels.settle()
        assert [request.headers["x-goog-message-number"] for request in hook.requests] == ["1", "3", "3"]


def test_messages_come_late_and_the_last_first_even_after_the_end(ada: Client, server: GoogleServer) -> None:
    with ScriptedServer() as hook:
        asked = {"id": "channel-1", "type": "web_hook", "address": hook.url}
        made = ada.ask("POST", "calendars/primary/events/watch", asked).json()
        server.channels.late = True
        ada.insert(id="abcde")
        ada.insert(id="fghij")
        ada.ask("POST", "channels/stop", {"id": "channel-1", "resourceId": made["resourceId"]})
        server.channels.release()
        server.channels.settle()
        assert [request.headers["x-goog-message-number"] for request in hook.requests] == ["1", "3", "2"]


def test_a_channel_ends_when_the_server_says_whatever_was_asked_for(
    ada: Client, server: GoogleServer
) -> None:
    server.channels.longest = timedelta(hours=1)
    far = str(int((server.now() + timedelta(days=7)).timestamp() * 1000))
    asked = {"id": "channel-1", "type": "web_hook", "address": "https://example.com/", "expiration": far}
    made = ada.ask("POST", "calendars/primary/events/watch", asked).json()
    assert int(made["expiration"]) < int(far)


def test_some_addresses_and_some_calendars_have_no_channels(ada: Client, server: GoogleServer) -> None:
    path, asked = (
        "calendars/primary/events/watch",
        {"id": "c", "type": "web_hook", "address": "https://example.com/"},
    )
    server.channels.verified = {"booking.example.com"}
    assert refusal(ada.ask("POST", path, asked)) == (401, "push.webhookUrlUnauthorized")
    server.channels.verified, server.channels.without = None, {"ada@example.com"}
    assert refusal(ada.ask("POST", path, asked)) == (400, "pushNotSupportedForRequestedResource")


def test_a_channel_wants_a_new_id_and_an_address_that_is_safe(ada: Client) -> None:
    path, asked = (
        "calendars/primary/events/watch",
        {"id": "c", "type": "web_hook", "address": "http://example.com/"},
    )
    assert ada.ask("POST", path, asked).status_code == 400
    assert ada.ask("POST", path, asked | {"address": "http://127.0.0.1:1/"}).status_code == 200
    assert refusal(ada.ask("POST", path, asked | {"address": "http://127.0.0.1:1/"})) == (
        400,
        "channelIdNotUnique",
    )


def test_consent_gives_a_code_that_is_good_once_with_its_verifier(server: GoogleServer) -> None:
    server.add_person(ADA)
    client = server.client_secrets(CALLBACK)["web"]
    verifier = "v" * 43
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "client_id": client["client_id"],
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "https://www.googleapis.com/auth/calendar.events https://www.googleapis.com/auth/calendar.readonly",
        "state": "st",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "access_type": "offline",
        "prompt": "consent",
    }
    page = requests.get(client["auth_uri"], params=query, timeout=10)
    assert page.status_code == 200
    assert ADA in page.text
    granted = query["scope"].split()[0]
    form = {**query, "email": ADA, "granted": [granted], "answer": "allow"}
    answer = requests.post(client["auth_uri"], data=form, timeout=10, allow_redirects=False)
    back = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert (back["state"], back["scope"]) == (["st"], [granted])
    redeem = {
        "grant_type": "authorization_code",
        "client_id": client["client_id"],
        "client_secret": client["client_secret"],
        "code": back["code"][0],
        "redirect_uri": CALLBACK,
        "code_verifier": verifier,
    }
    tokens = requests.post(client["token_uri"], data=redeem, timeout=10).json()
    assert tokens.keys() == {"access_token", "expires_in", "scope", "token_type", "refresh_token"}
    again = requests.post(client["token_uri"], data=redeem, timeout=10)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_an_address_that_was_not_registered_gets_no_code(server: GoogleServer) -> None:
    server.add_person(ADA)
    client = server.client_secrets(CALLBACK)["web"]
    query = {
        "client_id": client["client_id"],
        "redirect_uri": CALLBACK + "/x",
        "response_type": "code",
        "scope": "x",
    }
    assert (
        requests.get(client["auth_uri"], params=query, timeout=10).json()["error"] == "redirect_uri_mismatch"
    )


def test_a_person_s_access_ends_as_a_whole(server: GoogleServer) -> None:
    first, second = server.authorized_user(ADA), server.authorized_user(ADA)
    others = server.authorized_user("bo@example.com")
    requests.post(f"{server.url}/revoke", data={"token": first["refresh_token"]}, timeout=10)
    given = [
        requests.post(f"{server.url}/token", data=refresh(each), timeout=10).status_code
        for each in (first, second, others)
    ]
    assert given == [400, 400, 200]


def test_tokens_expire_and_are_revoked(ada: Client, server: GoogleServer) -> None:
    server.advance(3601)
    assert refusal(ada.ask("GET", "calendars/primary/events")) == (401, "authError")
    stated = server.authorized_user(ADA)
    fresh = requests.post(f"{server.url}/token", data=refresh(stated), timeout=10).json()
    requests.post(f"{server.url}/revoke", data={"token": fresh["access_token"]}, timeout=10)
    answer = requests.post(f"{server.url}/token", data=refresh(stated), timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_a_fault_strikes_before_or_after_the_effect(ada: Client, server: GoogleServer) -> None:
    server.fail("events.insert", 503, "backendError")
    assert ada.insert(id="abcde").status_code == 503
    assert server.events(ADA) == []
    server.cut("events.insert", after_effect=True)
    with pytest.raises(requests.ConnectionError):
        ada.insert(id="abcde")
    assert [body["id"] for body in server.events(ADA)] == ["abcde"]


def test_partial_answers_hold_what_was_asked_for(ada: Client) -> None:
    ada.insert(id="abcde", summary="x")
    assert ada.events(fields="items(id,start/date)")["items"] == [
        {"id": "abcde", "start": {"date": "2026-03-03"}}
    ]
    assert ada.ask("GET", "calendars/primary/events", fields="items(").status_code == 400


def test_it_runs_as_a_process_of_its_own_and_is_led_over_http() -> None:
    command = [sys.executable, "-m", "tests.support.google_server", "--redirect", CALLBACK]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        try:
            assert process.stdout is not None
            told = json.loads(process.stdout.readline())
            control = f"{told['url']}/_control"
            made = requests.post(
                control, json={"do": "put", "with": {"calendar_id": ADA, "body": ALL_DAY}}, timeout=10
            )
            listed = requests.post(control, json={"do": "events", "with": {"calendar_id": ADA}}, timeout=10)
            assert [made.json()["result"]] == listed.json()["result"]
            assert requests.post(control, json={"do": "stop"}, timeout=10).status_code == 400
        finally:
            process.terminate()
    assert process.returncode == 0
