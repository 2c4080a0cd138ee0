"""Series: their dates, the one event they are in the calendar, and what is read from it when it was changed there."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from booking.requests import Status
from booking.series import BadSeries, Date, Plan, Scope, chosen, event_of, plan, read_changes
from sync.model.event import Override, Series
from sync.model.event import Status as EventStatus
from sync.model.moments import WallTime
from sync.model.occurrences import occurrences
from sync.model.timespan import TimeSpan

ZONE = "America/New_York"
TEN = datetime(2026, 10, 21, 14, tzinfo=UTC)
"""Wednesday, 10 o'clock in New York; summer time ends before the third date."""
LENGTH = timedelta(minutes=45)


def weekly(rule: str = "FREQ=WEEKLY;COUNT=4") -> Plan:
    return plan(TEN, ZONE, rule=rule)


def dates(of: Plan, status: Status = Status.PENDING) -> list[Date]:
    return [Date(w, TimeSpan(of.start(w), of.start(w) + LENGTH), status, live=True) for w in of.walls]


def written(of: Plan, found: list[Date], current: Series | None = None) -> Series:
    return event_of("s1", of, found, label="GH", page="https://book.example", current=current)


def spans(series: Series) -> list[TimeSpan]:
    window = TimeSpan(TEN - timedelta(days=9), TEN + timedelta(days=99))
    return sorted(each.span for each in occurrences(series, window=window, zone=ZONE).items)


@pytest.mark.parametrize(
    "rule,days",
    [
        ("FREQ=WEEKLY;COUNT=3", [21, 28, 4]),
        ("FREQ=WEEKLY;INTERVAL=2;COUNT=3", [21, 4, 18]),
        ("FREQ=WEEKLY;UNTIL=20261104", [21, 28, 4]),
        ("FREQ=WEEKLY;UNTIL=20261104T145959Z", [21, 28]),
        ("FREQ=WEEKLY;BYDAY=WE;COUNT=2", [21, 28]),
    ],
)
def test_a_weekly_rule_with_an_end_is_its_dates(rule: str, days: list[int]) -> None:
    assert [wall.day for wall in weekly(rule).walls] == days


def test_the_wall_clock_stays_when_summer_time_ends() -> None:
    assert [weekly().start(wall).hour for wall in weekly().walls] == [14, 14, 15, 15]


@pytest.mark.parametrize(
    "rule",
    ["FREQ=WEEKLY", "FREQ=DAILY;COUNT=3", "FREQ=WEEKLY;BYDAY=MO;COUNT=3", "FREQ=WEEKLY;COUNT=1", "nonsense",
     "FREQ=WEEKLY;COUNT=53", "FREQ=WEEKLY;BYDAY=WE,TH;COUNT=3"],
)  # fmt: skip
def test_what_is_no_series_with_an_end_is_refused(rule: str) -> None:
    with pytest.raises(BadSeries):
        weekly(rule)


def test_a_start_that_no_wall_clock_tells_begins_no_series() -> None:
    half_past_one = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    made = plan(half_past_one, ZONE, rule="FREQ=WEEKLY;COUNT=2")
    assert made.start(made.walls[0]) == half_past_one
    with pytest.raises(BadSeries):
        plan(half_past_one + timedelta(hours=1), ZONE, rule="FREQ=WEEKLY;COUNT=2")


def test_dates_of_choice_are_a_series_too() -> None:
    found = plan(TEN, ZONE, dates=[date(2026, 11, 5), date(2026, 10, 29)])
    assert [(wall.day, wall.hour) for wall in found.walls] == [(21, 10), (29, 10), (5, 10)]
    assert spans(written(found, dates(found))) == [each.span for each in dates(found)]


def test_it_is_one_series_by_its_rule() -> None:
    series = written(weekly(), dates(weekly()))
    assert series.recurrence.rules == ("FREQ=WEEKLY;INTERVAL=1;COUNT=4",)
    assert (series.overrides, series.recurrence.excluded) == ((), ())
    assert spans(series) == [each.span for each in dates(weekly())]


def test_a_date_that_has_gone_is_left_out() -> None:
    found = dates(weekly())
    found[1] = replace(found[1], live=False)
    series = written(weekly(), found)
    assert series.recurrence.excluded == (WallTime(weekly().walls[1], ZONE),)
    assert len(spans(series)) == 3


def test_a_moved_date_is_an_exception() -> None:
    found = dates(weekly())
    later = TimeSpan(found[2].span.start + timedelta(hours=3), found[2].span.end + timedelta(hours=3))
    found[2] = replace(found[2], span=later)
    series = written(weekly(), found)
    assert [each.recurrence_id for each in series.overrides] == [WallTime(weekly().walls[2], ZONE)]
    assert spans(series) == [each.span for each in found]


def test_a_date_accepted_alone_is_confirmed_alone() -> None:
    found = dates(weekly())
    found[3] = replace(found[3], status=Status.ACCEPTED)
    (override,) = written(weekly(), found).overrides
    assert (override.event.status, override.event.summary) == (EventStatus.CONFIRMED, "GH")


def test_once_all_are_accepted_nothing_is_left_of_an_exception() -> None:
    found = dates(weekly())
    found[3] = replace(found[3], status=Status.ACCEPTED)
    mixed = written(weekly(), found)
    assert written(weekly(), dates(weekly(), Status.ACCEPTED), mixed).overrides == ()


def test_what_the_provider_wrote_into_one_date_stays() -> None:
    series = written(weekly(), dates(weekly()))
    assert series.master is not None
    wall = weekly().walls[1]
    event = replace(series.master, start=WallTime(wall, ZONE), location="Room 2")
    own = replace(series, overrides=(Override(WallTime(wall, ZONE), event),))
    (kept,) = written(weekly(), dates(weekly(), Status.ACCEPTED), own).overrides
    assert (kept.event.location, kept.event.status) == ("Room 2", EventStatus.CONFIRMED)


def said(after: Series) -> list[object]:
    before = written(weekly(), dates(weekly()))
    found = read_changes(before, after, weekly(), weekly().walls, label="GH")
    return [None if each.decision is None else (each.decision.accepted, each.decision.span) for each in found]


def unchanged() -> list[object]:
    return [(False, each.span) for each in dates(weekly())]


def test_an_unchanged_event_says_nothing_new() -> None:
    assert said(written(weekly(), dates(weekly()))) == unchanged()


def test_a_deleted_occurrence_is_that_one_gone() -> None:
    series = written(weekly(), dates(weekly()))
    excluded = replace(series.recurrence, excluded=(WallTime(datetime(2026, 11, 4, 15), "UTC"),))
    assert said(replace(series, recurrence=excluded)) == [*unchanged()[:2], None, unchanged()[3]]


def test_a_moved_occurrence_is_that_one_moved() -> None:
    found = dates(weekly())
    later = TimeSpan(found[1].span.start + timedelta(hours=1), found[1].span.end + timedelta(hours=1))
    found[1] = replace(found[1], span=later)
    assert said(written(weekly(), found)) == [unchanged()[0], (False, later), *unchanged()[2:]]


def test_confirmed_as_a_whole_it_is_accepted_as_a_whole() -> None:
    series = written(weekly(), dates(weekly()))
    assert series.master is not None
    confirmed = replace(series, master=replace(series.master, status=EventStatus.CONFIRMED))
    assert said(confirmed) == [(True, each.span) for each in dates(weekly())]


def test_moved_as_a_whole_every_date_is_moved() -> None:
    series = written(weekly(), dates(weekly()))
    assert series.master is not None
    moved = replace(series, master=replace(series.master, start=WallTime(datetime(2026, 10, 21, 12), ZONE)))
    by = timedelta(hours=2)
    assert said(moved) == [(False, TimeSpan(d.span.start + by, d.span.end + by)) for d in dates(weekly())]


def test_ended_earlier_the_rest_has_gone() -> None:
    series = written(weekly(), dates(weekly()))
    shorter = replace(series.recurrence, rules=("FREQ=WEEKLY;COUNT=2",))
    assert said(replace(series, recurrence=shorter)) == [*unchanged()[:2], None, None]


@pytest.mark.parametrize("scope,count", [(Scope.THIS, 1), (Scope.FOLLOWING, 3), (Scope.ALL, 4)])
def test_a_decision_is_about_this_one_the_following_or_all(scope: Scope, count: int) -> None:
    assert len(chosen(scope, weekly().walls[1], weekly().walls)) == count
