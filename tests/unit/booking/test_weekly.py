from datetime import UTC, date, datetime, time, timedelta

import pytest

from booking.practice import Block, DateOverride, Window
from booking.weekly import OfferedBlock, block_spans, runs_on

ALL_WEEK = frozenset(range(7))
DAY = date(2026, 1, 14)


def spans(
    *blocks: Block,
    overrides: tuple[DateOverride, ...] = (),
    first: date = DAY,
    last: date = DAY,
    zone: str = "UTC",
) -> list[OfferedBlock]:
    return block_spans(blocks, overrides, first=first, last=last, zone=zone)


def hours(found: list[OfferedBlock]) -> list[tuple[str, str]]:
    return [(f"{o.span.start:%H:%M}", f"{o.span.end:%H:%M}") for o in found]


def test_a_block_stands_on_its_days_only() -> None:
    block = Block(frozenset({0, 2}), time(9), time(17))
    found = spans(block, first=date(2026, 1, 12), last=date(2026, 1, 18))
    assert [offered.span.start.date() for offered in found] == [date(2026, 1, 12), date(2026, 1, 14)]


def test_blocks_that_touch_stay_apart() -> None:
    found = spans(Block(ALL_WEEK, time(9), time(12)), Block(ALL_WEEK, time(12), time(17)))
    assert hours(found) == [("09:00", "12:00"), ("12:00", "17:00")]


def test_blocks_come_in_the_order_of_their_starts() -> None:
    found = spans(Block(ALL_WEEK, time(13), time(17)), Block(ALL_WEEK, time(9), time(12)))
    assert hours(found) == [("09:00", "12:00"), ("13:00", "17:00")]


def test_an_end_of_midnight_is_the_end_of_the_day() -> None:
    (found,) = spans(Block(ALL_WEEK, time(22), time(0)))
    assert found.span.end == datetime(2026, 1, 15, tzinfo=UTC)


def test_a_block_whose_end_is_before_its_start_is_empty() -> None:
    assert spans(Block(ALL_WEEK, time(22), time(2))) == []


def test_a_weekly_block_keeps_its_wall_clock_over_a_clock_change() -> None:
    block = Block(frozenset({0}), time(9), time(10))
    found = spans(block, first=date(2026, 3, 2), last=date(2026, 3, 9), zone="America/New_York")
    assert [offered.span.start.hour for offered in found] == [14, 13]


def test_a_start_in_the_gap_is_read_with_the_offset_before_it() -> None:
    (found,) = spans(
        Block(ALL_WEEK, time(2, 30), time(5)),
        first=date(2026, 3, 8),
        last=date(2026, 3, 8),
        zone="America/New_York",
    )
    assert found.span.start == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)


def test_an_ambiguous_time_is_the_first() -> None:
    (found,) = spans(
        Block(ALL_WEEK, time(1, 30), time(3)),
        first=date(2026, 11, 1),
        last=date(2026, 11, 1),
        zone="America/New_York",
    )
    assert found.span.start == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert found.span.length == timedelta(hours=2, minutes=30)


def test_a_block_that_the_gap_leaves_without_time_is_empty() -> None:
    # 02:30 is read as 03:30, which is after 03:15.
    gap_day = date(2026, 3, 8)
    block = Block(ALL_WEEK, time(2, 30), time(3, 15))
    assert spans(block, first=gap_day, last=gap_day, zone="America/New_York") == []


@pytest.mark.parametrize(
    "day, stands",
    [
        (date(2026, 1, 6), False),
        (date(2026, 1, 7), True),
        (date(2026, 1, 21), True),
        (date(2026, 1, 22), False),
    ],
)
def test_from_and_until_are_inclusive(day: date, stands: bool) -> None:
    block = Block(ALL_WEEK, time(9), time(17), from_date=date(2026, 1, 7), until=date(2026, 1, 21))
    assert runs_on(block, day) is stands


@pytest.mark.parametrize(
    "day, stands",
    [
        (date(2026, 1, 9), True),
        (date(2026, 1, 12), False),
        (date(2026, 1, 19), True),
        (date(2026, 1, 26), False),
    ],
)
def test_every_second_week_counts_from_the_week_of_from(day: date, stands: bool) -> None:
    block = Block(ALL_WEEK, time(9), time(17), from_date=date(2026, 1, 7), every_weeks=2)
    assert runs_on(block, day) is stands


def test_every_second_week_without_from_counts_from_the_first_monday_of_1970() -> None:
    block = Block(ALL_WEEK, time(9), time(17), every_weeks=2)
    assert runs_on(block, date(1970, 1, 11))
    assert not runs_on(block, date(1970, 1, 12))
    assert runs_on(block, date(1970, 1, 19))


def test_a_closed_date_has_no_blocks() -> None:
    assert spans(Block(ALL_WEEK, time(9), time(17)), overrides=(DateOverride(DAY, DAY),)) == []


def test_the_windows_of_an_override_replace_the_blocks_of_the_day() -> None:
    override = DateOverride(DAY, DAY, (Window(time(10), time(11)), Window(time(15), time(16))))
    found = spans(Block(ALL_WEEK, time(9), time(17), online=False), overrides=(override,))
    assert hours(found) == [("10:00", "11:00"), ("15:00", "16:00")]


def test_a_window_is_online_for_every_mode_and_service() -> None:
    (found,) = spans(overrides=(DateOverride(DAY, DAY, (Window(time(10), time(11)),)),))
    assert found.block.online
    assert len(found.block.modes) == 2
    assert found.block.services is None


def test_one_date_can_be_opened_inside_a_closed_range() -> None:
    holidays = DateOverride(DAY - timedelta(days=3), DAY + timedelta(days=3))
    emergency = DateOverride(DAY, DAY, (Window(time(9), time(10)),))
    assert hours(spans(overrides=(emergency, holidays))) == [("09:00", "10:00")]


def test_of_two_overrides_over_as_many_days_the_last_one_holds() -> None:
    first = DateOverride(DAY, DAY, (Window(time(9), time(10)),))
    second = DateOverride(DAY, DAY, (Window(time(14), time(15)),))
    assert hours(spans(overrides=(first, second))) == [("14:00", "15:00")]
