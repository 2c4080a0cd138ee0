"""The walk of recurrence rules, held against python-dateutil where that keeps to RFC 5545."""

from datetime import datetime
from itertools import takewhile

import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, given
from hypothesis import strategies as st

from sync.model.recurrence import BadRule, Frequency, parse_rule
from sync.model.starts import BudgetSpent, Meter, starts

LOW, HIGH = datetime(2026, 1, 1), datetime(2027, 3, 1)


def walked(rule: str, first: datetime, low: datetime = LOW, high: datetime = HIGH) -> list[datetime]:
    return list(starts(parse_rule(rule), first, low, high, Meter(500_000)))


def _some(values, most=4):
    return st.lists(st.sampled_from(values), min_size=1, max_size=most, unique=True).map(
        lambda v: ",".join(map(str, v))
    )


@st.composite
def rules(draw):
    """Rules that dateutil reads rightly: no BYDAY that mixes plain days and ordinals, no weekly BYSETPOS, and no weeks
    that may cross the new year.
    """
    frequency = draw(st.sampled_from(["YEARLY", "MONTHLY", "WEEKLY", "DAILY"]))
    parts = [f"FREQ={frequency}", f"INTERVAL={draw(st.integers(1, 5))}"]
    days = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
    if draw(st.booleans()):
        parts.append("BYMONTH=" + draw(_some(range(1, 13))))
    if frequency != "WEEKLY" and draw(st.booleans()):
        parts.append("BYMONTHDAY=" + draw(_some([1, 2, 13, 28, 29, 30, 31, -1, -2, -31])))
    if frequency == "YEARLY" and draw(st.booleans()):
        parts.append("BYYEARDAY=" + draw(_some([1, 60, 100, 200, 366, -1, -100, -366])))
    if draw(st.booleans()):
        ordinals = frequency in ("YEARLY", "MONTHLY") and draw(st.booleans())
        parts.append(
            "BYDAY="
            + draw(_some([f"{n}{day}" for n in (1, 2, 5, -1, -5) for day in days] if ordinals else days))
        )
        if frequency == "YEARLY" and not ordinals and draw(st.booleans()):
            parts.append("BYWEEKNO=" + draw(_some([2, 20, 51])))
    if draw(st.booleans()):
        parts.append("BYHOUR=" + draw(_some(range(24), 2)))
    if frequency in ("YEARLY", "MONTHLY") and len(parts) > 2 and draw(st.booleans()):
        parts.append("BYSETPOS=" + draw(_some([1, 2, -1])))
    return ";".join([*parts, f"WKST={draw(st.sampled_from(days))}"])


@given(rules(), st.datetimes(datetime(2019, 1, 1), datetime(2026, 6, 1)), st.none() | st.integers(1, 20))
def test_the_walk_agrees_with_dateutil(rule, first, count):
    first = first.replace(microsecond=0)
    theirs = (
        rrulestr(rule, dtstart=first).xafter(LOW, inc=True)
        if count is None
        else rrulestr(rule, dtstart=first)
    )
    # A rule that never fires would search to the year 9999.
    assume(next(iter(rrulestr(rule + ";UNTIL=20300101T000000", dtstart=first)), None) is not None)
    expected = list(takewhile(lambda at: at <= HIGH, theirs))
    if count is not None:  # DTSTART is the first of COUNT, which dateutil forgets when the rule misses it
        expected = [first, *(at for at in expected if at > first)][:count]
    expected = [at for at in expected if at >= LOW]
    if LOW <= first <= HIGH and first not in expected:
        expected.insert(0, first)
    rule = rule if count is None else f"{rule};COUNT={count}"
    assert walked(rule, first) == expected


def test_plain_weekdays_and_ordinals_in_one_rule_are_both_meant():
    found = walked("FREQ=MONTHLY;BYDAY=SU,2FR", datetime(2026, 1, 4, 9), high=datetime(2026, 1, 31))
    assert [at.day for at in found] == [4, 9, 11, 18, 25]


def test_a_week_number_without_a_weekday_takes_the_weekday_of_the_start():
    found = walked("FREQ=YEARLY;BYWEEKNO=20", datetime(2025, 5, 14, 9))
    assert found == [datetime(2026, 5, 13, 9)]


def test_dtstart_is_the_first_of_count_even_if_the_rule_misses_it():
    found = walked("FREQ=WEEKLY;COUNT=3;BYDAY=TU", datetime(2026, 3, 2, 9))
    assert found == [datetime(2026, 3, 2, 9), datetime(2026, 3, 3, 9), datetime(2026, 3, 10, 9)]


def test_positions_are_taken_from_the_whole_week_that_holds_the_start():
    found = walked("FREQ=WEEKLY;BYDAY=WE,SU;BYSETPOS=1", datetime(2026, 5, 15, 9), high=datetime(2026, 5, 28))
    assert found == [datetime(2026, 5, 15, 9), datetime(2026, 5, 20, 9), datetime(2026, 5, 27, 9)]


def test_a_start_in_the_year_two_costs_no_more_than_one_of_today():
    meters = [Meter(10_000), Meter(10_000)]
    for first, meter in zip((datetime(2, 1, 1, 9), datetime(2025, 12, 31, 9)), meters, strict=True):
        assert len(list(starts(parse_rule("FREQ=DAILY"), first, LOW, HIGH, meter))) >= 424
    assert abs(meters[0].spent - meters[1].spent) < 20


def test_a_count_that_never_comes_true_ends_with_the_budget():
    rule = parse_rule("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=5")
    with pytest.raises(BudgetSpent):
        list(starts(rule, datetime(100, 1, 1), LOW, HIGH, Meter(50_000)))


@pytest.mark.parametrize(
    "text",
    [
        "", "WEEKLY", "FREQ=", "FREQ=WEEKYL", "FREQ=DAILY;FREQ=DAILY", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;COUNT=-1",
        "FREQ=DAILY;BYMONTH=13", "FREQ=DAILY;BYDAY=XX", "FREQ=DAILY;UNTIL=20260231", "FREQ=DAILY;BYEASTER=1",
        "FREQ=DAILY;BYHOUR=24", "INTERVAL=2", "FREQ=YEARLY;RSCALE=HEBREW", "FREQ=DAILY;COUNT=" + "9" * 30,
    ],
)  # fmt: skip
def test_what_is_no_rule_is_said_to_be_none(text):
    with pytest.raises(BadRule):
        parse_rule(text)


def test_blanks_lower_case_and_unknown_x_parts_do_no_harm():
    rule = parse_rule(" freq = weekly ; byday = mo , +1tu ; X-FOO=1; ")
    assert rule.frequency is Frequency.WEEKLY
    assert rule.weekdays == ((0, 0), (1, 1))
