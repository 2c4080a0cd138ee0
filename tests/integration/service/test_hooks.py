"""``POST /hooks/google`` tells a guesser nothing, takes nothing but a hint, and answers at once whatever it is."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select
from werkzeug.test import TestResponse

from booking.web.frame import EXTENSION
from service.http.frame import ProgramFrame
from sync.store.accounts import remove_account
from sync.store.leases import give_back, take
from sync.store.tables import account, calendar, channel
from tests.support.google_account import timed
from tests.support.google_server import GoogleServer
from tests.support.push_world import PATH, TOKEN, PushWorld

FORGED = int(os.environ.get("FORGED_MESSAGES", "1000"))
"""How many are really sent; ten thousand take a minute."""


@pytest.fixture
def google() -> Iterator[GoogleServer]:
    with GoogleServer() as server:
        yield server


@pytest.fixture
def world(sqlite_url: str, google: GoogleServer, tmp_path: Path) -> Iterator[PushWorld]:
    """Read by the clock, with nothing due for a day."""
    with PushWorld(sqlite_url, google, tmp_path / "data") as made:
        made.push_to(None)
        made.drain()
        made.take_calls()
        made.pass_time(seconds=10)
        made.put_off()
        yield made


def post(world: PushWorld, headers: Mapping[str, str], **given: Any) -> TestResponse:
    client = world.app.test_client(use_cookies=False)
    return client.post(PATH, headers=dict(headers), base_url=world.address.removesuffix(PATH), **given)


def marked(world: PushWorld) -> bool:
    row = world.calendar_row()
    return row.dirty_at is not None or row.due_at <= world.now


def stored(world: PushWorld) -> list[Any]:
    with world.database.read() as connection:
        tables = (account, calendar, channel)
        return [row for table in tables for row in connection.execute(select(table)).all()]


def test_a_good_message_has_the_calendar_read(world: PushWorld) -> None:
    headers = world.plant_channel()
    answer = post(world, headers)
    assert (answer.status_code, answer.data) == (204, b"")
    assert marked(world)
    assert world.due()


@pytest.mark.parametrize(
    "change",
    [
        {"X-Goog-Channel-ID": "another"},
        {"X-Goog-Channel-Token": "A-token-that-the-tests-know"},
        {"X-Goog-Channel-Token": ""},
        {"X-Goog-Channel-Token": "\xff" * 40},
        {"X-Goog-Resource-ID": "home"},
        {"X-Goog-Resource-State": "sync"},
        {"X-Goog-Message-Number": "0"},
        {"X-Goog-Message-Number": "-3"},
        {"X-Goog-Message-Number": "9" * 40},
        {"X-Goog-Message-Number": "two"},
        {"X-Goog-Channel-ID": "x" * 5_000},
    ],
)
def test_anything_else_is_answered_alike_and_changes_nothing(
    world: PushWorld, change: dict[str, str]
) -> None:
    headers = world.plant_channel()
    before = stored(world)
    answer = post(world, headers | change)
    assert (answer.status_code, answer.data) == (204, b"")
    assert stored(world) == before


@pytest.mark.parametrize("name", ["Channel-ID", "Channel-Token", "Resource-ID", "Resource-State"])
def test_a_message_that_leaves_something_out_changes_nothing(world: PushWorld, name: str) -> None:
    headers = world.plant_channel()
    del headers[f"X-Goog-{name}"]
    assert post(world, headers).status_code == 204
    assert not marked(world)


@pytest.mark.parametrize(
    "channel_values",
    [{"state": "retiring"}, {"state": "opening", "resource_id": None}, {"last_number": 2}, {"expires_at": 0}],
)
def test_a_channel_that_is_not_live_and_a_copy_change_nothing(
    world: PushWorld, channel_values: dict[str, Any]
) -> None:
    if "expires_at" in channel_values:
        channel_values = {"expires_at": world.now}
    headers = world.plant_channel(**channel_values)
    assert post(world, headers).status_code == 204
    assert not marked(world)


def test_a_message_about_a_removed_account_changes_nothing(world: PushWorld) -> None:
    headers = world.plant_channel()
    with world.database.write() as connection:
        remove_account(connection, "account", now=world.now)
        connection.execute(channel.update().values(state="live"))
    assert post(world, headers).status_code == 204
    assert not marked(world)


def test_forged_messages_mark_nothing_and_make_no_job(world: PushWorld) -> None:
    good = world.plant_channel()
    before = stored(world)
    written: list[str] = []
    event.listen(
        world.runtime.database.engine,
        "before_cursor_execute",
        lambda _c, _k, statement, *_rest: written.append(statement),
    )
    client = world.app.test_client(use_cookies=False)
    base = world.address.removesuffix(PATH)
    statuses = set()
    for number in range(FORGED):
        forged = {"X-Goog-Channel-Token": f"guess-{number}"}
        forged |= {} if number % 2 else {"X-Goog-Channel-ID": f"channel-{number}"}
        statuses.add(client.post(PATH, headers=good | forged, base_url=base).status_code)
    assert statuses == {204}
    assert stored(world) == before
    assert not world.due()
    assert len({statement for statement in written if statement.startswith("SELECT")}) == 1
    assert not any(statement.startswith(("UPDATE", "INSERT", "DELETE")) for statement in written)


def test_a_message_for_a_channel_nobody_knows_costs_what_a_wrong_token_costs(world: PushWorld) -> None:
    good = world.plant_channel()
    asked: list[str] = []
    event.listen(
        world.runtime.database.engine,
        "before_cursor_execute",
        lambda _c, _k, statement, *_rest: asked.append(statement),
    )
    # A connection's first transaction sets it up.
    post(world, good | {"X-Goog-Channel-ID": "first"})
    asked.clear()
    post(world, good | {"X-Goog-Channel-ID": "nobody"})
    unknown = list(asked)
    asked.clear()
    post(world, good | {"X-Goog-Channel-Token": "wrong"})
    assert asked == unknown


def test_a_thousand_copies_mark_once(world: PushWorld) -> None:
    headers = world.plant_channel()
    post(world, headers)
    first = world.calendar_row().dirty_at
    world.pass_time(seconds=1)
    for _ in range(1_000):
        assert post(world, headers).status_code == 204
    assert world.calendar_row().dirty_at == first
    world.drain()
    assert world.take_calls().count("events.list") == 1


def test_a_storm_of_different_messages_writes_once_until_it_is_read(world: PushWorld) -> None:
    headers = world.plant_channel()
    for number in range(2, 202):
        post(world, headers | {"X-Goog-Message-Number": str(number)})
    with world.database.read() as connection:
        assert connection.execute(select(channel.c.last_number)).scalar_one() == 2
    assert marked(world)


def test_while_a_worker_is_at_it_every_message_counts(world: PushWorld) -> None:
    """It may have read past the change that a message is about."""
    headers = world.plant_channel()
    post(world, headers)
    first = world.calendar_row().dirty_at
    with world.database.write() as connection:
        lease = take(connection, "account", owner="worker", length=world.now - world.now.replace(hour=0))
    assert lease is not None
    world.pass_time(seconds=1)
    post(world, headers | {"X-Goog-Message-Number": "3"})
    assert world.calendar_row().dirty_at > first
    with world.database.write() as connection:
        give_back(connection, lease)


def test_beyond_ten_a_second_a_channel_is_no_longer_listened_to(world: PushWorld) -> None:
    headers = world.plant_channel()
    program: ProgramFrame = world.app.extensions[EXTENSION]
    spent = [program.limiter.spend("messages", headers["X-Goog-Channel-ID"]) for _ in range(600)]
    assert spent[0] is None
    assert spent[-1] is not None
    assert post(world, headers).status_code == 204
    assert not marked(world)


def test_neither_form_nor_cookie_nor_body_count(world: PushWorld) -> None:
    headers = world.plant_channel()
    body = {"csrf_token": "x", "token": "\0" * 100}
    answer = post(world, headers | {"Cookie": "freehold_session=stolen"}, data=body)
    assert answer.status_code == 204
    assert "Set-Cookie" not in answer.headers
    assert marked(world)


def test_a_body_that_is_too_large_is_refused_unread(world: PushWorld) -> None:
    headers = world.plant_channel()
    assert post(world, headers, data=b"x" * 70_000).status_code == 413
    assert not marked(world)


def test_it_is_only_posted_to(world: PushWorld) -> None:
    assert world.app.test_client().get(PATH, base_url=world.address.removesuffix(PATH)).status_code == 405


def test_it_answers_to_our_own_name_only(world: PushWorld) -> None:
    headers = world.plant_channel()
    answer = world.app.test_client().post(PATH, headers=headers, base_url="http://elsewhere.example")
    assert answer.status_code == 400
    assert not marked(world)


def test_a_message_that_cannot_be_kept_is_asked_for_again(world: PushWorld) -> None:
    headers = world.plant_channel()
    with world.database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE sync_channel RENAME TO elsewhere")
    answer = post(world, headers)
    assert (answer.status_code, answer.data) == (503, b"")


def test_no_token_is_logged(world: PushWorld, caplog: pytest.LogCaptureFixture) -> None:
    headers = world.plant_channel()
    post(world, headers)
    world.hers(timed("2026-11-24T10:00:00", "2026-11-24T11:00:00"))
    world.drain()
    assert TOKEN not in caplog.text
