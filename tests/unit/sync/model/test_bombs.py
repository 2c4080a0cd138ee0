"""Events made to exhaust their reader: a bounded amount of work, and never free time."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model.event import Event, Override, Recurrence, Series
from sync.model.moments import Length, WallTime
from sync.model.occurrences import DEFAULT, occurrences
from sync.model.refusals import Budget
from sync.model.timespan import TimeSpan, merged
from tests.support.series import RULES, events

WINDOW = TimeSpan(datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC))
HOUR = Length(exact=timedelta(hours=1))
EVERY = ",".join(map(str, range(60)))
DAYS = ",".join(str(day) for day in range(1, 367))
OLD, ANCIENT = datetime(2000, 1, 1, 9), datetime(2, 1, 1, 9)

BOMBS = {
    "every second": ("FREQ=SECONDLY", OLD),
    "every second from the year 2": ("FREQ=SECONDLY", ANCIENT),
    "a thousand million seconds": ("FREQ=SECONDLY;COUNT=1000000000", OLD),
    "every second of 30 February": ("FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30", OLD),
    "every minute": ("FREQ=MINUTELY", OLD),
    "every minute, far apart": ("FREQ=MINUTELY;INTERVAL=9999999999", OLD),
    "every hour from the year 2": ("FREQ=HOURLY", ANCIENT),
    "every hour, ten thousand times, from the year 2": (
        "FREQ=HOURLY;COUNT=10000;BYMONTH=2;BYMONTHDAY=30",
        ANCIENT,
    ),
    "every minute of every hour, hourly": (f"FREQ=HOURLY;BYMINUTE={EVERY}", OLD),
    "every second of every hour, hourly": (f"FREQ=HOURLY;BYMINUTE={EVERY};BYSECOND={EVERY}", OLD),
    "every second of every day": (f"FREQ=DAILY;BYHOUR=0,1,2,3,4,5;BYMINUTE={EVERY};BYSECOND={EVERY}", OLD),
    "every day of the year at every minute": (f"FREQ=YEARLY;BYYEARDAY={DAYS};BYMINUTE={EVERY}", OLD),
    "30 February, daily": ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", ANCIENT),
    "30 February, yearly": ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", ANCIENT),
    "30 February, counted": ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=10000", ANCIENT),
    "a huge count": ("FREQ=DAILY;COUNT=9999999999", ANCIENT),
    "a huge interval": ("FREQ=YEARLY;INTERVAL=9999999999", ANCIENT),
    "week 53 of every year at 400 positions": ("FREQ=YEARLY;BYWEEKNO=53;BYSETPOS=" + DAYS, ANCIENT),
    "until the end of time": ("FREQ=DAILY;UNTIL=99991231T235959Z", ANCIENT),
    "no rule at all": ("FREQ=FORTNIGHTLY;BYEASTER=1", OLD),
}


def expanded(rule, first, **more):
    series = Series("u", Event(WallTime(first, "Europe/Berlin"), HOUR), Recurrence((rule,), **more))
    return occurrences(series, window=WINDOW, zone="Europe/Berlin")


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_costs_a_bounded_number_of_steps_and_occurrences(name):
    expansion = expanded(*BOMBS[name])
    assert expansion.steps <= 3 * DEFAULT.steps
    assert len(expansion.items) <= DEFAULT.instances + 1


@pytest.mark.parametrize(
    "name", ["every second", "every minute", "every second of every day", "every hour from the year 2"]
)
def test_a_rule_below_the_day_that_is_not_followed_blocks_all_the_time(name):
    expansion = expanded(*BOMBS[name])
    (span,) = merged(item.span for item in expansion.items)
    assert span.contains(WINDOW)
    assert expansion.problems
    assert not expansion.complete


@pytest.mark.parametrize(
    "budget", [Budget(product=0), Budget(steps=60), Budget(instances=7), Budget(count=1)], ids=str
)
@given(
    st.sampled_from([*RULES, "FREQ=HOURLY;INTERVAL=7", "FREQ=DAILY;BYHOUR=6,18", "FREQ=MONTHLY;COUNT=9"]),
    events(),
)
def test_whatever_is_refused_all_that_it_means_is_blocked(budget, rule, event):
    series = Series("u", event, Recurrence((rule,)))
    meant = merged(item.span for item in occurrences(series, window=WINDOW, zone="Europe/Berlin").items)
    found = occurrences(series, window=WINDOW, zone="Europe/Berlin", budget=budget).items
    blocked = merged(clipped for item in found if (clipped := item.span.clipped(WINDOW)))
    for span in (clipped for whole in meant if (clipped := whole.clipped(WINDOW))):
        assert any(block.contains(span) for block in blocked)


def test_a_rule_that_cannot_be_read_blocks_its_hour_on_every_day():
    expansion = expanded("FREQ=FORTNIGHTLY", datetime(2026, 3, 2, 9))
    assert len(expansion.items) == (datetime(2028, 1, 1) - datetime(2026, 3, 2)).days
    assert not any(item.certain for item in expansion.items)


def test_a_rule_with_a_part_that_may_not_be_there_blocks_its_hour_on_every_day():
    expansion = expanded("FREQ=WEEKLY;BYMONTHDAY=1", datetime(2026, 3, 2, 9))
    assert len(expansion.items) == (datetime(2028, 1, 1) - datetime(2026, 3, 2)).days
    assert expansion.problems == (
        "its rule has BYMONTHDAY with FREQ=WEEKLY, which may not be: it is not followed",
    )


def test_a_refused_rule_blocks_no_longer_than_its_until():
    expansion = expanded("FREQ=SECONDLY;UNTIL=20260601T000000Z", OLD)
    assert max(item.span.end for item in expansion.items) < datetime(2026, 6, 5, tzinfo=UTC)


def test_a_refused_rule_with_a_small_count_blocks_only_what_it_can_reach():
    expansion = expanded("FREQ=MINUTELY;COUNT=5", datetime(2026, 3, 2, 9))
    assert max(item.span.end for item in expansion.items) == datetime(2026, 3, 2, 9, 4, tzinfo=UTC)
    assert expanded("FREQ=SECONDLY;COUNT=5", OLD).items == ()


def test_a_count_says_nothing_of_the_end_where_a_list_puts_the_starts_apart():
    expansion = expanded("FREQ=SECONDLY;COUNT=5;BYMONTH=6", datetime(2026, 3, 2, 9))
    assert max(item.span.end for item in expansion.items) >= datetime(2026, 6, 1, tzinfo=UTC)


def test_more_rules_than_an_event_has_block_all_from_its_start_on():
    rules = tuple(f"FREQ=DAILY;INTERVAL={number}" for number in range(1, 12))
    series = Series("u", Event(WallTime(datetime(2026, 3, 2, 9), "UTC"), HOUR), Recurrence(rules))
    (item,) = occurrences(series, window=WINDOW, zone="UTC").items
    assert item.span == TimeSpan(datetime(2026, 3, 2, 9, tzinfo=UTC), WINDOW.end)


def test_a_walk_that_costs_too_much_blocks_its_hour_on_every_day():
    expansion = expanded(*BOMBS["30 February, counted"])
    assert len(expansion.items) >= 730
    assert not any(item.certain for item in expansion.items)


def test_a_count_beyond_the_limit_is_read_as_endless():
    expansion = expanded("FREQ=WEEKLY;COUNT=999999", datetime(2026, 3, 2, 9))
    assert len(expansion.items) == 96
    assert not expansion.complete


def test_too_many_extra_dates_block_all_between_the_first_and_the_last():
    dates = tuple(
        (WallTime(datetime(2026, 3, 2) + timedelta(hours=2 * n), "UTC"), None) for n in range(2_001)
    )
    series = Series("u", Event(WallTime(datetime(2026, 3, 1), "UTC"), HOUR), Recurrence(dates=dates))
    expansion = occurrences(series, window=WINDOW, zone="UTC")
    assert merged(item.span for item in expansion.items)[-1].length == timedelta(hours=4_001)
    assert not expansion.complete


def test_twenty_thousand_excluded_dates_are_only_looked_up():
    excluded = tuple(WallTime(datetime(2026, 3, 2) + timedelta(minutes=n), "UTC") for n in range(20_000))
    assert len(expanded("FREQ=WEEKLY;COUNT=4", datetime(2026, 3, 2, 9), excluded=excluded).items) == 2


def test_too_many_overrides_block_the_window():
    overrides = tuple(
        Override(WallTime(at, "UTC"), Event(WallTime(at, "UTC"), HOUR))
        for at in (datetime(2026, 3, 2) + timedelta(hours=n) for n in range(DEFAULT.instances + 1))
    )
    expansion = occurrences(Series("u", None, overrides=overrides), window=WINDOW, zone="UTC")
    assert expansion.items[0].span == WINDOW


def test_a_shift_of_a_thousand_years_for_all_later_ones_is_survived():
    first = WallTime(datetime(2026, 3, 2, 9), "UTC")
    for year in (2, 9990):
        far = Override(first, Event(WallTime(datetime(year, 3, 2, 9), "UTC"), HOUR), this_and_future=True)
        series = Series("u", Event(first, HOUR), Recurrence(("FREQ=DAILY",)), (far,))
        assert occurrences(series, window=WINDOW, zone="UTC").steps <= 3 * DEFAULT.steps


def test_an_event_of_a_century_that_repeats_daily_is_survived():
    series = Series("u", Event(date(1990, 1, 1), Length(days=36_525)), Recurrence(("FREQ=DAILY",)))
    expansion = occurrences(series, window=WINDOW, zone="UTC")
    assert merged(item.span for item in expansion.items)[0].contains(WINDOW)
    assert expansion.steps <= 3 * DEFAULT.steps
