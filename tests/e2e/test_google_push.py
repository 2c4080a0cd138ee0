"""A provider at Google: what she does in her calendar is known at once, because Google says so."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.support.caldav_server import Calendar
from tests.support.google_account import ADA, ZONE, timed
from tests.support.google_server import GoogleServer
from tests.support.running_service import RunningService, practice_text, running_service, wait_for

POLL = "30m"


@pytest.fixture
def google() -> Iterator[GoogleServer]:
    with GoogleServer() as server:
        server.add_person(ADA, zone=ZONE, name="Work")
        yield server


@pytest.fixture
def service(tmp_path: Path, sqlite_url: str, google: GoogleServer) -> Iterator[RunningService]:
    """Read by the clock twice an hour, so that what is seen earlier was told by a message."""
    file = tmp_path / "authorized_user.json"
    file.write_text(json.dumps(google.authorized_user(ADA)))
    environ = {"FREEHOLD_GOOGLE_API_ENDPOINT": google.url}
    with running_service(tmp_path, database_url=sqlite_url, environ=environ) as running:
        running.apply(google_practice(file))
        running.cli("sync", "--all")
        yield running


def google_practice(file: Path) -> str:
    rules = f'poll_interval = "{POLL}"\nrequest_only_after = "60m"\nclosed_after = "120m"'
    text = practice_text(Calendar("http://unused/x/y/", "Work", "ada", ""), rules=rules)
    account = f'kind = "google"\n  authorized_user_file = "{file}"\n'
    return re.sub(r'kind = "caldav"\n.*?password_env = "\w+"\n', account, text, flags=re.DOTALL)


def the_day() -> datetime:
    now = datetime.now(ZoneInfo(ZONE))
    return (now + timedelta(days=3)).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)


def offered(service: RunningService, at: datetime) -> bool:
    found = service.slots(start=f"{at:%Y-%m-%d}", end=f"{at + timedelta(days=1):%Y-%m-%d}")
    return any(start.startswith(f"{at:%Y-%m-%dT%H:%M}") for start in found)


def standing(google: GoogleServer) -> list[dict[str, Any]]:
    return [event for event in google.events(ADA) if event["status"] != "cancelled"]


def told(google: GoogleServer) -> list[int | None]:
    return [status for _, state, status in google.channels.answers if state == "exists"]


def test_what_happens_at_google_is_known_by_its_messages(
    service: RunningService, google: GoogleServer
) -> None:
    """One start of the program for both, which costs more than what is done with it."""
    a_change_is_known(service, google, the_day().replace(hour=10))
    a_request_is_written_and_her_deletion_declines_it_at_once(service, google, the_day().replace(hour=13))
    assert set(told(google)) == {204}


def a_change_is_known(service: RunningService, google: GoogleServer, ten: datetime) -> None:
    assert offered(service, ten)
    (account,) = json.loads(service.cli("accounts", "--json").stdout)["items"]
    assert [item["push"] for item in account["calendars"]] == ["on"]
    event = google.put(ADA, timed(ten.isoformat(), (ten + timedelta(hours=1)).isoformat()))
    wait_for(lambda: not offered(service, ten), "the time to be taken")
    google.cancel(ADA, event["id"])
    wait_for(lambda: offered(service, ten), "the time to be free again")


def a_request_is_written_and_her_deletion_declines_it_at_once(
    service: RunningService, google: GoogleServer, one: datetime
) -> None:
    start = f"{one.replace(tzinfo=ZoneInfo(ZONE)).isoformat()}"
    asked = service.ask(start)
    assert asked.status == 201, asked.body
    wait_for(lambda: len(standing(google)) == 1, "the request to be written")
    assert not offered(service, one)
    (written,) = standing(google)
    google.cancel(ADA, written["id"])
    request = asked.json["id"]
    wait_for(
        lambda: service.call("GET", f"/requests/{request}").json["status"] == "declined",
        "the request to be declined",
    )
    assert offered(service, one)
