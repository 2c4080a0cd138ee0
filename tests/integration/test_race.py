"""Many clients want one time, over real HTTP, on each database: one gets it, the others are told so."""

import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from booking.store import tables
from service.database import Database
from sync.model.identity import new_id
from tests.support.web_app import ELM
from tests.support.web_process import PATH, Server, web_process

CLIENTS = 100
ROUNDS = int(os.environ.get("RACE_ROUNDS", "100"))


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Iterator[Server]:
    with web_process(database_url, tmp_path, FREEHOLD_RATE_LIMITS="off") as server:
        yield server


def _race(server: Server, wanted: list[tuple[str, str]], clients: int = CLIENTS) -> list[tuple[int, Any]]:
    """All clients at once, each for one of the services and starts in turn."""
    line = threading.Barrier(clients)

    def ask(number: int) -> tuple[int, Any]:
        service, start = wanted[number % len(wanted)]
        body = {
            "service": service,
            "start": start,
            "mode": "in_person",
            "client": {"name": f"Client {number}", "email": f"client-{number}@example.com"},
        }
        line.wait(600)
        return server.call("POST", f"{PATH}/requests", body)

    with ThreadPoolExecutor(clients) as threads:
        return list(threads.map(ask, range(clients)))


def _one_won(answers: list[tuple[int, Any]]) -> None:
    assert Counter(status for status, _ in answers) == {201: 1, 409: len(answers) - 1}
    lost = [found for status, found in answers if status == 409]
    assert {found["type"] for found in lost} == {"/problems/slot-unavailable"}


@pytest.mark.slow
def test_of_a_hundred_clients_one_gets_the_time_and_the_others_a_conflict(server: Server) -> None:
    for _ in range(3):
        wanted = server.starts()[8]
        _one_won(_race(server, [("90834", wanted)]))
        assert wanted not in server.starts()


@pytest.mark.slow
def test_times_that_overlap_are_one_time(server: Server) -> None:
    # 45 minutes long and 15 apart: any two of three in a row take time from each other.
    found = server.starts()
    _one_won(_race(server, [("90834", start) for start in found[8:11]]))


def _of_other_lengths(database_url: str) -> None:
    """Ada offers sessions of half an hour and of an hour too."""
    database = Database(database_url)
    try:
        with database.write() as connection:
            service = tables.service
            home = tables.practice.c.slug == ELM
            known = (
                connection.execute(
                    select(service)
                    .join(tables.practice, service.c.practice_id == tables.practice.c.id)
                    .where(home)
                )
                .mappings()
                .first()
            )
            assert known is not None
            for position, minutes in enumerate((30, 60), start=1):
                other = {
                    **known,
                    "id": new_id(),
                    "code": str(minutes),
                    "length": timedelta(minutes=minutes),
                    "position": position,
                }
                connection.execute(insert(service).values(**other))
    finally:
        database.close()


@pytest.mark.long
@pytest.mark.timeout(0)
def test_two_hundred_clients_want_times_of_three_lengths_that_all_overlap(
    server: Server, database_url: str
) -> None:
    _of_other_lengths(database_url)
    answered: Counter[int] = Counter()
    began = time.monotonic()
    for _ in range(ROUNDS):
        found = server.starts()
        # 60 minutes from a quarter before, 45 from then, 30 from a quarter after: each takes time from both others.
        wanted = [("60", found[7]), ("90834", found[8]), ("30", found[9])]
        answers = _race(server, wanted, 200)
        _one_won(answers)
        answered.update(status for status, _ in answers)
        won = next(body for status, body in answers if status == 201)
        token = won["manage_url"].rpartition("/")[2]
        assert server.call("POST", f"/api/v1/r/{token}/cancel", {})[0] == 200
    print(f"\n{ROUNDS} rounds of 200: {dict(answered)} in {time.monotonic() - began:.0f} s")
    assert answered == {201: ROUNDS, 409: 199 * ROUNDS}


@pytest.mark.long
def test_the_same_key_fifty_times_at_once_is_one_request(server: Server, database_url: str) -> None:
    body = {
        "service": "90834",
        "start": server.starts()[8],
        "mode": "in_person",
        "client": {"name": "Ann Lee", "email": "ann@example.com"},
    }
    line = threading.Barrier(50)

    def ask(_: int) -> tuple[int, Any]:
        line.wait(120)
        return server.call("POST", f"{PATH}/requests", body, **{"Idempotency-Key": "one-and-the-same"})

    with ThreadPoolExecutor(50) as threads:
        answers = list(threads.map(ask, range(50)))
    told = Counter(status for status, _ in answers)
    assert told[201] >= 1
    assert set(told) <= {201, 409}
    assert len({found["id"] for status, found in answers if status == 201}) == 1
    assert {found["type"] for status, found in answers if status == 409} <= {
        "/problems/idempotency-in-progress"
    }
    database = Database(database_url)
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(tables.request)).scalar_one() == 1
    database.close()
