"""How full a provider is, and how a door turns on it."""

from datetime import timedelta

import pytest

from booking.doors import booked_share, looks
from booking.rules import Door
from booking.world import DoorState, World
from sync.model.timespan import TimeSpan
from tests.support.offers import NOW, a_world, booked, span

DOOR = Door(0.5, 0.75, timedelta(days=7))
WEEK = TimeSpan(NOW, NOW + timedelta(days=7))
"""It has one Monday of three hours."""


@pytest.mark.parametrize(
    "rows, share",
    [
        ({}, 0.0),
        ({"bookings": [booked("09:00", "10:00")]}, 1 / 3),
        # An outside event is no hour to book; one over a booking does not take the booking away.
        ({"bookings": [booked("09:00", "10:00")], "busy": [span("10:00", "11:00")]}, 0.5),
        ({"bookings": [booked("09:00", "10:00")], "busy": [span("09:00", "12:00")]}, 1.0),
        ({"busy": [span("09:00", "12:00")]}, 1.0),
        # Seats of one group are one sitting; what lies outside of the hours does not count; what lapsed is free.
        ({"bookings": [booked("09:00", "10:00"), booked("09:00", "10:00")]}, 1 / 3),
        ({"bookings": [booked("18:00", "19:00")]}, 0.0),
        ({"bookings": [booked("09:00", "10:00", until=0)]}, 0.0),
    ],
)
def test_the_share_is_what_is_booked_of_the_hours_left_by_events(rows: dict, share: float) -> None:  # type: ignore[type-arg]
    assert booked_share(a_world(**rows), WEEK, now=NOW) == pytest.approx(share)


def test_without_hours_there_is_nothing_to_give() -> None:
    assert booked_share(a_world(blocks=[]), WEEK, now=NOW) == 1.0


def world(hours: int, was: bool | None) -> World:
    doors = {} if was is None else {DOOR: DoorState(was, 0.6)}
    rows = [booked("09:00", f"{9 + hours}:00", session="b")] if hours else []
    return a_world(rules={"new_clients": DOOR}, bookings=rows, doors=doors)


@pytest.mark.parametrize(
    "hours, was, opens, turned",
    [
        (0, None, True, True),
        (3, None, False, True),
        (2, True, True, False),
        (2, False, False, False),
        (3, True, False, True),
        (1, False, True, True),
    ],
)
def test_a_door_turns_at_its_two_marks_and_stays_between_them(
    hours: int, was: bool | None, opens: bool, turned: bool
) -> None:
    (look,) = looks(world(hours, was), now=NOW)
    assert (look.now.open, look.turned) == (opens, turned)


def test_rules_without_a_load_aware_door_have_nothing_to_look_at() -> None:
    assert looks(a_world(rules={"new_clients": "closed"}), now=NOW) == []
