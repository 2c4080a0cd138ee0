"""A provider's own events by the API: shapes, refusals, and who may do what."""

import json
from typing import Any

import pytest
from sqlalchemy import update
from werkzeug.test import TestResponse

from booking.roles import Role
from service.api import answers
from sync.store.tables import calendar
from tests.support.web_app import ELM, OAK, SECRET_TITLE, Web

EVENTS = "/providers/ada/events"
NINE = "2026-03-04T09:00:00-05:00"
DENTIST: dict[str, Any] = {
    "title": SECRET_TITLE,
    "start": NINE,
    "end": "2026-03-04T10:00:00-05:00",
    "transparency": "opaque",
}


@pytest.fixture
def elm(small_web: Web) -> Web:
    """Ada has a calendar that is written to."""
    found = small_web.make_calendar()
    with small_web.runtime.database.write() as connection:
        connection.execute(update(calendar).where(calendar.c.id == found["calendar"]).values(role="write"))
    return small_web


def call(web: Web, method: str, path: str = "", role: Role = Role.PROVIDER, **given: Any) -> TestResponse:
    return web.call(method, EVENTS + path, web.token(role), **given)


def made(web: Web, **changes: Any) -> dict[str, Any]:
    answer = call(web, "POST", json=DENTIST | changes)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = json.loads(answer.data)
    answers.OtherEvent.model_validate(found)
    return found


def starts(web: Web) -> list[str]:
    query = {"service": "90834", "start": "2026-03-04", "end": "2026-03-05"}
    answer = web.call("GET", f"/practices/{ELM}/providers/ada/slots", query_string=query)
    assert answer.json is not None
    return [slot["start"] for slot in answer.json["slots"]]


def test_what_is_made_says_where_it_goes(elm: Web) -> None:
    found = made(elm)
    assert (found["calendar"], found["state"], found["title"]) == ("Work", "queued", SECRET_TITLE)
    assert found["uid"]
    assert found["start"] == NINE
    assert NINE not in starts(elm)


def test_all_day_is_dates(elm: Web) -> None:
    found = made(elm, start="2026-03-04", end="2026-03-05", all_day=True)
    assert (found["start"], found["end"], found["all_day"]) == ("2026-03-04", "2026-03-05", True)
    assert starts(elm) == []


def test_a_series_keeps_the_wall_clock_of_its_zone(elm: Web) -> None:
    found = made(
        elm,
        start="2026-03-04T15:00:00",
        end="2026-03-04T16:00:00",
        timezone="Europe/Berlin",
        rrule="FREQ=WEEKLY;COUNT=3",
    )
    assert (found["start"], found["timezone"]) == ("2026-03-04T15:00:00+01:00", "Europe/Berlin")
    assert found["rrule"] == "FREQ=WEEKLY;COUNT=3"


def test_without_a_calendar_to_write_to_it_is_refused(small_web: Web) -> None:
    answer = call(small_web, "POST", json=DENTIST)
    assert answer.status_code == 409
    assert answer.json is not None
    assert answer.json["type"] == "/problems/no-write-calendar"


@pytest.mark.parametrize(
    "change, field",
    [
        ({"title": ""}, "title"),
        ({"start": "2026-03-04T09:00:00"}, "start"),
        ({"start": "tomorrow"}, "start"),
        ({"end": NINE}, "end"),
        ({"transparency": "busy"}, "transparency"),
        ({"rrule": "WEEKLY"}, "rrule"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_made(elm: Web, change: dict[str, Any], field: str) -> None:
    answer = call(elm, "POST", json=DENTIST | change)
    assert answer.status_code == 422, answer.text
    assert answer.json is not None
    assert field in {error["field"].split(".")[0] for error in answer.json["errors"]}
    assert call(elm, "GET").json == {"items": [], "next": None}


def test_a_repeated_key_is_answered_with_the_same_event(elm: Web) -> None:
    answer = [call(elm, "POST", json=DENTIST, headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert [item.status_code for item in answer] == [201, 201]
    assert answer[0].data == answer[1].data
    assert answer[1].headers["Idempotent-Replayed"] == "true"


def test_one_is_read_changed_and_removed(elm: Web) -> None:
    path = f"/{made(elm)['id']}"
    changed = call(elm, "PATCH", path, json={"transparency": "transparent", "title": "Walk"})
    assert changed.status_code == 200, changed.text
    assert call(elm, "GET", path).json == changed.json
    assert changed.json is not None
    assert (changed.json["title"], changed.json["start"]) == ("Walk", NINE)
    assert NINE in starts(elm)
    assert call(elm, "DELETE", path).status_code == 200
    assert call(elm, "GET", path).status_code == 404
    back = call(elm, "POST", f"{path}/undo")
    assert back.status_code == 200, back.text
    assert back.json is not None
    assert back.json["title"] == "Walk"


def test_null_ends_the_repetition(elm: Web) -> None:
    found = made(elm, rrule="FREQ=DAILY")
    changed = call(elm, "PATCH", f"/{found['id']}", json={"rrule": None})
    assert changed.json is not None
    assert changed.json["rrule"] is None


def test_a_start_cannot_be_taken_away(elm: Web) -> None:
    found = made(elm)
    assert call(elm, "PATCH", f"/{found['id']}", json={"start": None}).status_code == 422


def test_lists_are_paged(elm: Web) -> None:
    for number in range(3):
        made(elm, title=f"Number {number}")
    first = call(elm, "GET", query_string={"limit": 2}).json
    assert first is not None
    answers.OtherEvents.model_validate(first)
    second = call(elm, "GET", query_string={"limit": 2, "cursor": first["next"]}).json
    assert second is not None
    assert sorted(item["title"] for item in [*first["items"], *second["items"]]) == [
        "Number 0", "Number 1", "Number 2",
    ]  # fmt: skip


def test_staff_write_for_her(elm: Web) -> None:
    assert call(elm, "POST", role=Role.MANAGER, json=DENTIST).status_code == 201


def test_ops_neither_write_nor_read(elm: Web) -> None:
    found = made(elm)
    assert call(elm, "POST", role=Role.OPS, json=DENTIST).status_code == 403
    assert call(elm, "GET", f"/{found['id']}", role=Role.OPS).status_code == 403


def test_ops_see_no_title_in_its_history(elm: Web) -> None:
    found = made(elm)
    call(elm, "DELETE", f"/{found['id']}")
    path = f"/calendars/{found['calendar_id']}/events/{found['uid']}/history"
    for role, told in ((Role.OPS, False), (Role.PROVIDER, True)):
        answer = elm.call("GET", path, elm.token(role))
        assert answer.status_code == 200, answer.text
        assert (SECRET_TITLE in answer.text) is told


def test_what_is_anothers_looks_as_if_there_were_none(elm: Web) -> None:
    path = f"/{made(elm)['id']}"
    for token in (elm.token(Role.PROVIDER, ELM, "grace"), elm.token(Role.OWNER, OAK)):
        for method in ("GET", "PATCH", "DELETE"):
            assert elm.call(method, EVENTS + path, token, json={}).status_code == 404
    # Nor by the address of a provider who is one's own.
    grace = elm.call("GET", f"/providers/grace/events{path}", elm.token(Role.PROVIDER, ELM, "grace"))
    assert grace.status_code == 404
