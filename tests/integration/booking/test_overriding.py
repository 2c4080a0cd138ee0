"""Time that staff take beside what holds it already, on each database."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from booking.ladder import Rule
from booking.refusals import Problem, Refused
from booking.store.tables import claim
from tests.support.desk_world import HOUR, MINUTE, TEN, DeskWorld

TWO = TEN + 4 * HOUR
BOTH = frozenset({Rule.BOOKING})


def test_an_appointment_put_beside_another_keeps_its_time_from_everybody_else(world: DeskWorld) -> None:
    world.accepted()
    other = world.accepted(start=TWO, email="other@example.com")
    beside = TEN + 20 * MINUTE
    with pytest.raises(Refused) as refused:
        world.desk.reschedule(world.owner, other, beside, despite=frozenset(), now=world.now)
    assert [reason.rule for reason in refused.value.cautions] == [Rule.BOOKING]
    world.desk.reschedule(world.owner, other, beside, despite=BOTH, now=world.now)
    assert {span.start for span in world.held()} == {TEN, beside, TWO}
    with pytest.raises(Refused) as taken:
        world.ask(start=TEN + HOUR, email="third@example.com")
    assert taken.value.problem is Problem.SLOT_UNAVAILABLE


def test_only_what_was_put_beside_on_purpose_is_marked_so(world: DeskWorld) -> None:
    world.accepted()
    other = world.accepted(start=TWO, email="other@example.com")
    world.desk.reschedule(world.owner, other, TEN + 20 * MINUTE, despite=BOTH, now=world.now)
    with world.database.read() as connection:
        rows = connection.execute(select(claim.c.starts_at, claim.c.beside).order_by(claim.c.starts_at)).all()
    assert [(row.starts_at - TEN, row.beside) for row in rows] == [
        (timedelta(0), False),
        (20 * MINUTE, True),
        (4 * HOUR, False),
    ]


def test_undo_gives_the_former_time_back(world: DeskWorld) -> None:
    world.accepted()
    other = world.accepted(start=TWO, email="other@example.com")
    world.desk.reschedule(world.owner, other, TEN + 20 * MINUTE, despite=BOTH, now=world.now)
    view = world.desk.undo(world.owner, other, now=world.now)
    assert view.span.start == TWO
    assert [span.start for span in world.held()] == [TEN, TWO]
