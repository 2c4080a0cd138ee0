from datetime import UTC, date, datetime, time, timedelta

import pytest

from booking.holds import (
    DueRelease,
    HoldRow,
    ReleaseRow,
    active_holds,
    due_releases,
    held_days,
    release_instant,
)
from booking.practice import Hold, ReleaseStage, WeeklyRelease
from sync.model.moments import wall_to_instant
from sync.model.timespan import TimeSpan

ZONE = "America/New_York"
FRIDAY = WeeklyRelease(day=4, time=time(18), weeks_ahead=1)
STAGES = (
    ReleaseStage(days=7, to=("tag:regulars",)),
    ReleaseStage(days=3, to=("status:active",)),
    ReleaseStage(exact=timedelta(hours=24)),
)
TUESDAY, THURSDAY = date(2026, 1, 13), date(2026, 1, 15)
MONDAY = date(2026, 1, 12)
FRIDAY_BEFORE = date(2026, 1, 9)


def evening(release: object = None, **changes: object) -> Hold:
    stated = {"days": frozenset({1, 3}), "kept_for": ("client:c-1",), "release": release, **changes}
    return Hold("evening", time(16), time(17), **stated)  # type: ignore[arg-type]


def local(day: date, clock: str, zone: str = ZONE) -> datetime:
    return wall_to_instant(datetime.combine(day, time.fromisoformat(clock)), zone)


def audiences(
    hold: Hold, now: datetime, *, day: date = TUESDAY, done: tuple[ReleaseRow, ...] = ()
) -> list[set[str]]:
    """Whom the hold keeps this day for at ``now``; nothing if it is open to everyone."""
    window = TimeSpan(local(day, "00:00"), local(day + timedelta(days=1), "00:00"))
    held = active_holds([HoldRow("h", hold)], done, window=window, zone=ZONE, now=now)
    return [set(span.kept_for) for span in held]


def due(
    hold: Hold, now: datetime, *done: ReleaseRow, since: date = FRIDAY_BEFORE, zone: str = ZONE
) -> list[DueRelease]:
    return due_releases(HoldRow("h", hold), done, since=since, now=now, zone=zone)


def recorded(found: list[DueRelease]) -> list[ReleaseRow]:
    return [ReleaseRow(r.hold_id, r.key, r.stage, r.state, r.to, r.unit) for r in found]


def test_a_hold_keeps_its_wall_clock_over_a_clock_change() -> None:
    days = held_days(evening(), first=date(2026, 3, 5), last=date(2026, 3, 10), zone=ZONE)
    assert [held.span.start.hour for held in days] == [21, 20]


def test_a_dated_hold_stands_on_its_date_only() -> None:
    hold = evening(days=frozenset(), date=TUESDAY)
    assert [held.day for held in held_days(hold, first=MONDAY, last=date(2026, 1, 30), zone=ZONE)] == [
        TUESDAY
    ]


def test_a_hold_that_the_gap_leaves_without_time_is_empty() -> None:
    hold = Hold("night", time(2, 30), time(3, 15), days=frozenset({6}))
    assert held_days(hold, first=date(2026, 3, 8), last=date(2026, 3, 8), zone=ZONE) == []
    assert release_instant(evening((ReleaseStage(days=1),)), MONDAY, zone=ZONE) is None


def test_a_hold_that_a_gap_before_midnight_carries_over_reaches_into_the_next_day() -> None:
    # In Nuuk the clock goes from 23:00 to 24:00 on Saturday 28 March: 23:30 is read as 00:30 on Sunday.
    hold, zone = Hold("late", time(22), time(23, 30), days=frozenset({5})), "America/Nuuk"
    sunday = local(date(2026, 3, 29), "00:00", zone)
    held = active_holds(
        [HoldRow("h", hold)],
        (),
        window=TimeSpan(sunday, sunday + timedelta(minutes=5)),
        zone=zone,
        now=sunday,
    )
    assert [span.span.end for span in held] == [sunday + timedelta(minutes=30)]


def test_friday_evening_opens_the_monday_to_sunday_that_follows() -> None:
    for day in (MONDAY, TUESDAY, date(2026, 1, 18)):
        assert release_instant(evening(FRIDAY), day, zone=ZONE) == local(FRIDAY_BEFORE, "18:00")
    assert release_instant(evening(FRIDAY), date(2026, 1, 19), zone=ZONE) == local(date(2026, 1, 16), "18:00")


def test_two_weeks_ahead_opens_the_week_after_that() -> None:
    release = WeeklyRelease(day=4, time=time(18), weeks_ahead=2)
    assert release_instant(evening(release), TUESDAY, zone=ZONE) == local(date(2026, 1, 2), "18:00")


def test_before_in_hours_is_elapsed_time_and_in_days_keeps_the_wall_clock() -> None:
    # The clock changes on Sunday 8 March; the hold is on Tuesday 10 March, 16:00.
    day = date(2026, 3, 10)
    by_hours = evening((ReleaseStage(exact=timedelta(hours=72)),))
    by_days = evening((ReleaseStage(days=3),))
    assert release_instant(by_hours, day, zone=ZONE) == local(date(2026, 3, 7), "15:00")
    assert release_instant(by_days, day, zone=ZONE) == local(date(2026, 3, 7), "16:00")


def test_a_release_due_in_the_gap_is_read_with_the_offset_before_it() -> None:
    release = WeeklyRelease(day=6, time=time(2, 30))
    assert release_instant(evening(release), date(2026, 3, 10), zone=ZONE) == datetime(
        2026, 3, 8, 7, 30, tzinfo=UTC
    )


def test_a_hold_released_by_hand_has_no_release_instant() -> None:
    assert release_instant(evening(None), TUESDAY, zone=ZONE) is None
    assert due(evening(None), local(TUESDAY, "12:00")) == []


def test_a_hold_is_kept_until_the_instant_of_its_release() -> None:
    moment = local(FRIDAY_BEFORE, "18:00")
    assert audiences(evening(FRIDAY), moment - timedelta(microseconds=1)) == [{"client:c-1"}]
    assert audiences(evening(FRIDAY), moment) == []


def test_stages_widen_the_audience_one_by_one() -> None:
    hold = evening(STAGES)
    told = [
        audiences(hold, local(day, "16:00"))
        for day in (date(2026, 1, 5), date(2026, 1, 6), date(2026, 1, 10))
    ]
    assert told == [
        [{"client:c-1"}],
        [{"client:c-1", "tag:regulars"}],
        [{"client:c-1", "tag:regulars", "status:active"}],
    ]
    assert audiences(hold, local(MONDAY, "16:00")) == []


def test_staff_open_a_time_before_it_is_due() -> None:
    early = (ReleaseRow("h", TUESDAY, 0, "released"),)
    assert audiences(evening(None), local(FRIDAY_BEFORE, "12:00"), done=early) == []
    assert audiences(evening(None), local(FRIDAY_BEFORE, "12:00"), day=THURSDAY, done=early) == [
        {"client:c-1"}
    ]


def test_a_time_held_again_stays_held_after_its_release_is_due() -> None:
    again = (ReleaseRow("h", MONDAY, 0, "reheld", unit="week"),)
    assert audiences(evening(FRIDAY), local(MONDAY, "12:00"), done=again) == [{"client:c-1"}]


def test_a_release_of_another_hold_opens_nothing_here() -> None:
    other = (ReleaseRow("other", TUESDAY, 0, "released"),)
    assert audiences(evening(None), local(FRIDAY_BEFORE, "12:00"), done=other) == [{"client:c-1"}]


def test_a_weekly_release_is_due_once_for_the_week() -> None:
    moment = local(FRIDAY_BEFORE, "18:00")
    (found,) = due(evening(FRIDAY), moment, since=MONDAY)
    assert found == DueRelease("h", "week", MONDAY, 0, moment, (), "released")


def test_no_release_comes_early() -> None:
    assert due(evening(FRIDAY), local(FRIDAY_BEFORE, "18:00") - timedelta(microseconds=1), since=MONDAY) == []


def test_what_was_recorded_is_not_due_again() -> None:
    now = local(FRIDAY_BEFORE, "18:00")
    found = due(evening(FRIDAY), now)
    assert found
    assert due(evening(FRIDAY), now, *recorded(found)) == []


def test_what_staff_held_again_is_not_released_by_the_rule() -> None:
    again = ReleaseRow("h", MONDAY, 0, "reheld", unit="week")
    assert due(evening(FRIDAY), local(MONDAY, "12:00"), again, since=MONDAY) == []


def test_a_worker_that_starts_late_releases_while_any_of_the_time_is_ahead() -> None:
    assert [r.state for r in due(evening(FRIDAY), local(THURSDAY, "16:59"), since=MONDAY)] == ["released"]
    assert [r.state for r in due(evening(FRIDAY), local(THURSDAY, "17:00"), since=MONDAY)] == ["missed"]


def test_releases_before_each_time_are_recorded_by_date_and_stage() -> None:
    found = due(evening(STAGES), local(date(2026, 1, 12), "17:00"), since=TUESDAY)
    assert [(r.key, r.stage) for r in found] == [
        (TUESDAY, 0),
        (THURSDAY, 0),
        (TUESDAY, 1),
        (TUESDAY, 2),
        (THURSDAY, 1),
    ]
    assert found[0].to == ("tag:regulars",)


@pytest.mark.parametrize("release", [FRIDAY, STAGES, (ReleaseStage(exact=timedelta(hours=48)),)])
def test_however_often_it_is_asked_each_release_happens_once_and_none_early(release: object) -> None:
    hold, done = evening(release), []
    first = local(date(2026, 2, 20), "11:07")
    moments = [first + count * timedelta(hours=7, minutes=13) for count in range(130)]
    for now in moments:
        found = due(hold, now, *done, since=date(2026, 2, 23))
        assert all(r.due_at <= now for r in found)
        done += recorded(found)
    assert len({(r.key, r.stage) for r in done}) == len(done)
    in_one_go = due(hold, moments[-1], since=date(2026, 2, 23))
    assert {(r.key, r.stage) for r in in_one_go} == {(r.key, r.stage) for r in done}


def test_a_recorded_release_and_the_rule_open_the_same_time() -> None:
    hold, now = evening(STAGES), local(date(2026, 1, 10), "17:00")
    done = tuple(recorded(due(hold, now, since=TUESDAY)))
    assert audiences(hold, now, done=done) == audiences(hold, now)


def test_every_other_week_counts_from_the_week_it_begins_in() -> None:
    fortnightly = evening(days=frozenset({1}), from_date=date(2026, 1, 14), every_weeks=2)
    days = held_days(fortnightly, first=MONDAY, last=date(2026, 2, 28), zone=ZONE)
    assert [held.day for held in days] == [date(2026, 1, 27), date(2026, 2, 10), date(2026, 2, 24)]


def test_what_was_done_under_another_kind_of_release_says_nothing_now() -> None:
    monday_hold = evening(FRIDAY, days=frozenset({0}))
    by_date = (ReleaseRow("h", MONDAY, 0, "reheld", unit="date"),)
    assert audiences(monday_hold, local(MONDAY, "12:00"), day=MONDAY, done=by_date) == []
    assert [r.unit for r in due(monday_hold, local(MONDAY, "12:00"), *by_date, since=MONDAY)] == ["week"]


def test_a_stage_that_now_opens_further_is_not_held_back_by_what_it_opened_before() -> None:
    to_everyone = evening((ReleaseStage(days=7),))
    before = (ReleaseRow("h", TUESDAY, 0, "released", ("tag:regulars",)),)
    assert audiences(to_everyone, local(MONDAY, "12:00"), done=before) == []
