from datetime import UTC, datetime, time, timedelta

from booking.notice import earliest_start, horizon_end, last_instant
from booking.practice import Privilege
from booking.rules import NoticeByClock, Rules

ZONE = "America/New_York"
NOON = datetime(2026, 1, 9, 17, 0, tzinfo=UTC)
BY_NINE = Rules(minimum_notice=NoticeByClock(days=1, until=time(21)))


def test_a_start_exactly_as_far_away_as_the_notice_meets_it() -> None:
    assert earliest_start(NOON, Rules(), zone=ZONE) == NOON + timedelta(hours=24)
    assert last_instant(NOON + timedelta(hours=24), Rules(), zone=ZONE) == NOON


def test_a_day_of_notice_is_24_hours_also_over_a_clock_change() -> None:
    start = datetime(2026, 3, 8, 16, 0, tzinfo=UTC)
    assert last_instant(start, Rules(minimum_notice=timedelta(days=1)), zone=ZONE) == start - timedelta(
        hours=24
    )


def test_for_tomorrow_a_time_can_be_asked_for_until_nine_tonight() -> None:
    nine_tonight = datetime(2026, 1, 10, 2, 0, tzinfo=UTC)
    tomorrow_morning = datetime(2026, 1, 10, 13, 0, tzinfo=UTC)
    assert last_instant(tomorrow_morning, BY_NINE, zone=ZONE) == nine_tonight
    midnight_tonight = datetime(2026, 1, 10, 5, 0, tzinfo=UTC)
    assert earliest_start(nine_tonight, BY_NINE, zone=ZONE) == midnight_tonight
    later = nine_tonight + timedelta(microseconds=1)
    assert earliest_start(later, BY_NINE, zone=ZONE) == midnight_tonight + timedelta(days=1)


def test_notice_for_the_same_day_never_reaches_into_the_past() -> None:
    rules = Rules(minimum_notice=NoticeByClock(days=0, until=time(21)))
    assert earliest_start(NOON, rules, zone=ZONE) == NOON
    early = datetime(2026, 1, 9, 13, 0, tzinfo=UTC)
    assert last_instant(early, rules, zone=ZONE) == early


def test_longer_notice_holds_beside_the_minimum() -> None:
    rules = Rules(longer_notice=timedelta(hours=72))
    assert earliest_start(NOON, rules, zone=ZONE, privilege=Privilege.LONGER_NOTICE) == NOON + timedelta(
        hours=72
    )
    short = Rules(longer_notice=timedelta(hours=2))
    assert earliest_start(NOON, short, zone=ZONE, privilege=Privilege.LONGER_NOTICE) == NOON + timedelta(
        hours=24
    )


def test_the_horizon_ends_with_the_local_day() -> None:
    late_evening = datetime(2026, 1, 10, 4, 30, tzinfo=UTC)
    assert horizon_end(late_evening, Rules(horizon_days=0), zone=ZONE) == datetime(
        2026, 1, 10, 5, 0, tzinfo=UTC
    )
    assert horizon_end(late_evening, Rules(horizon_days=60), zone=ZONE) == datetime(
        2026, 3, 11, 4, 0, tzinfo=UTC
    )


def test_a_deadline_in_a_gap_before_midnight_still_stands_after_it() -> None:
    # In Nuuk the clock goes from 23:00 to 24:00 on Saturday 28 March: 23:30 is read as 00:30 on Sunday.
    rules = Rules(minimum_notice=NoticeByClock(days=1, until=time(23, 30)))
    quarter_past = datetime(2026, 3, 29, 1, 15, tzinfo=UTC)
    assert earliest_start(quarter_past, rules, zone="America/Nuuk") == quarter_past
    assert last_instant(quarter_past + timedelta(hours=8), rules, zone="America/Nuuk") == datetime(
        2026, 3, 29, 1, 30, tzinfo=UTC
    )
