from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from booking.practice import Block
from booking.regulars import Pattern, called_off, is_offered, pattern_of, same_time
from sync.model.event import Event, Override, Recurrence, Series, Status, Transparency
from sync.model.moments import Length, WallTime

ZONE = "America/New_York"
NOW = datetime(2026, 11, 16, 14, tzinfo=UTC)
HOUR = Length(exact=timedelta(hours=1))


def wall(day: date, hour: int = 16, zone: str | None = ZONE) -> WallTime:
    return WallTime(datetime.combine(day, time(hour)), zone)


def weekly(rule: str = "FREQ=WEEKLY", first: date = date(2026, 10, 6), **changes: object) -> Series:
    """On Tuesdays at four, over the end of summer time."""
    return Series("u", Event(wall(first), HOUR, "Grace", **changes), Recurrence(rules=(rule,)))  # type: ignore[arg-type]


def found(series: Series, zone: str = ZONE) -> Pattern | None:
    return pattern_of(series, read_in=ZONE, zone=zone, now=NOW)


def test_a_weekly_series_keeps_its_wall_clock() -> None:
    pattern = found(weekly())
    assert pattern is not None
    assert (pattern.days, pattern.start, pattern.end, pattern.every_weeks) == ({1}, time(16), time(17), 1)


def test_every_other_week_counts_from_its_own_first_week() -> None:
    pattern = found(weekly("FREQ=WEEKLY;INTERVAL=2", date(2026, 10, 13)))
    assert pattern is not None
    assert (pattern.every_weeks, pattern.from_date) == (2, date(2026, 10, 13))


@pytest.mark.parametrize(
    "series",
    [
        weekly("FREQ=DAILY"),
        weekly("FREQ=WEEKLY;INTERVAL=3"),
        weekly("FREQ=WEEKLY;COUNT=3", date(2026, 11, 10)),
        weekly("FREQ=WEEKLY;UNTIL=20261110T230000Z"),
        weekly(transparency=Transparency.TRANSPARENT),
        replace(weekly(), problems=("unreadable",)),
        Series("u", Event(date(2026, 10, 6), Length(days=1)), Recurrence(rules=("FREQ=WEEKLY",))),
        weekly("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,TU;WKST=SU", date(2026, 10, 4)),
    ],
    ids=["daily", "every third week", "three times", "over", "free", "unreadable", "all day", "other weeks"],
)
def test_what_is_no_regular(series: Series) -> None:
    assert found(series) is None


def test_it_is_proposed_where_an_online_block_has_its_time() -> None:
    pattern = found(weekly())
    assert pattern is not None
    today = NOW.date()
    open_hours = Block(frozenset({1}), time(9), time(17))
    assert is_offered(pattern, [open_hours], [], today=today)
    assert not is_offered(pattern, [replace(open_hours, online=False)], [], today=today)
    assert not is_offered(pattern, [replace(open_hours, end=time(16, 30))], [], today=today)
    assert not is_offered(pattern, [replace(open_hours, days=frozenset({2}))], [], today=today)
    assert same_time(pattern, [pattern.hold("x", "c-1")])


def off(series: Series) -> set[date]:
    pattern = found(weekly())
    assert pattern is not None
    return set(called_off(series, pattern.hold("x", "c-1"), read_in=ZONE, zone=ZONE, now=NOW))


FREED = date(2026, 12, 1)


def test_a_cancelled_occurrence_frees_its_date_alone() -> None:
    left_out = weekly()
    left_out = replace(left_out, recurrence=replace(left_out.recurrence, excluded=(wall(FREED),)))
    assert off(weekly()) == set()
    assert off(left_out) == {FREED}
    cancelled = Override(wall(FREED), Event(wall(FREED), HOUR, status=Status.CANCELLED))
    assert off(replace(weekly(), overrides=(cancelled,))) == {FREED}
    moved = Override(wall(FREED), Event(wall(FREED, 10), HOUR))
    assert off(replace(weekly(), overrides=(moved,))) == {FREED}
    nudged = Override(wall(FREED), Event(WallTime(datetime(2026, 12, 1, 16, 15), ZONE), HOUR))
    assert off(replace(weekly(), overrides=(nudged,))) == set()


def test_a_series_that_runs_out_leaves_its_time_protected() -> None:
    assert off(weekly("FREQ=WEEKLY;UNTIL=20261124T210000Z")) == set()
