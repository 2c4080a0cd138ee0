"""Every call's answer has the shape that the description gives it."""

import json
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from werkzeug.test import TestResponse

from booking.roles import Role
from booking.store.tables import audit, hold_release
from service.api import answers
from service.api.values import Answer
from sync.model.identity import new_id
from sync.store.tables import account, calendar, entry
from tests.support.web_app import ELM, MONDAY, SECRET_TITLE, Web

PROVIDER = f"/practices/{ELM}/providers/ada"


def _shaped(answer: TestResponse, shape: type[Answer], status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = json.loads(answer.data)
    shape.model_validate(found)
    return found


def _asked(web: Web, **changes: Any) -> dict[str, Any]:
    return _shaped(web.call("POST", f"{PROVIDER}/requests", json=web.ask(**changes)), answers.Created, 201)


def test_services(small_web: Web) -> None:
    found = _shaped(small_web.call("GET", f"{PROVIDER}/services"), answers.Services)
    assert [(item["code"], item["minutes"]) for item in found["items"]] == [("90834", 45)]


def test_slots_are_told_in_the_zone_that_was_asked_for(web: Web) -> None:
    query = {"service": "90834", "start": "2026-03-04", "end": "2026-03-05", "tz": "Europe/Berlin"}
    found = _shaped(web.call("GET", f"{PROVIDER}/slots", query_string=query), answers.Slots)
    assert found["timezone"] == "Europe/Berlin"
    assert found["freshness"] == "fresh"
    assert found["slots"][0]["start"] == "2026-03-04T15:00:00+01:00"


@pytest.mark.parametrize(
    "change, field",
    [
        ({"start": "2026-03-04T09:00:00Z"}, "start"),
        ({"start": "04.03.2026"}, "start"),
        ({"end": "2026-13-01"}, "end"),
        ({"end": "2026-09-01"}, "end"),
        ({"end": "2026-03-01"}, "end"),
        ({"tz": "Mars/Olympus"}, "tz"),
        ({"mode": "by_post"}, "mode"),
        ({"service": "none-such"}, "service"),
        ({"zone": "UTC"}, "zone"),
        ({"client_token": "none-such"}, "client_token"),
    ],
)
def test_a_query_that_cannot_be_read_is_named(small_web: Web, change: dict[str, str], field: str) -> None:
    query = {"service": "90834", "start": "2026-03-04", "end": "2026-03-05"} | change
    answer = small_web.call("GET", f"{PROVIDER}/slots", query_string=query)
    assert answer.status_code == 422, answer.text
    assert answer.json is not None
    assert field in {error["field"] for error in answer.json["errors"]}


def test_a_parameter_given_twice_is_a_mistake(small_web: Web) -> None:
    answer = small_web.call("GET", f"{PROVIDER}/slots?service=90834&service=90791")
    assert answer.status_code == 422


def test_the_next_slots_come_from_all_providers(small_web: Web) -> None:
    query = {"service": "90834", "limit": "4"}
    answer = small_web.call("GET", f"/practices/{ELM}/slots/next", query_string=query)
    found = _shaped(answer, answers.NextSlots)["slots"]
    assert len(found) == 4
    assert {slot["provider"] for slot in found} == {"ada", "grace"}
    assert [slot["start"] for slot in found] == sorted(slot["start"] for slot in found)


def test_a_request_is_decided_and_the_decision_can_be_repeated(web: Web) -> None:
    owner, request_id = web.token(Role.OWNER), _asked(web)["id"]
    accepted = _shaped(web.call("POST", f"/requests/{request_id}/accept", owner), answers.Request)
    assert (accepted["status"], accepted["decided_by"]) == ("accepted", "staff")
    again = _shaped(web.call("POST", f"/requests/{request_id}/accept", owner, json={}), answers.Request)
    assert again == accepted
    declined = web.call("POST", f"/requests/{request_id}/decline", owner, json={"message": "Sorry"})
    assert declined.status_code == 409
    assert declined.json is not None
    assert declined.json["type"] == "/problems/wrong-state"
    undone = _shaped(web.call("POST", f"/requests/{request_id}/undo", owner), answers.Request)
    assert undone["status"] == "pending"
    cancelled = _shaped(web.call("POST", f"/requests/{request_id}/cancel", owner), answers.Request)
    assert cancelled["status"] == "cancelled"


def test_an_action_with_a_field_it_does_not_know_does_nothing(small_web: Web) -> None:
    owner, request_id = small_web.token(Role.OWNER), _asked(small_web)["id"]
    for action in ("accept", "undo", "cancel", "decline"):
        answer = small_web.call("POST", f"/requests/{request_id}/{action}", owner, json={"force": True})
        assert answer.status_code == 422
    found = _shaped(small_web.call("GET", f"/requests/{request_id}", owner), answers.Request)
    assert found["status"] == "pending"


def test_requests_are_listed_page_by_page(small_web: Web) -> None:
    starts = [f"2026-03-0{day}T09:00:00-05:00" for day in (4, 5, 6)]
    ids = []
    for number, start in enumerate(starts):
        client = {"name": "Ann", "email": f"ann{number}@example.com"}
        ids.append(_asked(small_web, start=start, client=client)["id"])
        small_web.clock.forward(seconds=1)
    owner, cursor, seen = small_web.token(Role.OWNER), None, []
    for _ in range(3):
        query = {"limit": "1"} | ({} if cursor is None else {"cursor": cursor})
        page = _shaped(small_web.call("GET", "/requests", owner, query_string=query), answers.Requests)
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
    assert sorted(seen) == sorted(ids)
    assert cursor is None
    both = "/requests?status=pending&status=accepted&provider=ada"
    assert len(_shaped(small_web.call("GET", both, owner), answers.Requests)["items"]) == 3
    for wrong in ("limit=0", "limit=201", "limit=x", "status=maybe", "cursor=nonsense"):
        assert small_web.call("GET", f"/requests?{wrong}", owner).status_code == 422, wrong


def test_explain_gives_each_rule_and_takes_a_plus_that_was_not_escaped(small_web: Web) -> None:
    start = "2026-03-04T15:00:00+01:00"
    path = f"/providers/ada/explain?service=90834&start={start}"
    found = _shaped(small_web.call("GET", path, small_web.token(Role.OPS)), answers.Explanation)
    assert found["bookable"]
    assert {"notice", "calendar", "booking"} <= {reason["rule"] for reason in found["reasons"]}


def test_busy_holds_our_own_bookings(web: Web) -> None:
    _asked(web)
    path = "/providers/ada/busy?start=2026-03-04&end=2026-03-05"
    found = _shaped(web.call("GET", path, web.token(Role.PROVIDER)), answers.Busy)
    assert [(item["start"], item["end"]) for item in found["busy"]] == [
        ("2026-03-04T09:00:00-05:00", "2026-03-04T09:45:00-05:00")
    ]


def test_accounts_show_their_calendars(web: Web) -> None:
    ids = web.make_calendar()
    found = _shaped(web.call("GET", "/accounts", web.token(Role.OPS)), answers.Accounts)
    [one] = found["items"]
    assert (one["id"], one["calendars"][0]["id"]) == (ids["account"], ids["calendar"])
    alone = _shaped(web.call("GET", f"/accounts/{ids['account']}", web.token(Role.OPS)), answers.Account)
    assert alone == one


def test_asking_for_a_sync_makes_the_account_due_whatever_put_it_off(web: Web) -> None:
    ids, now = web.make_calendar(), web.clock()
    with web.runtime.database.write() as connection:
        connection.execute(update(account).values(not_before=now.replace(year=2027)))
    _shaped(
        web.call("POST", f"/accounts/{ids['account']}/sync", web.token(Role.OPS), json={"full": True}),
        answers.Account,
        202,
    )
    with web.runtime.database.read() as connection:
        row = connection.execute(select(calendar.c.due_at, calendar.c.full_due_at)).one()
        assert connection.execute(select(account.c.not_before)).scalar_one() is None
    assert (row.due_at, row.full_due_at) == (now, now)


def test_held_deletions_are_answered(web: Web) -> None:
    ids, ops = web.make_calendar(), web.token(Role.OPS)
    with web.runtime.database.write() as connection:
        connection.execute(update(entry).values(held_at=web.clock()))
        connection.execute(update(calendar).values(state="held", hold_reason="1 of 1"))
    path = f"/calendars/{ids['calendar']}/deletions"
    assert web.call("POST", path, ops, json={"action": "perhaps"}).status_code == 422
    found = _shaped(web.call("POST", path, ops, json={"action": "confirm"}), answers.Deletions)
    assert found["count"] == 1
    again = _shaped(web.call("POST", path, ops, json={"action": "confirm"}), answers.Deletions)
    assert again["count"] == 0


def test_holds_and_their_releases(web: Web) -> None:
    hold_id, ops = web.hold_id(), web.token(Role.OPS)
    found = _shaped(web.call("GET", "/holds?provider=ada", ops), answers.Holds)["items"]
    assert [(item["id"], item["name"]) for item in found] == [(hold_id, "evening")]
    assert found[0]["release"] == {"day": "fr", "time": "18:00", "weeks_ahead": 1}
    with web.runtime.database.write() as connection:
        connection.execute(
            insert(hold_release).values(
                id=new_id(), practice_id=web.practice_id(), hold_id=hold_id, unit="week", day=MONDAY.date(), stage=0,
                due_at=MONDAY, released_at=MONDAY, by="rule", state="released", to=[],
            )
        )  # fmt: skip
    done = _shaped(web.call("GET", f"/holds/{hold_id}/releases", ops), answers.Releases)["items"]
    assert [item["week"] for item in done] == ["2026-03-02"]
    assert web.call("GET", "/holds?provider=nobody", ops).status_code == 404


def test_a_week_is_held_again_and_released_by_hand_each_once(web: Web) -> None:
    hold_id, ada = web.hold_id(), web.token(Role.PROVIDER)
    week = {"json": {"date": "2026-03-10"}}
    for action, state in (
        ("rehold", "reheld"),
        ("rehold", "reheld"),
        ("release", "released"),
        ("release", "released"),
    ):
        done = _shaped(web.call("POST", f"/holds/{hold_id}/{action}", ada, **week), answers.Release)
        assert (done["week"], done["by"], done["state"]) == ("2026-03-09", "staff", state)
    found = _shaped(web.call("GET", f"/holds/{hold_id}/releases", ada), answers.Releases)["items"]
    assert [item["state"] for item in found if item["week"] == "2026-03-09"] == ["released"]
    over = web.call("POST", f"/holds/{hold_id}/release", ada, json={"date": "2026-02-10"})
    assert over.status_code == 409
    assert web.call("POST", f"/holds/{hold_id}/release", ada, json={"date": "soon"}).status_code == 422
    assert web.call("POST", f"/holds/{hold_id}/release", web.token(Role.OPS), **week).status_code == 403


def test_what_a_hold_would_have_done(web: Web) -> None:
    path = f"/holds/{web.hold_id()}/replay"
    found = _shaped(web.call("GET", f"{path}?weeks=4", web.token(Role.OPS)), answers.Replay)
    assert found["held"] == found["released"] == len(found["times"]) == 4
    assert {time["fate"] for time in found["times"]} == {"released_free"}
    assert web.call("GET", f"{path}?weeks=27", web.token(Role.OPS)).status_code == 422


def test_the_history_of_an_event(web: Web) -> None:
    ids = web.make_calendar()
    path = f"/calendars/{ids['calendar']}/events/uid-1@example.com/history"
    [item] = _shaped(web.call("GET", path, web.token(Role.OWNER)), answers.History)["items"]
    assert item["after"]["title"] == SECRET_TITLE
    # The clock was put forward on the day before.
    assert item["after"]["start"] == "2026-03-09T09:00:00-04:00"
    assert item["after"]["end"] == "2026-03-09T10:00:00-04:00"
    assert web.call("GET", path.replace("uid-1", "none"), web.token(Role.OWNER)).status_code == 404


def test_a_clients_link_opens_their_slots(web: Web) -> None:
    answer = web.call("POST", "/clients/c-1/links", web.token(Role.OWNER), json={"kind": "sign_in"})
    link = _shaped(answer, answers.ClientLink, 201)
    query = {"service": "90834", "client_token": link["token"]}
    _shaped(web.call("GET", f"{PROVIDER}/slots", query_string=query), answers.Slots)
    assert web.call("POST", "/clients/none/links", web.token(Role.OWNER), json={}).status_code == 404


def test_a_client_looks_at_a_request_and_cancels_it(web: Web) -> None:
    token = _asked(web)["manage_url"].rpartition("/")[2]
    for _ in range(3):
        page = _shaped(web.call("GET", f"/r/{token}"), answers.ClientPage)
        assert (page["status"], page["may_cancel"]) == ("pending", True)
    done = _shaped(web.call("POST", f"/r/{token}/cancel"), answers.ClientPage)
    assert done["status"] == "cancelled"
    altered = web.call("GET", f"/r/{token[:-1]}x")
    assert altered.status_code == 404
    assert altered.data == web.call("GET", "/r/none-such").data


def test_an_unknown_address_or_method_is_a_problem_too(small_web: Web) -> None:
    for method, path, status in (("GET", "/none-such", 404), ("PUT", "/accounts", 405)):
        answer = small_web.call(method, path)
        assert answer.status_code == status
        assert answer.mimetype == "application/problem+json"


def test_an_answer_to_deletions_that_are_not_held_changes_nothing(small_web: Web) -> None:
    ids, ops = small_web.make_calendar(), small_web.token(Role.OPS)
    with small_web.runtime.database.write() as connection:
        connection.execute(update(calendar).values(state="failing"))
    path = f"/calendars/{ids['calendar']}/deletions"
    for action in ("confirm", "restore"):
        found = _shaped(small_web.call("POST", path, ops, json={"action": action}), answers.Deletions)
        assert found["count"] == 0
    with small_web.runtime.database.read() as connection:
        assert connection.execute(select(calendar.c.state)).scalar_one() == "failing"


def test_what_staff_do_is_kept_with_who_did_it(small_web: Web) -> None:
    ids, request_id = small_web.make_calendar(), _asked(small_web)["id"]
    owner = small_web.token(Role.OWNER)
    small_web.call("POST", f"/accounts/{ids['account']}/sync", owner, json={})
    small_web.call("POST", f"/requests/{request_id}/accept", owner)
    small_web.signed_in("owner@example.com")
    with small_web.runtime.database.read() as connection:
        rows = connection.execute(select(audit.c.action, audit.c.object, audit.c.actor)).all()
    done = {row.action: row for row in rows}
    assert {"create_token", "sync", "accept", "sign_in"} <= done.keys()
    assert done["sync"].object == f"account:{ids['account']}"
    assert done["sync"].actor == done["create_token"].object
    assert done["sign_in"].actor.startswith("user:")
    assert not {word for row in rows for word in row if "@" in str(word) or "ZQX" in str(word)}
