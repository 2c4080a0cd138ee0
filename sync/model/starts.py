"""The starts a recurrence rule gives, walked period by period in naive wall-clock time (RFC 5545 3.3.10).

The walk jumps to the window it is asked for and pays for every period and day it looks at, so that a rule
written to exhaust its reader ends with ``BudgetSpent`` after a known amount of work.
"""

from __future__ import annotations

from calendar import isleap, monthrange
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import product

from sync.model.recurrence import Frequency, Rule


class BudgetSpent(Exception):
    """The walk cost more than was allowed."""


class Meter:
    """Counts steps; ``spend`` raises BudgetSpent beyond the limit."""

    __slots__ = ("left", "limit")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.left = limit

    def spend(self, steps: int = 1) -> None:
        self.left -= steps
        if self.left < 0:
            raise BudgetSpent

    @property
    def spent(self) -> int:
        return self.limit - self.left


def starts(rule: Rule, first: datetime, low: datetime, high: datetime, meter: Meter) -> Iterator[datetime]:
    """Ascending wall-clock starts of ``rule`` in ``[low, high]``, ``first`` (DTSTART) always among them.

    DTSTART is the first instance and counts as one whether or not the rule matches it. UNTIL is for the caller:
    it may be an instant. Raises BudgetSpent through ``meter``. Rules by the second cannot be walked.
    """
    step = _steady_step(rule, first)
    if step is not None:
        yield from _steady(step, first, low, high, meter)
        return
    if low <= first <= high:
        yield first
    rule = rule.explicit(first)
    left = None if rule.count is None else rule.count - 1
    for start in _matching(rule, first, first if left is not None else low, high, meter):
        if start <= first:
            continue
        if start > high or (left is not None and left <= 0):
            return
        if left is not None:
            left -= 1
        if start >= low:
            yield start


def is_start(rule: Rule, first: datetime) -> bool:
    """Whether the rule itself names DTSTART; where it does not, RFC 5545 (3.8.5.3) leaves open what the series is."""
    found = _matching(rule.explicit(first), first, first, first, Meter(100_000))
    return any(start == first for start in found)


def _steady_step(rule: Rule, first: datetime) -> timedelta | None:
    """The time between any two starts, of rules that have only one: nearly all that people make."""
    other = rule.months or rule.week_numbers or rule.year_days or rule.month_days or rule.positions
    if other or rule.hours or rule.minutes or rule.seconds or rule.count is not None:
        return None
    if rule.frequency is Frequency.DAILY and not rule.weekdays:
        return timedelta(days=min(rule.interval, _LONGEST_STEP))
    if rule.frequency is Frequency.WEEKLY and rule.weekdays in ((), ((0, first.weekday()),)):
        return timedelta(days=7 * min(rule.interval, _LONGEST_STEP))
    return None


_LONGEST_STEP = 4_000_000
"""Days from the year 1 beyond the last one there is."""


def _steady(
    step: timedelta, first: datetime, low: datetime, high: datetime, meter: Meter
) -> Iterator[datetime]:
    skipped = max(0, -((first - low) // step))
    try:
        start = first + skipped * step
        while start <= high:
            meter.spend()
            yield start
            start += step
    except OverflowError:  # past year 9999
        return


def _matching(rule: Rule, first: datetime, low: datetime, high: datetime, meter: Meter) -> Iterator[datetime]:
    """Starts of whole periods from the one before ``low`` on; some may lie before ``low`` or after ``high``."""
    period_days, origin = _PERIODS[rule.frequency](rule, first)
    times = _times(rule) if rule.frequency < Frequency.HOURLY else []
    for index in _indices(rule, origin, max(low, first), high):
        meter.spend()
        try:
            days = period_days(index)
        except (OverflowError, ValueError):  # past year 9999
            return
        meter.spend(len(days))
        days = [day for day in days if _fits(rule, day)]
        if rule.frequency is Frequency.HOURLY:
            times = _times_of_hour(rule, index % 24)
        elif rule.frequency is Frequency.MINUTELY:
            times = _times_of_minute(rule, index // 60 % 24, index % 60)
        meter.spend(len(days) * len(times))
        found = [datetime.combine(day, at) for day in days for at in times]
        yield from _chosen(found, rule.positions) if rule.positions else found


def _indices(rule: Rule, origin: int, low: datetime, high: datetime) -> Iterator[int]:
    """Numbers of the periods that touch the window, stepping by the interval from the period of DTSTART."""
    reach = _NUMBER[rule.frequency]
    begin, end = reach(rule, low), reach(rule, high)
    index = origin + max(0, (begin - origin) // rule.interval - 1) * rule.interval
    while index <= end:
        yield index
        index += rule.interval


def _year_number(rule: Rule, at: datetime) -> int:
    return _middle_of_week(rule, at).year if rule.week_numbers else at.year


def _month_number(_: Rule, at: datetime) -> int:
    return at.year * 12 + at.month - 1


def _week_number(rule: Rule, at: datetime) -> int:
    return (at.toordinal() - 1 - rule.week_start) // 7


def _day_number(_: Rule, at: datetime) -> int:
    return at.toordinal()


def _hour_number(_: Rule, at: datetime) -> int:
    return at.toordinal() * 24 + at.hour


def _minute_number(_: Rule, at: datetime) -> int:
    return (at.toordinal() * 24 + at.hour) * 60 + at.minute


_NUMBER: dict[Frequency, Callable[[Rule, datetime], int]] = {
    Frequency.YEARLY: _year_number,
    Frequency.MONTHLY: _month_number,
    Frequency.WEEKLY: _week_number,
    Frequency.DAILY: _day_number,
    Frequency.HOURLY: _hour_number,
    Frequency.MINUTELY: _minute_number,
}

_Days = Callable[[int], list[date]]


def _years(rule: Rule, first: datetime) -> tuple[_Days, int]:
    if rule.week_numbers:
        return _weeks_of_years(rule, first)

    def days(year: int) -> list[date]:
        months = rule.months or range(1, 13)
        return [day for month in months for day in _days_of_month(rule, year, month)]

    return days, first.year


def _weeks_of_years(rule: Rule, first: datetime) -> tuple[_Days, int]:
    """Weeks belong to the year that holds four of their days, so week 1 may begin in the December before."""

    def days(year: int) -> list[date]:
        begin, end = _first_week(rule, year), _first_week(rule, year + 1)
        weeks = (end - begin) // 7
        numbers = {number - 1 if number > 0 else weeks + number for number in rule.week_numbers}
        found = [
            begin + 7 * number + day for number in sorted(numbers) if 0 <= number < weeks for day in range(7)
        ]
        return [date.fromordinal(ordinal) for ordinal in found if ordinal > 0]

    return days, _year_number(rule, first)


def _first_week(rule: Rule, year: int) -> int:
    """The ordinal of the first day of the week with 4 January, the first with four days in its year (3.3.10)."""
    fourth = date(year, 1, 4)
    return fourth.toordinal() - (fourth.weekday() - rule.week_start) % 7


def _months(rule: Rule, first: datetime) -> tuple[_Days, int]:
    def days(index: int) -> list[date]:
        if rule.months and index % 12 + 1 not in rule.months:
            return []
        return _days_of_month(rule, index // 12, index % 12 + 1)

    return days, _month_number(rule, first)


def _days_of_month(rule: Rule, year: int, month: int) -> list[date]:
    length = monthrange(year, month)[1]
    if not rule.month_days:
        return [date(year, month, day) for day in range(1, length + 1)]
    numbers = {day if day > 0 else length + 1 + day for day in rule.month_days}
    return [date(year, month, day) for day in sorted(numbers) if 1 <= day <= length]


def _weeks(rule: Rule, first: datetime) -> tuple[_Days, int]:
    wanted = sorted({(weekday - rule.week_start) % 7 for _, weekday in rule.weekdays}) or range(7)

    def days(index: int) -> list[date]:
        monday = index * 7 + 1 + rule.week_start
        return [date.fromordinal(monday + offset) for offset in wanted if monday + offset > 0]

    return days, _week_number(rule, first)


def _single_days(rule: Rule, first: datetime) -> tuple[_Days, int]:
    return lambda index: [date.fromordinal(index)], _day_number(rule, first)


def _hours(rule: Rule, first: datetime) -> tuple[_Days, int]:
    return lambda index: [date.fromordinal(index // 24)], _hour_number(rule, first)


def _minutes(rule: Rule, first: datetime) -> tuple[_Days, int]:
    return lambda index: [date.fromordinal(index // 1440)], _minute_number(rule, first)


_PERIODS: dict[Frequency, Callable[[Rule, datetime], tuple[_Days, int]]] = {
    Frequency.YEARLY: _years,
    Frequency.MONTHLY: _months,
    Frequency.WEEKLY: _weeks,
    Frequency.DAILY: _single_days,
    Frequency.HOURLY: _hours,
    Frequency.MINUTELY: _minutes,
}


def _times(rule: Rule) -> list[time]:
    return [time(*parts) for parts in product(rule.hours, rule.minutes, rule.seconds)]


def _times_of_hour(rule: Rule, hour: int) -> list[time]:
    if rule.hours and hour not in rule.hours:
        return []
    return [time(hour, *parts) for parts in product(rule.minutes, rule.seconds)]


def _times_of_minute(rule: Rule, hour: int, minute: int) -> list[time]:
    if (rule.hours and hour not in rule.hours) or (rule.minutes and minute not in rule.minutes):
        return []
    return [time(hour, minute, second) for second in rule.seconds]


def _fits(rule: Rule, day: date) -> bool:
    if rule.months and day.month not in rule.months:
        return False
    if rule.month_days and not _is_month_day(rule, day):
        return False
    if rule.weekdays and not any(_is_weekday(rule, day, *wanted) for wanted in rule.weekdays):
        return False
    if rule.year_days:
        number, length = day.timetuple().tm_yday, 365 + isleap(day.year)
        if number not in rule.year_days and number - length - 1 not in rule.year_days:
            return False
    return True


def _is_month_day(rule: Rule, day: date) -> bool:
    return day.day in rule.month_days or day.day - monthrange(day.year, day.month)[1] - 1 in rule.month_days


def _is_weekday(rule: Rule, day: date, ordinal: int, weekday: int) -> bool:
    if day.weekday() != weekday:
        return False
    if not ordinal or rule.frequency > Frequency.MONTHLY:  # an ordinal means nothing below a month
        return True
    if rule.frequency is Frequency.MONTHLY or rule.months:
        before, length = day.day, monthrange(day.year, day.month)[1]
    else:
        before, length = day.timetuple().tm_yday, 365 + isleap(day.year)
    return ordinal == (before - 1) // 7 + 1 if ordinal > 0 else -ordinal == (length - before) // 7 + 1


def _middle_of_week(rule: Rule, day: date) -> date:
    """The fourth day of the week that ``day`` lies in: its year is the one the week belongs to."""
    ordinal = day.toordinal() + 3 - (day.weekday() - rule.week_start) % 7
    return date.fromordinal(min(max(ordinal, 1), date.max.toordinal()))


def _chosen(found: list[datetime], positions: tuple[int, ...]) -> list[datetime]:
    size = len(found)
    picked = {at - 1 if at > 0 else size + at for at in positions}
    return [found[at] for at in sorted(picked) if 0 <= at < size]
