from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from booking.availability import nearest, placement, slot_at, window_of_dates
from booking.epoch import ticks
from booking.holds import HoldRow
from booking.practice import Block, ClientStatus, DateOverride, Hold, Mode, Privilege, WeeklyRelease, Window
from booking.rules import NoticeByClock
from booking.world import Room, RoomUse, World, reach
from sync.model.freebusy import Freshness
from tests.support.offers import (
    GRACE,
    MONDAY,
    MORNING,
    NOW,
    SESSION,
    a_world,
    booked,
    local,
    slots,
    span,
    starts,
    with_service,
)

TEN = ticks(timedelta(minutes=10))
HOUR = timedelta(hours=1)
HALF_HOURLY = {"increment": timedelta(minutes=30)}
HOURLY = {"increment": HOUR}


def hourly(**facts: object) -> World:
    """09:00, 10:00 and 11:00 for an hour each."""
    return with_service(a_world(rules=HOURLY, **facts), length=HOUR)


def test_a_start_is_offered_while_the_whole_service_fits_into_the_block() -> None:
    assert starts(a_world(rules=HALF_HOURLY)) == ["09:00", "09:30", "10:00", "10:30", "11:00"]
    assert starts(hourly()) == ["09:00", "10:00", "11:00"]


def test_a_slot_ends_when_the_service_is_over_and_names_its_modes() -> None:
    first = slots(a_world())[0]
    assert (first.start, first.end) == (local("09:00"), local("09:45"))
    assert first.modes == (Mode.IN_PERSON, Mode.TELEHEALTH)


def test_adjacent_blocks_are_not_joined() -> None:
    halves = [Block(frozenset({0}), time(9), time(9, 30)), Block(frozenset({0}), time(9, 30), time(10))]
    assert starts(a_world(blocks=halves)) == []


def test_the_grid_begins_where_the_block_begins() -> None:
    block = Block(frozenset({0}), time(9, 7), time(10, 30))
    assert starts(a_world(blocks=[block], rules={"increment": timedelta(minutes=17)})) == [
        "09:07",
        "09:24",
        "09:41",
    ]


def test_overlapping_blocks_offer_each_start_once_with_the_modes_of_both() -> None:
    first = Block(frozenset({0}), time(9), time(10), modes=(Mode.TELEHEALTH,))
    second = Block(frozenset({0}), time(9, 15), time(10), modes=(Mode.IN_PERSON,))
    offered = [(f"{s.start:%M}", s.modes) for s in slots(a_world(blocks=[first, second]))]
    assert offered == [("00", (Mode.TELEHEALTH,)), ("15", (Mode.IN_PERSON, Mode.TELEHEALTH))]


def test_a_slot_may_begin_the_instant_a_meeting_ends() -> None:
    assert starts(hourly(busy=[span("09:00", "10:00")])) == ["10:00", "11:00"]


def test_a_meeting_of_one_minute_takes_every_start_it_touches() -> None:
    assert starts(hourly(busy=[span("10:59", "11:00")])) == ["09:00", "11:00"]


def test_buffers_also_keep_away_from_outside_events() -> None:
    world = with_service(hourly(busy=[span("10:00", "10:55")]), buffer_before=timedelta(minutes=10))
    assert starts(world) == ["09:00"]
    world = with_service(hourly(busy=[span("10:05", "10:30")]), buffer_after=timedelta(minutes=10))
    assert starts(world) == ["11:00"]


def test_buffers_may_stick_out_of_the_block() -> None:
    around = {"buffer_before": timedelta(minutes=30), "buffer_after": timedelta(minutes=30)}
    assert starts(with_service(hourly(), **around)) == ["09:00", "10:00", "11:00"]


def test_two_bookings_keep_the_larger_buffer_apart_and_not_the_sum() -> None:
    world = with_service(
        a_world(bookings=[booked("09:00", "09:50", after=TEN)], rules={"increment": timedelta(minutes=10)}),
        buffer_before=timedelta(minutes=10),
    )
    assert starts(world)[0] == "10:00"


def test_the_buffer_of_the_booking_that_follows_is_kept() -> None:
    world = hourly(bookings=[booked("11:05", "12:00", before=TEN)])
    assert starts(world) == ["09:00"]


def test_a_lapsed_booking_holds_nothing_from_its_last_instant_on() -> None:
    until = ticks(NOW - datetime(1970, 1, 1, tzinfo=UTC))
    assert starts(hourly(bookings=[booked("09:00", "10:00", until=until)])) == ["09:00", "10:00", "11:00"]
    assert starts(hourly(bookings=[booked("09:00", "10:00", until=until + 1)])) == ["10:00", "11:00"]


def test_a_start_exactly_at_the_notice_is_offered() -> None:
    assert starts(hourly(), now=local("10:00") - timedelta(hours=24)) == ["10:00", "11:00"]
    assert starts(hourly(), now=local("10:00") - timedelta(hours=24) + timedelta(microseconds=1)) == ["11:00"]


def test_notice_by_the_clock_closes_the_day_before() -> None:
    rules = {**HOURLY, "minimum_notice": NoticeByClock(days=1, until=time(21))}
    evening = local("21:00", MONDAY - timedelta(days=1))
    assert starts(a_world(rules=rules), now=evening) == ["09:00", "10:00", "11:00"]
    assert starts(a_world(rules=rules), now=evening + timedelta(seconds=1)) == []


def test_longer_notice_is_for_clients_with_that_privilege() -> None:
    now = local("09:00") - timedelta(hours=71)
    assert starts(hourly(), client=GRACE, now=now) == ["09:00", "10:00", "11:00"]
    careful = replace(GRACE, privilege=Privilege.LONGER_NOTICE)
    assert starts(hourly(), client=careful, now=now) == ["10:00", "11:00"]


@pytest.mark.parametrize("days, count", [(3, 3), (2, 0)])
def test_the_horizon_counts_local_dates(days: int, count: int) -> None:
    # Late on Friday in New York is Saturday in UTC; Monday is three local days ahead.
    now = local("23:30", date(2026, 1, 9))
    rules = {**HOURLY, "horizon_days": days}
    assert len(starts(a_world(rules=rules), now=now)) == count


def test_a_full_day_offers_nothing_more() -> None:
    rules = {**HOURLY, "max_per_day": 2}
    two = [booked("16:00", "17:00"), booked("18:00", "19:00", session="b-2")]
    assert starts(a_world(rules=rules, bookings=two)) == []
    assert starts(a_world(rules=rules, bookings=two[:1])) == ["09:00", "10:00", "11:00"]


def test_a_proposal_on_the_same_day_is_counted_once() -> None:
    rules = {**HOURLY, "max_per_day": 2}
    both = [booked("16:00", "17:00"), booked("18:00", "19:00")]
    assert len(starts(a_world(rules=rules, bookings=both))) == 3


def test_the_limit_of_a_week_counts_from_monday_to_sunday() -> None:
    rules = {**HOURLY, "max_per_week": 1}
    sunday_before, sunday = MONDAY - timedelta(days=1), MONDAY + timedelta(days=6)
    assert starts(a_world(rules=rules, bookings=[booked("16:00", "17:00", day=sunday)])) == []
    assert len(starts(a_world(rules=rules, bookings=[booked("16:00", "17:00", day=sunday_before)]))) == 3


def test_a_gap_is_kept_between_modes() -> None:
    rules = {**HOURLY, "mode_gap": timedelta(minutes=20)}
    world = a_world(rules=rules, bookings=[booked("09:45", "10:00", mode=Mode.TELEHEALTH)])
    offered = [(f"{s.start.astimezone(UTC):%H}", s.modes) for s in slots(world)]
    assert offered == [
        ("14", (Mode.TELEHEALTH,)),
        ("15", (Mode.TELEHEALTH,)),
        ("16", (Mode.IN_PERSON, Mode.TELEHEALTH)),
    ]


def test_only_the_modes_that_block_and_service_share_are_offered() -> None:
    world = a_world(blocks=[replace(MORNING, modes=(Mode.IN_PERSON,))])
    assert {slot.modes for slot in slots(world)} == {(Mode.IN_PERSON,)}
    assert slots(world, mode=Mode.TELEHEALTH) == []
    assert slots(with_service(world, modes=(Mode.TELEHEALTH,))) == []


def test_a_block_kept_for_other_services_offers_nothing() -> None:
    assert starts(a_world(blocks=[replace(MORNING, services=("intake",))])) == []
    assert starts(a_world(blocks=[replace(MORNING, services=("s", "intake"))]))


def test_a_block_that_is_not_online_offers_nothing() -> None:
    assert starts(a_world(blocks=[replace(MORNING, online=False)])) == []


def test_an_override_replaces_the_day() -> None:
    override = DateOverride(MONDAY, MONDAY, (Window(time(14), time(15)),))
    assert starts(a_world(overrides=[override], rules=HOURLY)) == ["14:00"]


def test_a_hold_keeps_every_start_that_touches_it_from_others() -> None:
    hold = Hold("prime", time(10, 15), time(10, 30), days=frozenset({0}), kept_for=("tag:regulars",))
    world = hourly(holds=[HoldRow("h", hold)])
    assert starts(world) == ["09:00", "11:00"]
    assert starts(world, client=GRACE) == ["09:00", "10:00", "11:00"]


def test_prime_time_opens_on_friday_evening_for_the_week_that_follows() -> None:
    hold = Hold("prime", time(9), time(12), days=frozenset({0}), release=WeeklyRelease(4, time(18)))
    world = hourly(holds=[HoldRow("h", hold)])
    six = local("18:00", date(2026, 1, 9))
    assert starts(world, now=six - timedelta(seconds=1)) == []
    assert starts(world, now=six) == ["09:00", "10:00", "11:00"]


def test_soft_busy_time_stays_open_for_those_a_hold_is_for() -> None:
    hold = Hold("prime", time(16), time(17), days=frozenset({0}), kept_for=("tag:regulars",))
    world = hourly(soft=[span("10:00", "11:00")], holds=[HoldRow("h", hold)])
    assert starts(world) == ["09:00", "11:00"]
    assert starts(world, client=GRACE) == ["09:00", "10:00", "11:00"]


def test_late_calendars_close_the_offer() -> None:
    assert starts(hourly(freshness=Freshness(NOW - timedelta(minutes=61), 1))) == []
    assert len(starts(hourly(freshness=Freshness(NOW - timedelta(minutes=60), 1)))) == 3


def test_a_group_is_offered_again_at_its_own_time_while_seats_are_left() -> None:
    world = with_service(hourly(bookings=[booked("09:00", "10:00")] * 2), capacity=3)
    assert starts(world) == ["09:00", "10:00", "11:00"]
    assert slots(world)[0].modes == (Mode.IN_PERSON,)
    assert starts(with_service(world, capacity=2)) == ["10:00", "11:00"]


def test_a_seat_in_a_group_adds_nothing_to_the_limit_of_the_day() -> None:
    full = a_world(rules={**HOURLY, "max_per_day": 1}, bookings=[booked("09:00", "10:00")])
    assert starts(with_service(full, length=HOUR, capacity=3)) == ["09:00"]


def test_a_group_of_another_service_is_an_obstacle() -> None:
    world = with_service(hourly(bookings=[booked("09:00", "10:00", service="yoga")]), capacity=3)
    assert starts(world) == ["10:00", "11:00"]


def use(start: str, end: str, session: str = "else") -> RoomUse:
    return RoomUse(*span(start, end), session)


def in_rooms(*rooms: Room, room: str = "any", **facts: object) -> World:
    return with_service(hourly(rooms=rooms, **facts), room=room, modes=(Mode.IN_PERSON,))


BLUE, GREEN = Room("main/Blue", "Blue", "main"), Room("main/Green", "Green", "main")


def test_a_room_is_never_booked_twice() -> None:
    assert starts(in_rooms(replace(BLUE, uses=[use("10:30", "11:00")]))) == ["09:00", "11:00"]


def test_any_free_room_will_do() -> None:
    taken = replace(BLUE, uses=[use("09:00", "12:00")])
    world = in_rooms(taken, GREEN)
    assert starts(world) == ["09:00", "10:00", "11:00"]
    place = placement(world, service="s", client=GRACE, start=local("09:00"), mode=Mode.IN_PERSON, now=NOW)
    assert place is not None
    assert place.room == GREEN


def test_a_named_room_must_be_that_room() -> None:
    assert starts(in_rooms(GREEN, room="Blue")) == []
    assert starts(in_rooms(GREEN, BLUE, room="Blue")) == ["09:00", "10:00", "11:00"]


def test_the_room_must_be_at_the_location_of_the_block() -> None:
    assert starts(in_rooms(BLUE, blocks=[replace(MORNING, location="annexe")])) == []
    assert starts(in_rooms(BLUE, blocks=[replace(MORNING, location="main")])) == ["09:00", "10:00", "11:00"]


def test_telehealth_needs_no_room() -> None:
    world = with_service(hourly(), room="any")
    assert {slot.modes for slot in slots(world)} == {(Mode.TELEHEALTH,)}


def test_a_group_keeps_the_room_it_sits_in() -> None:
    sitting = booked("09:00", "10:00", session="group", room="Blue")
    blue = replace(BLUE, uses=[use("09:00", "10:00", "group")])
    world = with_service(in_rooms(GREEN, blue, bookings=[sitting]), capacity=2)
    place = placement(world, service="s", client=GRACE, start=local("09:00"), mode=Mode.IN_PERSON, now=NOW)
    assert place is not None
    assert (place.session, place.room) == ("group", blue)


def test_no_slot_stands_in_the_gap_of_a_spring_night() -> None:
    night = Block(frozenset({6}), time(1), time(4))
    world = a_world(blocks=[night], rules=HALF_HOURLY)
    offered = starts(world, first=date(2026, 3, 8), now=datetime(2026, 3, 1, tzinfo=UTC))
    assert offered == ["01:00", "01:30", "03:00"]


def test_a_repeated_hour_is_counted_in_elapsed_minutes() -> None:
    night = Block(frozenset({6}), time(0, 30), time(2))
    world = a_world(blocks=[night], rules=HALF_HOURLY)
    found = slots(world, first=date(2026, 11, 1), now=datetime(2026, 10, 20, tzinfo=UTC))
    assert [f"{slot.start:%H:%M}" for slot in found] == ["04:30", "05:00", "05:30", "06:00"]


def test_a_block_that_a_gap_before_midnight_carries_over_is_offered_on_both_days() -> None:
    # In Nuuk the clock goes from 23:00 to 24:00 on Saturday 28 March: 23:30 is read as 00:30 on Sunday.
    block = Block(frozenset({5}), time(22), time(23, 30))
    world = with_service(a_world(zone="America/Nuuk", blocks=[block]), length=timedelta(minutes=15))
    saturday, now = date(2026, 3, 28), datetime(2026, 3, 20, tzinfo=UTC)
    assert starts(world, first=saturday, now=now) == ["22:00", "22:15", "22:30", "22:45"]
    assert starts(world, first=saturday + timedelta(days=1), now=now) == ["00:00", "00:15"]


def test_a_group_is_offered_in_the_only_room_because_it_sits_there() -> None:
    blue = replace(BLUE, uses=[use("09:00", "10:00", "group")])
    world = in_rooms(blue, bookings=[booked("09:00", "10:00", session="group", room="Blue")])
    assert starts(with_service(world, capacity=2)) == ["09:00", "10:00", "11:00"]


def test_the_window_is_half_open() -> None:
    window = window_of_dates(MONDAY, MONDAY + timedelta(days=1), zone="America/New_York")
    assert window.start == datetime(2026, 1, 12, 5, tzinfo=UTC)
    assert slot_at(hourly(), service="s", client=GRACE, start=local("10:00"), now=NOW) is not None
    assert slot_at(hourly(), service="s", client=GRACE, start=local("10:01"), now=NOW) is None


def test_a_window_of_dates_must_have_a_day() -> None:
    with pytest.raises(ValueError, match="must end after it starts"):
        window_of_dates(MONDAY, MONDAY, zone="UTC")


def test_a_service_the_provider_does_not_have_is_an_error() -> None:
    with pytest.raises(KeyError):
        slot_at(a_world(), service="other", client=GRACE, start=local("10:00"), now=NOW)


def test_the_nearest_alternatives_come_in_the_order_of_time() -> None:
    offered = slots(a_world(rules=HALF_HOURLY))
    near = nearest(offered, local("10:10"))
    assert [f"{slot.start - timedelta(hours=5):%H:%M}" for slot in near] == ["09:30", "10:00", "10:30"]
    assert nearest(offered, local("10:15"), limit=1)[0].start == local("10:00")


def test_an_inactive_client_is_offered_nothing() -> None:
    assert starts(a_world(), client=replace(GRACE, status=ClientStatus.INACTIVE)) == []


def test_rows_must_reach_past_the_window_by_service_and_gap() -> None:
    world = with_service(a_world(rules={"mode_gap": timedelta(hours=2)}), buffer_after=timedelta(minutes=10))
    assert reach(world.offers) == timedelta(days=1, hours=2, minutes=45)
    assert SESSION.length == timedelta(minutes=45)
