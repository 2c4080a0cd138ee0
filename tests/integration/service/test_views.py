"""What reading a calendar depends on is taken from what the practice has stated."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from booking.store.tables import block, practice, provider
from service.runtime import Runtime
from service.views import StoredViews
from sync.store.ports import ProviderView
from tests.support.runtimes import HandClock, runtime_on

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
PRACTICE = {
    "id": "practice",
    "slug": "elm",
    "name": "Elm",
    "timezone": "America/New_York",
    "created_at": NOON,
}
ADA = {
    "id": "ada",
    "practice_id": "practice",
    "slug": "ada",
    "name": "Ada",
    "email": "ada@example.com",
    "timezone": "America/New_York",
    "self_scheduling": True,
    "position": 0,
    "created_at": NOON,
}


@pytest.fixture
def runtime(sqlite_url: str, tmp_path: Path) -> Iterator[Runtime]:
    with runtime_on(sqlite_url, tmp_path, HandClock(NOON)) as built:
        with built.database.write() as connection:
            connection.execute(insert(practice).values(**PRACTICE, self_scheduling=True))
            connection.execute(insert(provider).values(**ADA))
        yield built


def view(runtime: Runtime) -> ProviderView:
    with runtime.database.read() as connection:
        return StoredViews().view(connection, "ada")


def change(runtime: Runtime, statement: Any) -> ProviderView:
    with runtime.database.write() as connection:
        connection.execute(statement)
    return view(runtime)


def works(runtime: Runtime, starts: str, ends: str) -> frozenset[int]:
    line = insert(block).values(
        id="block", practice_id="practice", provider_id="ada", position=0, days=[0, 6], starts=starts, ends=ends,
        modes=["in_person"],
    )  # fmt: skip
    return change(runtime, line).hours


def test_intervals_come_from_the_rules(runtime: Runtime) -> None:
    rules = {"poll_interval": "2m", "request_only_after": "10m"}
    found = change(runtime, update(practice).values(rules=rules))
    assert (found.poll_every, found.request_only_after) == (timedelta(minutes=2), timedelta(minutes=10))


def test_working_hours_are_those_a_block_touches(runtime: Runtime) -> None:
    assert works(runtime, "09:30", "11:00") == {9, 10, 6 * 24 + 9, 6 * 24 + 10}


def test_a_block_to_midnight_reaches_the_last_hour_of_its_day(runtime: Runtime) -> None:
    assert works(runtime, "22:00", "00:00") == {22, 23, 166, 167}


@pytest.mark.parametrize(
    "closed",
    [
        update(practice).values(self_scheduling=False),
        update(provider).values(self_scheduling=False),
        update(provider).values(active=False),
    ],
    ids=["the practice is closed", "she has not opted in", "she has left"],
)
def test_a_provider_is_bookable_while_all_three_switches_are_on(runtime: Runtime, closed: Any) -> None:
    assert view(runtime).bookable
    assert not change(runtime, closed).bookable
