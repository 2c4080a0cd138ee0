"""What speaks against a time that staff want to take at any minute."""

from datetime import UTC, datetime, time, timedelta

from booking.cautions import CAUTIONS, cautions, rules_named, unheeded
from booking.epoch import micros
from booking.ladder import Rule
from booking.practice import Block, Mode, Service
from booking.rules import Rules
from booking.world import Asker, Offer, World, taken
from sync.model.timespan import TimeSpan

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TEN = datetime(2026, 11, 25, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SESSION = Service("90834", "Session", timedelta(minutes=45), buffer_after=timedelta(minutes=10))


def world(**changes: object) -> World:
    base = {
        "provider": "ada",
        "zone": "UTC",
        "practice_open": False,
        "opted_in": False,
        "offers": {"90834": Offer(SESSION, Rules())},
        "blocks": (Block(frozenset(range(5)), time(9), time(17)),),
    }
    return World(**(base | changes))  # type: ignore[arg-type]


def found(at: datetime, world: World) -> list[Rule]:
    told = cautions(world, service="90834", client=Asker(), start=at, mode=Mode.IN_PERSON, now=NOW)
    return [reason.rule for reason in told]


def test_any_minute_of_the_hours_is_free_of_cautions_though_nothing_is_open_online() -> None:
    assert found(TEN + 7 * MINUTE, world()) == []


def test_notice_is_no_matter_for_staff() -> None:
    assert found(NOW + MINUTE, world()) == []


def test_each_thing_in_the_way_is_named_in_ladder_order() -> None:
    booking = taken(TimeSpan(TEN, TEN + 45 * MINUTE), SESSION, session="s", mode=Mode.IN_PERSON)
    event = (micros(TEN + 30 * MINUTE), micros(TEN + 90 * MINUTE))
    assert found(TEN + 50 * MINUTE, world(bookings=[booking], busy=[event])) == [Rule.CALENDAR, Rule.BOOKING]
    assert found(TEN.replace(hour=20), world()) == [Rule.BLOCK]


def test_a_room_cannot_be_passed_over() -> None:
    assert Rule.ROOM not in CAUTIONS
    assert rules_named(["room", "calendar", "nonsense"]) == {Rule.CALENDAR}


def test_what_nobody_passed_over_is_left() -> None:
    event = (micros(TEN), micros(TEN + 60 * MINUTE))
    told = cautions(
        world(busy=[event]), service="90834", client=Asker(), start=TEN, mode=Mode.IN_PERSON, now=NOW
    )
    assert unheeded(told, {Rule.BOOKING}) == told
    assert unheeded(told, {Rule.CALENDAR}) == ()
