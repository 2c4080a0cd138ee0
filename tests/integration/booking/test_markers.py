"""Held time shown in the provider's calendar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select, update

from booking.practice import Hold, WeeklyRelease
from booking.store.tables import hold, hold_marker
from sync.model.event import Transparency
from tests.support.desk_world import HOUR, TEN, DeskWorld, ada, elm_street

OpenDesk = Callable[..., DeskWorld]
EVENING = Hold(
    "evening", time(10), time(11), days=frozenset({2}), kept_for=("tag:regulars",),
    release=WeeklyRelease(day=4, time=time(18), weeks_ahead=1), marker=True,
)  # fmt: skip
SECOND = date(2026, 12, 2)
FRIDAY_SIX = datetime(2026, 11, 27, 23, tzinfo=UTC)


def opened(open_desk: OpenDesk, made: Hold = EVENING, **options: Any) -> DeskWorld:
    world = open_desk(elm_street(providers=(ada(holds=(made,)),), rules={"minimum_notice": HOUR}), **options)
    world.desk.release_holds(now=world.now)
    return world


def shown(world: DeskWorld) -> dict[date, str]:
    """The mirror's names of the events that stand in the calendar, or will, by day."""
    with world.database.read() as connection:
        rows = connection.execute(select(hold_marker)).all()
    return {row.day: row.id for row in rows if world.event(row.id) is not None}


def test_held_time_of_four_weeks_is_shown_as_free_and_takes_no_time(open_desk: OpenDesk) -> None:
    world = opened(open_desk)
    # This week was released last Friday.
    assert list(shown(world)) == [SECOND + timedelta(weeks=n) for n in range(3)]
    event = world.event(shown(world)[SECOND])
    assert event is not None
    assert (event.summary, event.transparency, event.private) == (
        "Held: evening", Transparency.TRANSPARENT, True,
    )  # fmt: skip
    assert event.length.exact == timedelta(hours=1)
    assert TEN in world.starts()
    assert world.desk.release_holds(now=world.now) == 0


def test_released_it_is_taken_out_and_held_again_put_back(open_desk: OpenDesk) -> None:
    world = opened(open_desk)
    world.later(FRIDAY_SIX - world.now)
    world.desk.release_holds(now=world.now)
    assert SECOND not in shown(world)
    found = world.desk.prime_time.holds(world.owner)[0].id
    world.desk.prime_time.rehold(world.owner, found, SECOND, now=world.now)
    world.desk.release_holds(now=world.now)
    assert SECOND in shown(world)


def test_taken_out_of_the_calendar_it_stays_out_and_opens_nothing(open_desk: OpenDesk) -> None:
    world = opened(open_desk)
    assert world.delete(shown(world)[SECOND]) == "marker deleted"
    assert world.desk.release_holds(now=world.later(HOUR)) == 0
    assert SECOND not in shown(world)
    (_, second, *_) = world.desk.prime_time.coming(
        world.owner, world.desk.prime_time.holds(world.owner)[0].id, now=world.now
    )
    assert (second.time.spans[0].start.date(), second.time.open) == (SECOND, False)


def test_it_follows_the_hold_and_goes_with_it(open_desk: OpenDesk) -> None:
    world = opened(open_desk)
    with world.database.write() as connection:
        connection.execute(update(hold).values(starts="13:00", ends="14:00"))
    world.desk.release_holds(now=world.now)
    event = world.event(shown(world)[SECOND])
    assert event is not None
    assert event.start.clock.hour == 13  # type: ignore[union-attr]
    with world.database.write() as connection:
        connection.execute(update(hold).values(marker=False))
    world.desk.release_holds(now=world.now)
    assert shown(world) == {}


def test_a_time_that_is_over_can_be_moved_to_later_that_day(open_desk: OpenDesk) -> None:
    world = opened(open_desk)
    world.desk.prime_time.rehold(
        world.owner, world.desk.prime_time.holds(world.owner)[0].id, SECOND, now=world.now
    )
    world.later(datetime(2026, 12, 2, 17, tzinfo=UTC) - world.now)
    assert world.desk.release_holds(now=world.now) > 0
    with world.database.write() as connection:
        connection.execute(update(hold).values(starts="15:00", ends="16:00"))
    world.desk.release_holds(now=world.now)
    event = world.event(shown(world)[SECOND])
    assert event is not None
    assert event.start.clock.hour == 15  # type: ignore[union-attr]


def test_without_the_wish_or_a_calendar_to_write_to_nothing_is_shown(open_desk: OpenDesk) -> None:
    assert shown(opened(open_desk, replace(EVENING, marker=False))) == {}


def test_a_provider_without_a_calendar_is_left_alone(open_desk: OpenDesk) -> None:
    world = opened(open_desk, calendar=False)
    assert shown(world) == {}
    assert world.desk.release_holds(now=world.now) == 0
