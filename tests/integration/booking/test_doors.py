"""A door for new clients closes and opens by itself, and is seen by the next question."""

from collections.abc import Callable
from dataclasses import replace
from datetime import time, timedelta

import pytest

from booking.practice import Block
from booking.refusals import Problem, Refused
from booking.rules import Door
from tests.support.desk_world import HOUR, MINUTE, SESSION, TEN, DeskWorld, ada, elm_street

OpenDesk = Callable[..., DeskWorld]
DOOR = Door(0.3, 0.5, timedelta(days=7))
"""Of a Wednesday from 10 to 12 one session of 45 minutes is 0.375, two are 0.75."""


@pytest.fixture
def world(open_desk: OpenDesk) -> DeskWorld:
    hours = Block(frozenset({2}), time(10), time(12))
    rules = {"new_clients": DOOR, "open_requests_per_client": 5}
    one = ada(availability=(hours,), rules=rules)
    return open_desk(elm_street(services=(replace(SESSION, buffer_after=0 * MINUTE),), providers=(one,)))


def look(world: DeskWorld) -> int:
    world.later(2 * MINUTE)
    world.read_at(world.now)
    return world.desk.look_at_doors(now=world.now)


def test_the_door_closes_above_its_mark_and_opens_below_the_other(world: DeskWorld) -> None:
    assert look(world) == 1
    first, second = world.ask(), world.ask(start=TEN + 45 * MINUTE, email="other@example.com")
    assert TEN + 75 * MINUTE not in world.starts()
    assert look(world) == 1
    with pytest.raises(Refused) as refused:
        world.ask(start=TEN + 7 * 24 * HOUR)
    assert refused.value.problem is Problem.NOT_BOOKABLE
    assert "call" in refused.value.text
    world.desk.decline(world.owner, second.id, now=world.now)
    world.later(3 * MINUTE)
    world.desk.settle_graces(now=world.now)
    assert look(world) == 0
    assert world.starts() == set()
    world.desk.decline(world.owner, first.id, now=world.now)
    world.later(3 * MINUTE)
    world.desk.settle_graces(now=world.now)
    assert look(world) == 1
    assert TEN in world.starts()


def test_known_clients_do_not_meet_the_door(world: DeskWorld) -> None:
    look(world)
    world.ask()
    world.ask(start=TEN + 45 * MINUTE, email="other@example.com")
    look(world)
    world.desk.decline(
        world.owner, world.ask(start=TEN + 7 * 24 * HOUR, asking=world.token()).id, now=world.now
    )
    assert world.starts() == set()


def test_a_door_is_looked_at_once_a_minute(world: DeskWorld) -> None:
    assert look(world) == 1
    assert world.desk.look_at_doors(now=world.now) == 0
