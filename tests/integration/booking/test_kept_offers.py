"""What a process keeps of offered time is never older than the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import Table, delete, event, insert, update

from booking.desk import Desk, SlotQuery
from booking.store import tables
from booking.store.practices import save_practice
from booking.store.stamps import Stamp, stamp_of
from service.secrecy import TokenMaker
from sync.model.identity import new_id
from sync.store import tables as sync_tables
from tests.support.desk_world import HOUR, TEN, DeskWorld, Looked, desk_world, elm_street

Change = Callable[[DeskWorld], object]


@pytest.fixture
def world(upgraded_url: str) -> Iterator[DeskWorld]:
    with desk_world(upgraded_url, elm_street()) as made:
        yield made


def stamp(world: DeskWorld) -> Stamp:
    with world.database.read() as connection:
        return stamp_of(connection, world.practice_id, world.providers["ada"])


def run(world: DeskWorld, statement: Any) -> None:
    with world.database.write() as connection:
        connection.execute(statement)


def new_row(world: DeskWorld, table: Table, **values: Any) -> None:
    own = {"practice_id": world.practice_id, "provider_id": world.providers["ada"]}
    run(world, insert(table).values(id=new_id(), position=9, **own, **values))


def a_block(world: DeskWorld) -> None:
    new_row(world, tables.block, days=[5], starts="09:00", ends="10:00", modes=["in_person"])


def an_override(world: DeskWorld) -> None:
    new_row(world, tables.date_override, first=TEN.date(), last=TEN.date(), windows=[])


def a_hold(world: DeskWorld) -> None:
    new_row(world, tables.hold, name="early", starts="09:00", ends="10:00", days=[2], kept_for=["nobody"])


def a_location(world: DeskWorld) -> None:
    row = {"id": new_id(), "position": 9, "slug": "second", "name": "Second", "rooms": ["Red"]}
    run(world, insert(tables.location).values(practice_id=world.practice_id, **row))


def a_door(world: DeskWorld) -> None:
    moment = {"looked_at": world.now, "since": world.now}
    row = {"rule": "0.7/0.85/20160", "is_open": False, "share": 0.9, **moment}
    own = {"practice_id": world.practice_id, "provider_id": world.providers["ada"]}
    run(world, insert(tables.door).values(**own, **row))


DECIDING: dict[str, Change] = {
    "practice": lambda world: run(world, update(tables.practice).values(self_scheduling=False)),
    "provider": lambda world: run(world, update(tables.provider).values(self_scheduling=False)),
    "service": lambda world: run(world, update(tables.service).values(online=False)),
    "location": a_location,
    "block": a_block,
    "override": an_override,
    "hold": a_hold,
    "door": a_door,
    "request": lambda world: world.ask(),
    "outside event": lambda world: world.busy(TEN, TEN + HOUR),
    "role": lambda world: run(world, update(sync_tables.calendar).values(role="ignore")),
    "removed account": lambda world: run(world, update(sync_tables.account).values(removed_at=world.now)),
}


@pytest.mark.parametrize("change", DECIDING.values(), ids=DECIDING)
def test_whatever_decides_offered_time_raises_its_version(world: DeskWorld, change: Change) -> None:
    before = stamp(world)
    change(world)
    assert stamp(world) != before


def test_taking_rows_away_raises_the_version_too(world: DeskWorld) -> None:
    world.busy(TEN, TEN + HOUR)
    a_block(world)
    a_hold(world)
    for table in (sync_tables.busy, tables.block, tables.hold):
        before = stamp(world)
        run(world, delete(table))
        assert stamp(world) != before


def test_a_released_hold_raises_the_version_of_its_provider(world: DeskWorld) -> None:
    a_hold(world)
    before = stamp(world)
    with world.database.write() as connection:
        hold_id = connection.execute(tables.hold.select()).one().id
        values = {"hold_id": hold_id, "unit": "date", "day": TEN.date(), "by": "staff", "state": "released"}
        connection.execute(
            insert(tables.hold_release).values(id=new_id(), practice_id=world.practice_id, **values)
        )
    assert stamp(world) != before


def test_a_decision_that_frees_time_raises_the_version(world: DeskWorld) -> None:
    asked = world.ask()
    before = stamp(world)
    world.desk.decline(world.owner, asked.id, now=world.now)
    world.now += timedelta(minutes=3)
    world.desk.settle_graces(now=world.now)
    assert stamp(world) != before


def test_a_reading_that_found_nothing_new_raises_no_version(world: DeskWorld) -> None:
    before = stamp(world)
    world.read_at(world.now)
    assert stamp(world) == before


def test_what_another_process_changes_is_seen_by_the_next_question(world: DeskWorld) -> None:
    other = Desk(
        world.database, world.mirror, TokenMaker("x" * 40), Looked(), base_url="https://book.example"
    )
    assert TEN in world.starts()
    before = world.starts()
    other.request(world.form(), now=world.now)
    assert TEN not in world.starts()
    assert world.starts() < before


def test_a_lapsed_request_gives_its_time_back_without_any_change(world: DeskWorld) -> None:
    assert TEN in world.starts()
    world.ask()
    assert TEN not in world.starts()
    world.now += timedelta(hours=25)
    world.read_at(world.now)
    before = stamp(world)
    assert TEN in world.starts()
    assert stamp(world) == before


def test_a_question_asked_again_costs_two_statements(world: DeskWorld) -> None:
    world.slots()
    statements: list[str] = []

    def note(_c: Any, _k: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith(("SELECT", "WITH")):
            statements.append(statement)

    event.listen(world.database.engine, "before_cursor_execute", note)
    world.slots()
    assert len(statements) == 2


def test_the_document_is_the_answer_written_out(world: DeskWorld) -> None:

    query = SlotQuery(practice="elm-street", provider="ada", service="90834", zone="Asia/Kathmandu")
    answer = world.desk.slots(query, now=world.now)
    for _ in range(2):
        assert orjson.loads(world.desk.slots_document(query, now=world.now)) == answer.document()
    assert answer.document()["slots"]


def test_a_provider_who_is_added_anew_under_the_same_name_is_another_one(world: DeskWorld) -> None:
    world.slots()
    removed = world.providers["ada"]
    with world.database.write() as connection:
        for practice in (elm_street(providers=()), elm_street()):
            save_practice(connection, practice, now=world.now)
    kept = world.desk._means.kept
    with world.database.read() as connection:
        first = kept.provider(connection, "elm-street", "ada")
        assert first.provider.id != removed
        assert kept.stands(connection, first)
        assert kept.provider(connection, "elm-street", "ada") is first
