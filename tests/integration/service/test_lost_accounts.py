"""That an account has to be connected again is told once, to those who can do something about it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from booking.store.tables import mail
from service.mailing.facts import facts_of
from service.mailing.letters import letter_of
from service.runtime import Runtime
from service.work import drain_all
from sync.store.tables import account, calendar
from tests.support.google_account import ADA
from tests.support.google_practice import google_practice
from tests.support.google_server import GoogleServer
from tests.support.runtimes import HandClock, runtime_on

NOON = datetime(2026, 11, 23, 17, tzinfo=UTC)
TOLD = {("provider", "ada@example.com"), ("ops", "owner@example.com"), ("ops", "ops@example.com")}


@pytest.fixture
def google() -> Iterator[GoogleServer]:
    with GoogleServer() as server:
        server.add_person(ADA, name="Work")
        yield server


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


@pytest.fixture
def runtime(tmp_path: Path, clock: HandClock, google: GoogleServer) -> Iterator[Runtime]:
    url = f"sqlite:///{tmp_path / 'freehold.db'}"
    with runtime_on(url, tmp_path, clock, GOOGLE_API_ENDPOINT=google.url) as built:
        google_practice(built, google, tmp_path)
        drain_all(built)
        yield built


def mails(runtime: Runtime) -> list[Any]:
    with runtime.database.read() as connection:
        return list(connection.execute(select(mail).order_by(mail.c.created_at, mail.c.recipient)))


def pass_hours(runtime: Runtime, clock: HandClock, hours: int) -> None:
    for _ in range(hours * 6):
        clock.advance(minutes=10)
        drain_all(runtime)


def test_access_that_ended_is_told_once_however_long_it_lasts(
    runtime: Runtime, clock: HandClock, google: GoogleServer
) -> None:
    google.revoke(ADA)
    pass_hours(runtime, clock, 3)
    assert {(row.audience, row.recipient) for row in mails(runtime)} == TOLD
    assert len(mails(runtime)) == len(TOLD)


def test_nothing_is_asked_of_google_once_access_has_ended(
    runtime: Runtime, clock: HandClock, google: GoogleServer
) -> None:
    google.revoke(ADA)
    pass_hours(runtime, clock, 1)
    google.take_calls()
    pass_hours(runtime, clock, 1)
    assert google.take_calls() == []


def test_a_look_before_a_request_asks_nobody_either(
    runtime: Runtime, clock: HandClock, google: GoogleServer
) -> None:
    google.revoke(ADA)
    pass_hours(runtime, clock, 1)
    google.take_calls()
    with runtime.database.read() as connection:
        provider_id = connection.execute(select(account.c.provider_id)).scalar_one()
    assert runtime.live.look(provider_id) is False
    assert google.take_calls() == []


def test_all_clear_is_given_once_it_is_read_again(
    runtime: Runtime, clock: HandClock, google: GoogleServer, tmp_path: Path
) -> None:
    google.revoke(ADA)
    pass_hours(runtime, clock, 1)
    google_practice(runtime, google, tmp_path)
    pass_hours(runtime, clock, 1)
    kinds = [row.kind for row in mails(runtime)]
    assert kinds == ["account_lost"] * 3 + ["account_well"] * 3


def test_the_provider_is_led_to_her_calendars_and_told_when_times_close(
    runtime: Runtime, clock: HandClock, google: GoogleServer
) -> None:
    google.revoke(ADA)
    pass_hours(runtime, clock, 1)
    row = next(row for row in mails(runtime) if row.audience == "provider")
    with runtime.database.read() as connection:
        facts = facts_of(connection, row, base_url=runtime.settings.base_url, tokens=runtime.tokens)
    letter = letter_of(row.kind, facts)
    assert letter.link == ("Connect it again", "http://localhost:8000/provider/calendars")
    assert any("no times are offered from Monday 23 November" in text for text in letter.paragraphs)


@pytest.mark.parametrize("days, hinted", [(7, True), (30, False)])
def test_watchers_are_told_of_the_seven_days_that_testing_lasts(
    runtime: Runtime, clock: HandClock, google: GoogleServer, days: int, hinted: bool
) -> None:
    with runtime.database.write() as connection:
        connection.execute(update(account).values(connected_at=NOON - timedelta(days=days)))
    google.revoke(ADA)
    pass_hours(runtime, clock, 1)
    told = {row.audience: row.facts.get("hint", "") for row in mails(runtime)}
    assert ("Testing" in told["ops"]) is hinted
    assert "Testing" not in told["provider"]


def test_a_refused_password_is_told_only_when_it_was_refused_again(
    runtime: Runtime, clock: HandClock
) -> None:
    refused = {"state": "needs_reauth", "not_before": NOON + timedelta(days=1), "text": "refused"}
    for failures, told in ((1, 0), (2, 3)):
        with runtime.database.write() as connection:
            connection.execute(update(account).values(failures=failures, **refused))
            connection.execute(update(calendar).values(due_at=NOON + timedelta(days=1)))
        drain_all(runtime)
        assert len(mails(runtime)) == told
