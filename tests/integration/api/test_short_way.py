"""Offered time by the short way: what the whole program would answer, and nothing that it would refuse."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from flask import request_started
from sqlalchemy import update

from sync.store import tables as mirror
from tests.support.web_app import BASE_URL, ELM, Web, web_app

SLOTS = f"/practices/{ELM}/providers/ada/slots"
WEEK = {"service": "90834", "start": "2026-03-04", "end": "2026-03-11"}


@contextmanager
def counted(web: Web) -> Iterator[list[str]]:
    """The requests that the whole program was asked."""
    seen: list[str] = []

    def note(_app: object) -> None:
        seen.append("asked")

    with request_started.connected_to(note, web.app):
        yield seen


@pytest.mark.parametrize("further", [{}, {"tz": "Europe/Berlin"}, {"mode": "telehealth"}])
def test_asked_again_it_answers_alike_without_the_whole_program(web: Web, further: dict[str, str]) -> None:
    web.make_calendar()
    first = web.call("GET", SLOTS, query_string=WEEK | further)
    with counted(web) as seen:
        again = web.call("GET", SLOTS, query_string=WEEK | further)
    assert seen == []
    assert again.status_code == first.status_code == 200
    assert again.data == first.data
    assert dict(again.headers) == dict(first.headers)


def test_a_change_is_seen_at_the_next_question(web: Web) -> None:
    ids = web.make_calendar()
    for _ in range(2):
        before = web.call("GET", SLOTS, query_string=WEEK).json
    with web.runtime.database.write() as connection:
        connection.execute(
            update(mirror.busy)
            .where(mirror.busy.c.calendar_id == ids["calendar"])
            .values(starts_at=web.clock() + timedelta(days=3), ends_at=web.clock() + timedelta(days=4))
        )
    after = web.call("GET", SLOTS, query_string=WEEK).json
    assert before is not None
    assert after is not None
    assert before["slots"] != after["slots"]


def test_of_a_calendar_that_was_read_too_long_ago_nothing_is_offered(web: Web) -> None:
    ids = web.make_calendar()
    for _ in range(2):
        web.call("GET", SLOTS, query_string=WEEK)
    with web.runtime.database.write() as connection:
        long_ago = web.clock() - timedelta(days=2)
        connection.execute(
            update(mirror.calendar).where(mirror.calendar.c.id == ids["calendar"]).values(checked_at=long_ago)
        )
    found = web.call("GET", SLOTS, query_string=WEEK).json
    assert found is not None
    assert (found["freshness"], found["slots"]) == ("closed", [])


def test_time_that_passes_takes_starts_away(web: Web) -> None:
    for _ in range(2):
        before = web.call("GET", SLOTS, query_string=WEEK).json
    web.clock.forward(days=4)
    after = web.call("GET", SLOTS, query_string=WEEK).json
    assert before is not None
    assert after is not None
    assert len(after["slots"]) < len(before["slots"])


@pytest.mark.parametrize(
    "changes,status",
    [
        ({"headers": {"Host": "elsewhere.example"}}, 400),
        ({"headers": {"Authorization": "Bearer nonsense"}}, 401),
        ({"query_string": WEEK | {"unknown": "1"}}, 422),
        ({"query_string": WEEK | {"tz": "Mars/Base"}}, 422),
        ({"query_string": WEEK | {"end": "2026-03-04"}}, 422),
        ({"query_string": "service=90834&service=90834"}, 422),
        ({"query_string": "service=90834%00"}, 400),
    ],
)
def test_what_the_whole_program_refuses_stays_refused(
    small_web: Web, changes: dict[str, object], status: int
) -> None:
    for _ in range(2):
        small_web.call("GET", SLOTS, query_string=WEEK)
    assert small_web.call("GET", SLOTS, **({"query_string": WEEK} | changes)).status_code == status


def test_each_call_counts_once_against_the_limit(filled_sqlite_url: str, tmp_path: Path) -> None:
    limits = {"FREEHOLD_RATE_LIMITS": "requests=3/m,slots=5/m", "FREEHOLD_WEB_CONCURRENCY": "1"}
    with web_app(filled_sqlite_url, tmp_path / "data", **limits) as web:
        found = [web.call("GET", SLOTS, query_string=WEEK).status_code for _ in range(7)]
    assert found == [200] * 5 + [429] * 2


def test_a_head_is_not_answered_with_a_body(small_web: Web) -> None:
    for _ in range(2):
        small_web.call("GET", SLOTS, query_string=WEEK)
    answer = small_web.browser().head(f"/api/v1{SLOTS}", query_string=WEEK, base_url=BASE_URL)
    assert answer.data == b""
