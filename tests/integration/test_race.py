"""A hundred clients want one time, over real HTTP, on each database: one gets it, the others are told so."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.support.web_process import PATH, Server, web_process

CLIENTS = 100


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Iterator[Server]:
    with web_process(database_url, tmp_path, FREEHOLD_RATE_LIMITS="off") as server:
        yield server


def _race(server: Server, starts: list[str], **headers: str) -> list[tuple[int, Any]]:
    """All clients at once, each for one of the starts in turn."""
    line = threading.Barrier(CLIENTS)

    def ask(number: int) -> tuple[int, Any]:
        body = {
            "service": "90834",
            "start": starts[number % len(starts)],
            "mode": "in_person",
            "client": {"name": f"Client {number}", "email": f"client-{number}@example.com"},
        }
        line.wait(60)
        return server.call("POST", f"{PATH}/requests", body, **headers)

    with ThreadPoolExecutor(CLIENTS) as threads:
        return list(threads.map(ask, range(CLIENTS)))


def _one_won(answers: list[tuple[int, Any]]) -> None:
    assert Counter(status for status, _ in answers) == {201: 1, 409: CLIENTS - 1}
    lost = [found for status, found in answers if status == 409]
    assert {found["type"] for found in lost} == {"/problems/slot-unavailable"}


@pytest.mark.slow
def test_of_a_hundred_clients_one_gets_the_time_and_the_others_a_conflict(server: Server) -> None:
    for _ in range(3):
        wanted = server.starts()[8]
        _one_won(_race(server, [wanted]))
        assert wanted not in server.starts()


@pytest.mark.slow
def test_times_that_overlap_are_one_time(server: Server) -> None:
    # 45 minutes long and 15 apart: any two of three in a row take time from each other.
    found = server.starts()
    _one_won(_race(server, found[8:11]))
