"""When the occurrences of a series are. All times of day are local, all windows are 2026."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sync.model.event import Event, Override, Recurrence, Response, Series, Status, Transparency
from sync.model.freebusy import BusyPolicy, Reading, Weight
from sync.model.moments import Length, WallTime
from sync.model.occurrences import busy_intervals, occurrences
from sync.model.timespan import TimeSpan

YEAR = TimeSpan(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
HOUR = Length(exact=timedelta(hours=1))
BERLIN = "Europe/Berlin"
NEW_YORK = "America/New_York"


def wall(month, day, hour=9, minute=0, zone=BERLIN):
    return WallTime(datetime(2026, month, day, hour, minute), zone)


def repeating(start, *rules, length=HOUR, overrides=(), **recurrence):
    return Series("u", Event(start, length), Recurrence(tuple(rules), **recurrence), tuple(overrides))


def spans(series, window=YEAR, zone=BERLIN):
    return [item.span for item in occurrences(series, window=window, zone=zone).items]


def local(series, window=YEAR, zone=BERLIN):
    """Local starts, as ``"03-02 09:00"``."""
    return [f"{span.start.astimezone(ZoneInfo(zone)):%m-%d %H:%M}" for span in spans(series, window, zone)]


def test_a_weekly_series_keeps_its_local_hour_across_dst():
    series = repeating(wall(3, 24), "FREQ=WEEKLY;COUNT=2")
    assert [span.start.hour for span in spans(series)] == [8, 7]


def test_a_time_in_the_gap_is_read_with_the_offset_before_it():
    assert local(repeating(wall(3, 29, 2, 30))) == ["03-29 03:30"]


def test_an_ambiguous_time_is_the_first():
    assert spans(repeating(wall(10, 25, 2, 30)))[0].start == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_day_is_nominal_and_24_hours_are_exact():
    nominal = repeating(wall(3, 28, 12), length=Length(days=1))
    exact = repeating(wall(3, 28, 12), length=Length(exact=timedelta(hours=24)))
    assert spans(nominal)[0].length == timedelta(hours=23)
    assert spans(exact)[0].length == timedelta(hours=24)


def test_every_instance_lasts_exactly_as_long_as_the_first():
    series = repeating(wall(3, 22, 1), "FREQ=WEEKLY;COUNT=2", length=Length(exact=timedelta(hours=4)))
    assert {span.length for span in spans(series)} == {timedelta(hours=4)}


@pytest.mark.parametrize(
    "zone, start",
    [
        ("Pacific/Kiritimati", datetime(2026, 5, 1, 10, tzinfo=UTC)),
        ("Pacific/Pago_Pago", datetime(2026, 5, 2, 11, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 5, 1, 22, tzinfo=UTC)),
    ],
)
def test_a_date_runs_from_local_midnight_to_local_midnight(zone, start):
    (span,) = spans(repeating(date(2026, 5, 2), length=Length(days=1)), zone=zone)
    assert (span.start, span.length) == (start, timedelta(hours=24))


def test_the_day_when_dst_starts_has_23_hours():
    (span,) = spans(repeating(date(2026, 3, 29), length=Length(days=1)))
    assert span.length == timedelta(hours=23)


def test_a_floating_time_is_read_in_the_zone_that_is_given():
    series = repeating(wall(5, 1, zone=None))
    assert spans(series, zone=NEW_YORK)[0].start.hour == 13
    assert spans(series, zone=BERLIN)[0].start.hour == 7


@pytest.mark.parametrize(
    "until, last",
    [
        ("20260316T080000Z", "03-16 09:00"),
        ("20260316T075959Z", "03-09 09:00"),
        ("20260316T090000", "03-16 09:00"),
        ("20260316T085959", "03-09 09:00"),
        ("20260316", "03-16 09:00"),
        ("20260315", "03-09 09:00"),
    ],
)
def test_until_is_inclusive_in_utc_as_local_time_and_as_a_date(until, last):
    assert local(repeating(wall(3, 2), f"FREQ=WEEKLY;UNTIL={until}"))[-1] == last


@pytest.mark.parametrize("until", ["20260304", "20260303T230000Z", "20260304T000000Z", "20260304T000000"])
def test_until_of_an_all_day_series_holds_for_its_day_in_any_form(until):
    series = repeating(date(2026, 3, 2), f"FREQ=DAILY;UNTIL={until}", length=Length(days=1))
    assert len(spans(series)) == 3


@pytest.mark.parametrize(
    "excluded",
    [
        wall(3, 30),
        WallTime(datetime(2026, 3, 30, 7), "UTC"),
        wall(3, 30, 3, zone=NEW_YORK),
        wall(3, 30, zone=None),
        date(2026, 3, 30),
    ],
)
def test_an_instance_is_excluded_in_its_zone_in_utc_in_another_zone_floating_or_by_its_day(excluded):
    series = repeating(wall(3, 23), "FREQ=WEEKLY;COUNT=3", excluded=(excluded,))
    assert local(series) == ["03-23 09:00", "04-06 09:00"]


@pytest.mark.parametrize(
    "excluded", [date(2026, 3, 3), WallTime(datetime(2026, 3, 3)), WallTime(datetime(2026, 3, 2, 23), "UTC")]
)
def test_a_day_of_an_all_day_series_is_excluded_in_any_form(excluded):
    series = repeating(date(2026, 3, 2), "FREQ=DAILY;COUNT=3", length=Length(days=1), excluded=(excluded,))
    assert [day[:5] for day in local(series)] == ["03-02", "03-04"]


def test_an_excluded_first_instance_still_counts():
    assert local(repeating(wall(3, 2), "FREQ=DAILY;COUNT=3", excluded=(wall(3, 2),))) == [
        "03-03 09:00",
        "03-04 09:00",
    ]


def test_a_period_has_a_length_of_its_own():
    series = repeating(
        wall(3, 2), dates=((wall(3, 4, 14), Length(exact=timedelta(hours=3))), (wall(3, 5), None))
    )
    assert [span.length.seconds // 3600 for span in spans(series)] == [1, 3, 1]


def test_an_extra_date_that_the_rule_gives_too_happens_once():
    assert len(spans(repeating(wall(3, 2), "FREQ=DAILY;COUNT=3", dates=((wall(3, 3), None),)))) == 3


def test_a_moved_occurrence_blocks_its_new_time_only():
    moved = Override(wall(3, 9), Event(wall(3, 10, 15), HOUR))
    assert local(repeating(wall(3, 2), "FREQ=WEEKLY;COUNT=3", overrides=[moved])) == [
        "03-02 09:00",
        "03-10 15:00",
        "03-16 09:00",
    ]


def test_an_occurrence_moved_into_the_window_counts_and_one_moved_out_does_not():
    april = TimeSpan(datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC))
    overrides = [
        Override(wall(3, 2), Event(wall(4, 2, 15), HOUR)),
        Override(wall(4, 6), Event(wall(6, 2, 15), HOUR)),
    ]
    series = repeating(wall(3, 2), "FREQ=WEEKLY;UNTIL=20260412", overrides=overrides)
    assert local(series, april) == ["04-02 15:00"]


def test_a_cancelled_occurrence_is_not_there():
    cancelled = Override(wall(3, 9), Event(wall(3, 9), HOUR, status=Status.CANCELLED))
    assert local(repeating(wall(3, 2), "FREQ=WEEKLY;COUNT=3", overrides=[cancelled])) == [
        "03-02 09:00",
        "03-16 09:00",
    ]


def test_an_override_named_in_utc_hides_the_local_instance():
    moved = Override(WallTime(datetime(2026, 3, 9, 8), "UTC"), Event(wall(3, 9, 11), HOUR))
    assert local(repeating(wall(3, 2), "FREQ=WEEKLY;COUNT=2", overrides=[moved])) == [
        "03-02 09:00",
        "03-09 11:00",
    ]


def test_this_and_future_moves_and_lengthens_the_later_ones_until_the_next():
    longer = Length(exact=timedelta(hours=2))
    overrides = [
        Override(wall(3, 9), Event(wall(3, 10, 11), longer, summary="new"), this_and_future=True),
        Override(wall(3, 23), Event(wall(3, 23, 8), HOUR), this_and_future=True),
    ]
    items = occurrences(
        repeating(wall(3, 2), "FREQ=WEEKLY;COUNT=5", overrides=overrides), window=YEAR, zone=BERLIN
    ).items
    starts = [f"{item.span.start.astimezone(ZoneInfo(BERLIN)):%m-%d %H:%M}" for item in items]
    assert starts == ["03-02 09:00", "03-10 11:00", "03-17 11:00", "03-23 08:00", "03-30 08:00"]
    assert [item.span.length.seconds // 3600 for item in items] == [1, 2, 2, 1, 1]


def test_a_far_shift_of_all_later_ones_is_found_from_either_side():
    week = TimeSpan(datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 6, 8, tzinfo=UTC))
    for shift in (timedelta(days=63), timedelta(days=-63)):
        start = datetime(2026, 1, 5, 9)
        override = Override(
            WallTime(start, BERLIN), Event(WallTime(start + shift, BERLIN), HOUR), this_and_future=True
        )
        assert local(repeating(WallTime(start, BERLIN), "FREQ=WEEKLY", overrides=[override]), week) == [
            "06-01 09:00"
        ]


@pytest.mark.parametrize("named", [wall(3, 29, 2, 30), WallTime(datetime(2026, 3, 29, 1, 30), "UTC")])
def test_a_shift_of_all_later_ones_is_measured_on_what_clocks_show(named):
    """02:30 is in the gap and read as 03:30, so 04:00 is half an hour later, however the instance is named."""
    override = Override(named, Event(wall(3, 29, 4), HOUR), this_and_future=True)
    series = repeating(wall(3, 29, 2, 30), "FREQ=WEEKLY;COUNT=2", overrides=[override])
    assert local(series) == ["03-29 04:00", "04-05 03:00"]


def test_a_floating_event_ends_when_the_clock_shows_its_end():
    night = Length(exact=timedelta(hours=4))
    assert [span.length for span in spans(repeating(wall(10, 24, 23, zone=None), length=night))] == [
        timedelta(hours=5)
    ]
    assert [span.length for span in spans(repeating(wall(3, 28, 23, zone=None), length=night))] == [
        timedelta(hours=3)
    ]


def test_an_extra_date_in_utc_lasts_a_nominal_day_of_the_zone_of_its_series():
    extra = WallTime(datetime(2026, 3, 28, 11), "UTC")
    series = repeating(wall(3, 2, 12), length=Length(days=1), dates=((extra, None),))
    assert [span.length for span in spans(series)] == [timedelta(hours=24), timedelta(hours=23)]


def test_what_happens_every_hour_happens_in_the_repeated_hour_too():
    night = repeating(wall(10, 25, 0), "FREQ=HOURLY;COUNT=5")
    assert local(night) == [f"10-25 0{hour}:00" for hour in (0, 1, 2, 2, 3, 4)]


def test_overrides_without_a_master_stand_for_themselves():
    series = Series("u", None, overrides=(Override(wall(3, 9), Event(wall(3, 10), HOUR)),))
    assert local(series) == ["03-10 09:00"]


def test_an_event_that_began_before_the_window_reaches_into_it():
    day = TimeSpan(datetime(2026, 3, 20, tzinfo=UTC), datetime(2026, 3, 21, tzinfo=UTC))
    assert len(spans(repeating(wall(3, 1), "FREQ=MONTHLY", length=Length(days=30)), day)) == 1


def test_touching_the_window_is_not_being_in_it():
    hour = TimeSpan(datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 3, 2, 10, tzinfo=UTC))
    assert spans(repeating(wall(3, 2, 9)), hour) == []
    assert len(spans(repeating(wall(3, 2, 10)), hour)) == 1


def test_what_has_no_length_takes_no_time():
    assert spans(repeating(wall(3, 2), length=Length())) == []


def test_an_endless_rule_fills_every_window():
    far = TimeSpan(datetime(2400, 1, 1, tzinfo=UTC), datetime(2400, 1, 15, tzinfo=UTC))
    assert len(spans(repeating(wall(3, 2), "FREQ=WEEKLY"), far)) == 2


def test_the_key_is_the_original_start_in_utc_or_the_date():
    moved = Override(wall(3, 9), Event(wall(3, 10, 15), HOUR))
    timed = occurrences(repeating(wall(3, 9), overrides=[moved]), window=YEAR, zone=BERLIN)
    assert [item.key for item in timed.items] == ["20260309T080000Z"]
    dated = occurrences(repeating(date(2026, 3, 9), length=Length(days=1)), window=YEAR, zone=BERLIN)
    assert [(item.key, item.all_day) for item in dated.items] == [("20260309", True)]


def _busy(event, policy=None):
    return busy_intervals(Series("u", event), window=YEAR, zone=BERLIN, policy=policy or BusyPolicy())


def test_free_cancelled_and_declined_events_take_nothing():
    for fields in (
        {"transparency": Transparency.TRANSPARENT},
        {"status": Status.CANCELLED},
        {"own_response": Response.DECLINED},
    ):
        assert _busy(Event(wall(3, 2), HOUR, **fields)) == []


def test_an_override_is_judged_by_its_own_fields():
    free = Override(wall(3, 3), Event(wall(3, 3), HOUR, transparency=Transparency.TRANSPARENT))
    series = repeating(wall(3, 2), "FREQ=DAILY;COUNT=3", overrides=[free])
    assert len(busy_intervals(series, window=YEAR, zone=BERLIN, policy=BusyPolicy())) == 2


def test_tentative_events_and_soft_tags_follow_the_policy():
    tentative = Event(wall(3, 2), HOUR, status=Status.TENTATIVE)
    assert _busy(tentative, BusyPolicy(tentative=Reading.FREE)) == []
    (soft,) = _busy(Event(wall(3, 2), HOUR, summary="Lunch #flex"), BusyPolicy(soft=frozenset({"#Flex"})))
    assert soft.weight is Weight.SOFT


def test_nothing_of_a_series_with_problems_is_certain():
    series = Series("u", Event(wall(3, 2), HOUR), problems=("its time zone is not known",))
    assert [
        busy.certain for busy in busy_intervals(series, window=YEAR, zone=BERLIN, policy=BusyPolicy())
    ] == [False]


TWICE_A_DAY = "FREQ=DAILY;COUNT=4;BYHOUR=9,15"


def by_day(day, *, start, status=Status.CONFIRMED):
    """An override that names its occurrence by its day only."""
    return Override(day, Event(start, HOUR, status=status))


def test_an_occurrence_named_by_its_day_is_the_only_one_of_that_day():
    moved = by_day(date(2026, 3, 3), start=wall(3, 3, 12))
    series = repeating(wall(3, 2), "FREQ=DAILY;COUNT=2", overrides=[moved])
    assert local(series) == ["03-02 09:00", "03-03 12:00"]
    assert occurrences(series, window=YEAR, zone=BERLIN).complete


def test_of_several_on_the_day_that_names_a_moved_one_none_is_hidden():
    moved = by_day(date(2026, 3, 3), start=wall(3, 3, 12))
    series = repeating(wall(3, 2), TWICE_A_DAY, overrides=[moved])
    assert local(series) == ["03-02 09:00", "03-02 15:00", "03-03 09:00", "03-03 12:00", "03-03 15:00"]


def test_of_several_on_the_day_that_names_a_cancelled_one_none_is_hidden_and_that_is_told():
    gone = by_day(date(2026, 3, 3), start=wall(3, 3), status=Status.CANCELLED)
    found = occurrences(repeating(wall(3, 2), TWICE_A_DAY, overrides=[gone]), window=YEAR, zone=BERLIN)
    assert len(found.items) == 4
    assert found.problems == (
        "a changed occurrence is named by its day, which has several of them: all of them block",
    )


def test_what_is_excluded_does_not_count_among_those_of_the_day():
    gone = by_day(date(2026, 3, 3), start=wall(3, 3), status=Status.CANCELLED)
    series = repeating(wall(3, 2), TWICE_A_DAY, overrides=[gone], excluded=(wall(3, 3, 15),))
    assert local(series) == ["03-02 09:00", "03-02 15:00"]


def test_beside_one_named_by_its_time_the_one_named_by_its_day_hides_nothing():
    first = Override(wall(3, 3), Event(wall(3, 3, 10), HOUR))
    gone = by_day(date(2026, 3, 3), start=wall(3, 3), status=Status.CANCELLED)
    series = repeating(wall(3, 2), TWICE_A_DAY, overrides=[first, gone])
    assert local(series) == ["03-02 09:00", "03-02 15:00", "03-03 10:00", "03-03 15:00"]
