"""Disconnected and connected again: what is there by then and what was known before are brought together."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select

from sync.store.accounts import give_secret, remove_account
from sync.store.changes import ChangeKind
from sync.store.outbox import write_calendar
from sync.store.purge import purge_removed
from sync.store.tables import account, calendar
from tests.support import ics
from tests.support.engine_world import EngineWorld

THURSDAY = datetime(2026, 11, 26, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)


def connected_again(world: EngineWorld) -> None:
    with world.database.write() as connection:
        give_secret(connection, "account", lambda row: world.cipher.seal(b"secret", row=row), now=world.now)
    world.sync()
    world.pass_time(minutes=6)
    world.sync()


def href_of(world: EngineWorld, booking: str) -> str:
    (found,) = [item.href for item in world.entries() if item.booking_ref == booking]
    return str(found)


def name_in(href: str) -> str:
    return href.rsplit("/", 1)[-1].removesuffix(".ics")


@pytest.mark.parametrize("forgotten", [False, True], ids=["at once", "after the purge"])
def test_an_account_connected_again_doubles_nothing_and_takes_nothing_for_deleted(
    sqlite_url: str, forgotten: bool
) -> None:
    world = EngineWorld(sqlite_url)
    world.server.put(world.work, "kept", ics.timed("kept", THURSDAY, HOUR))
    world.server.put(world.work, "dropped", ics.timed("dropped", THURSDAY + 2 * HOUR, HOUR))
    world.sync()
    world.book("moved", hour=9)
    world.book("same", hour=12)
    world.book("wished", hour=15)
    world.sync()
    world.sync()
    hrefs = {name: href_of(world, name) for name in ("moved", "same")}

    with world.database.write() as connection:
        remove_account(connection, "account", now=world.now)
        if forgotten:
            assert purge_removed(connection) == 2
    world.sync()
    world.pass_time(days=40)
    world.book("wished", hour=16)
    text = world.texts()[hrefs["moved"]]
    world.server.put(world.work, name_in(hrefs["moved"]), text.replace("T090000", "T083000"))
    world.server.remove(world.work, f"{world.work.remote_id}dropped.ics")
    world.server.put(world.work, "added", ics.timed("added", THURSDAY + 60 * 24 * HOUR, HOUR))

    connected_again(world)
    assert [(change.booking_ref, change.kind) for change in world.changes()] == [("moved", ChangeKind.EDITED)]
    texts = world.texts()
    assert len(texts) == 5
    assert hrefs["same"] in texts
    assert sum("T160000" in item for item in texts.values()) == 1
    live = [item for item in world.entries() if item.gone_at is None and item.closed_at is None]
    assert {item.href for item in live} == texts.keys()
    assert len(live) == 5


def test_what_is_written_goes_to_an_account_in_use_not_to_one_that_was_disconnected(sqlite_url: str) -> None:
    world = EngineWorld(sqlite_url)
    world.sync()
    old = world.calendar_row()
    with world.database.write() as connection:
        another = {
            **connection.execute(select(account)).mappings().one(), "id": "another", "name": "another",
        }  # fmt: skip
        connection.execute(insert(account).values(another))
        values = {**old._mapping, "id": "new", "account_id": "another", "created_at": world.now + HOUR}
        connection.execute(insert(calendar).values(values))
        assert write_calendar(connection, "ada") == old.id
        remove_account(connection, "account", now=world.now)
        assert write_calendar(connection, "ada") == "new"
