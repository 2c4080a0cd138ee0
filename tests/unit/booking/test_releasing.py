from datetime import date, datetime, time, timedelta

from booking.epoch import instant
from booking.holds import HoldRow, ReleaseRow, active_holds
from booking.practice import Hold, ReleaseStage, WeeklyRelease
from booking.releasing import HeldTime, held_again, held_time, held_times, released, with_stages
from sync.model.moments import wall_to_instant

ZONE = "America/New_York"
FRIDAY = WeeklyRelease(day=4, time=time(18), weeks_ahead=1)
STAGES = (ReleaseStage(days=7, to=("tag:regulars",)), ReleaseStage(exact=timedelta(hours=24)))
MONDAY, TUESDAY = date(2026, 1, 12), date(2026, 1, 13)


def evening(release: object) -> HoldRow:
    days = frozenset({1, 3})
    return HoldRow("h", Hold("evening", time(16), time(17), days, kept_for=("client:c-1",), release=release))  # type: ignore[arg-type]


def local(day: date, clock: str) -> datetime:
    return wall_to_instant(datetime.combine(day, time.fromisoformat(clock)), ZONE)


def of(row: HoldRow, now: datetime, *done: ReleaseRow, day: date = TUESDAY) -> HeldTime:
    found = held_time(row, done, day=day, zone=ZONE, now=now)
    assert found is not None
    return found


def test_a_week_is_one_time_with_all_its_spans_and_the_moment_it_opens() -> None:
    found = of(evening(FRIDAY), local(date(2026, 1, 5), "09:00"), day=date(2026, 1, 18))
    assert (found.unit, found.key, len(found.spans)) == ("week", MONDAY, 2)
    assert found.opens_at == local(date(2026, 1, 9), "18:00")
    assert of(evening(FRIDAY), local(date(2026, 1, 9), "18:00")).open


def test_dates_are_times_of_their_own_and_open_stage_by_stage() -> None:
    first, second = held_times(
        evening(STAGES), (), first=MONDAY, last=date(2026, 1, 18), zone=ZONE, now=local(MONDAY, "09:00")
    )
    assert (first.key, second.key) == (TUESDAY, date(2026, 1, 15))
    assert first.kept_for == {"client:c-1", "tag:regulars"}
    assert first.opens_at == local(MONDAY, "16:00")


def test_a_day_the_hold_does_not_stand_on_is_no_time_of_its() -> None:
    assert held_time(evening(None), (), day=MONDAY, zone=ZONE, now=local(MONDAY, "09:00")) is None


def test_released_by_hand_it_is_open_and_held_again_it_stays_until_a_hand_comes() -> None:
    for release in (FRIDAY, STAGES, None):
        row, now = evening(release), local(date(2026, 1, 5), "09:00")
        time = of(row, now)
        rows = with_stages(row, (), time.key, released(row.hold, time, zone=ZONE))
        time = of(row, now, *rows)
        assert time.open
        assert released(row.hold, time, zone=ZONE) == []
        rows = with_stages(row, rows, time.key, held_again(row.hold, time, zone=ZONE))
        time = of(row, local(TUESDAY, "15:59"), *rows)
        assert (time.kept_for, time.opens_at, time.reheld) == ({"client:c-1"}, None, True)
        assert held_again(row.hold, time, zone=ZONE) == []
        rows = with_stages(row, rows, time.key, released(row.hold, time, zone=ZONE))
        assert of(row, now, *rows).open


def test_only_the_time_that_was_meant_is_released() -> None:
    row, now = evening(None), local(date(2026, 1, 5), "09:00")
    time = of(row, now)
    rows = with_stages(row, (), time.key, released(row.hold, time, zone=ZONE))
    window = time.spans[0].widened(timedelta(days=9), timedelta(days=9))
    held = active_holds([row], rows, window=window, zone=ZONE, now=now)
    assert [instant(each.start).day for each in held] == [6, 8, 15, 20, 22]
