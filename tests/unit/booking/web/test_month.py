"""The month on the page."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from booking.web.month import by_day, by_part, month_of


@dataclass(frozen=True)
class At:
    start: datetime


def at(hour: int, minute: int = 0) -> At:
    return At(datetime(2026, 11, 24, hour, minute, tzinfo=UTC))


def november(**days: int) -> dict[date, int]:
    return {date(2026, 11, int(name[1:])): times for name, times in days.items()}


def grid(first: date = date(2026, 11, 1), days: dict[date, int] | None = None):  # type: ignore[no-untyped-def]
    return month_of(first, days or {}, earliest=date(2026, 11, 20), latest=date(2027, 1, 10), first_weekday=0)


def test_a_month_is_whole_weeks() -> None:
    weeks = grid().weeks
    assert (weeks[0][0].date, weeks[-1][-1].date) == (date(2026, 10, 26), date(2026, 12, 6))


def test_a_day_says_how_many_times_it_has() -> None:
    found = {day.date: day.times for week in grid(days=november(d24=3)).weeks for day in week}
    assert (found[date(2026, 11, 24)], found[date(2026, 11, 25)]) == (3, 0)


def test_days_of_the_months_beside_have_no_times_here() -> None:
    weeks = grid(days={date(2026, 12, 1): 2}).weeks
    assert all(day.times == 0 for week in weeks for day in week)


def test_it_cannot_be_turned_to_before_the_first_month() -> None:
    assert grid().before is None


def test_it_can_be_turned_on_to_the_last_month_and_no_further() -> None:
    assert grid(date(2026, 12, 1)).after == date(2027, 1, 1)
    assert grid(date(2027, 1, 1)).after is None


def test_slots_belong_to_the_day_of_their_own_zone() -> None:
    late = At(datetime(2026, 11, 25, 1, 0, tzinfo=UTC).astimezone(ZoneInfo("America/New_York")))
    assert list(by_day([late])) == [date(2026, 11, 24)]


def test_noon_is_afternoon_and_five_is_evening() -> None:
    slots = [at(11, 59), at(12), at(16, 59), at(17)]
    assert [(part, len(found)) for part, found in by_part(slots)] == [
        ("morning", 1),
        ("afternoon", 2),
        ("evening", 1),
    ]


def test_a_part_without_times_is_left_out() -> None:
    assert [part for part, _ in by_part([at(9)])] == ["morning"]
