"""Passes against a real server are recorded, and decided again from the record alone."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from booking.event_forms import EventForm
from booking.roles import Actor, Role
from booking.store.tables import provider
from sync.conflicts import Merge
from sync.store.recorder import forget_old_lines, lines_of, recorded_in
from sync.store.tables import calendar, history
from tests.support.page_world import PageWorld, page_world
from tests.support.radicale import RadicaleServer

START = datetime(2026, 11, 19, 15, 30, tzinfo=UTC)
SECRET = "ZQXTITLE reading hour"


@pytest.fixture
def world(tmp_path: Path, radicale: RadicaleServer) -> Any:
    with page_world(tmp_path, radicale) as world:
        yield world


def ids(world: PageWorld) -> tuple[Actor, str]:
    """Ada, and the id of her calendar."""
    with world.runtime.database.read() as connection:
        ada = connection.execute(select(provider).where(provider.c.slug == "ada")).one()
        place = connection.execute(select(calendar.c.id).where(calendar.c.role == "write")).scalar_one()
    return Actor(Role.PROVIDER, ada.practice_id, "user:ada", ada.id), str(place)


def busy_life(world: PageWorld) -> str:
    """Made here, edited there, edited on both sides, deleted there; returns its UID."""
    ada, _ = ids(world)
    desk, now = world.runtime.desk, world.clock
    form = EventForm(title=SECRET, start=START, end=START + timedelta(hours=1))
    made = desk.make_event(ada, "ada", form, now=now()).event
    world.work()
    edit(world, "TRANSP:OPAQUE", "TRANSP:TRANSPARENT")
    later(world)
    edit(world, SECRET, f"{SECRET} at home")
    desk.change_event(ada, "ada", made.id, {"start": START + timedelta(hours=2)}, now=now())
    later(world)
    (href,) = hrefs(world)
    world.client.delete_event(href)
    later(world)
    return made.uid


def later(world: PageWorld) -> None:
    world.clock.advance(minutes=10)
    world.work()


def hrefs(world: PageWorld) -> list[str]:
    return [href for href in world.client.list_hrefs() if SECRET in world.client.get_event(href)]


def edit(world: PageWorld, old: str, new: str) -> None:
    (href,) = hrefs(world)
    text = world.client.get_event(href)
    assert old in text
    world.client.put_event(href, text.replace(old, new))


def words(world: PageWorld, uid: str) -> list[tuple[str | None, str | None]]:
    """What was decided then and what is decided now, line by line."""
    _, place = ids(world)
    found = []
    with world.runtime.database.read() as connection:
        for row in lines_of(connection, place, uid):
            recorded = recorded_in(row, world.runtime.sealer, ours=True)
            assert recorded is not None
            now, same = recorded.again()
            assert same
            found.append((recorded.word, now.word))
    return found


def test_every_decision_of_real_passes_falls_the_same_from_its_record(world: PageWorld) -> None:
    told = words(world, busy_life(world))
    assert [word for word, _ in told] == ["push", "pull", "conflict", "push", "pull_delete"]
    assert all(then == now for then, now in told)


def test_a_rule_that_changed_shows_where_it_would_decide_otherwise(
    world: PageWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    uid = busy_life(world)
    _, place = ids(world)
    monkeypatch.setattr("sync.resolving.merge", lambda was, ours, theirs: Merge(ours))
    with world.runtime.database.read() as connection:
        found = [
            recorded_in(row, world.runtime.sealer, ours=True) for row in lines_of(connection, place, uid)
        ]
    assert [recorded.again()[1] for recorded in found if recorded] == [True, True, False, True, True]


def test_an_outside_event_is_followed_from_its_first_change_on(world: PageWorld) -> None:
    world.busy(SECRET, datetime(2026, 11, 19, 15), 30)
    later(world)
    edit(world, f"SUMMARY:{SECRET}", f"SUMMARY:{SECRET} moved")
    later(world)
    world.client.delete_event(hrefs(world)[0])
    later(world)
    _, place = ids(world)
    with world.runtime.database.read() as connection:
        uid = connection.execute(select(history.c.uid).distinct()).scalar_one()
        rows = lines_of(connection, place, uid)
        found = [recorded_in(row, world.runtime.sealer, ours=False) for row in rows]
    assert [row.decision for row in rows] == ["taken over", "removed"]
    assert [(item.word, item.again()[1]) for item in found if item] == [("pull", True), ("pull_delete", True)]


def test_what_is_recorded_can_be_read_with_the_key_only(world: PageWorld) -> None:
    busy_life(world)
    with world.runtime.database.read() as connection:
        for row in connection.execute(select(history)):
            stored = b"".join(bytes(value) for value in row if isinstance(value, bytes))
            assert stored
            assert b"ZQXTITLE" not in stored
            assert "ZQXTITLE" not in row.reason + row.decision


def test_old_lines_are_forgotten(world: PageWorld) -> None:
    busy_life(world)
    with world.runtime.database.write() as connection:
        assert forget_old_lines(connection, now=world.clock() + timedelta(days=89)) == 0
        assert forget_old_lines(connection, now=world.clock() + timedelta(days=91)) == 5
        assert connection.execute(select(history)).all() == []
