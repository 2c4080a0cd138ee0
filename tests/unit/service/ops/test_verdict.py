"""Whether a calendar is true, and what a person is asked to do about it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from service.ops.verdict import CalendarFacts, Harm, Truth, needs, tally, truth

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)

WORK = CalendarFacts(
    id="work", account_id="a", provider="Ada Byron", account="ada-home", name="Work", role="write", state="ok",
    account_state="ok", account_text="", account_since=None, created_at=NOW - timedelta(days=9),
    checked_at=NOW - timedelta(minutes=2), error=None, error_since=None, held=0, held_since=None, parked=0,
    parked_since=None, parked_text=None, quarantined=0, quarantined_text=None, request_only_after=timedelta(minutes=15),
    closed_after=timedelta(minutes=60),
)  # fmt: skip


def read(ago: timedelta) -> CalendarFacts:
    return replace(WORK, checked_at=NOW - ago)


@pytest.mark.parametrize(
    "age, told",
    [
        (timedelta(0), Truth.TRUE),
        (timedelta(minutes=15), Truth.TRUE),
        (timedelta(minutes=15) + SECOND, Truth.LATE),
        (timedelta(minutes=60), Truth.LATE),
        (timedelta(minutes=60) + SECOND, Truth.BROKEN),
    ],
)
def test_the_age_of_the_reading_decides_by_the_providers_own_limits(age: timedelta, told: Truth) -> None:
    assert truth(read(age), now=NOW) is told


def test_a_calendar_that_is_not_read_is_neither() -> None:
    assert truth(replace(WORK, role="ignore"), now=NOW) is None


def test_a_new_calendar_is_late_while_its_first_reading_may_still_come() -> None:
    new = replace(WORK, checked_at=None, state="new", created_at=NOW - timedelta(minutes=1))
    assert truth(new, now=NOW) is Truth.LATE
    assert needs([new], now=NOW) == []


def test_a_calendar_that_was_never_read_is_broken_after_a_while() -> None:
    never = replace(WORK, checked_at=None, state="new", created_at=NOW - timedelta(hours=1))
    assert truth(never, now=NOW) is Truth.BROKEN
    assert [need.kind for need in needs([never], now=NOW)] == ["never_read"]


@pytest.mark.parametrize("state", ["needs_reauth", "refused", "unreachable", "failing"])
def test_a_new_calendar_whose_account_fails_is_broken_at_once(state: str) -> None:
    new = replace(WORK, checked_at=None, state="new", created_at=NOW, account_state=state)
    assert truth(new, now=NOW) is Truth.BROKEN


@pytest.mark.parametrize("trouble", [{"held": 3}, {"parked": 1}, {"state": "missing"}])
def test_what_a_person_must_settle_makes_it_broken_however_fresh(trouble: dict[str, object]) -> None:
    assert truth(replace(WORK, **trouble), now=NOW) is Truth.BROKEN  # type: ignore[arg-type]


def test_a_failure_that_is_young_leaves_it_true_and_is_told() -> None:
    failing = replace(WORK, state="failing", error="the server answers 503", error_since=NOW)
    assert truth(failing, now=NOW) is Truth.TRUE
    assert [(need.harm, need.why) for need in needs([failing], now=NOW)] == [
        (Harm.TROUBLE, "the server answers 503")
    ]


def test_what_closes_the_page_comes_before_all_else() -> None:
    calendars = [
        replace(WORK, quarantined=2),
        replace(WORK, parked=1, parked_text="too large"),
        replace(WORK, held=12),
        read(timedelta(minutes=20)),
        read(timedelta(hours=2)),
    ]
    assert [need.kind for need in needs(calendars, now=NOW)] == [
        "closed",
        "held",
        "parked",
        "late",
        "quarantined",
    ]


def test_of_two_alike_the_older_comes_first() -> None:
    found = needs([read(timedelta(hours=2)), read(timedelta(hours=5))], now=NOW)
    assert [need.since for need in found] == [NOW - timedelta(hours=5), NOW - timedelta(hours=2)]


def test_one_calendar_can_need_several_things() -> None:
    assert len(needs([replace(WORK, held=1, quarantined=1)], now=NOW)) == 2


def test_a_quarantined_event_wants_a_look_and_leaves_the_calendar_true() -> None:
    odd = replace(WORK, quarantined=1)
    assert truth(odd, now=NOW) is Truth.TRUE
    assert [need.harm for need in needs([odd], now=NOW)] == [Harm.QUARANTINED]


def test_an_ignored_calendar_is_not_missed() -> None:
    assert needs([replace(WORK, role="ignore", checked_at=None)], now=NOW) == []


def test_the_tally_counts_each_truth() -> None:
    counts = tally([Truth.TRUE, Truth.TRUE, None, Truth.BROKEN])
    assert counts == {Truth.TRUE: 2, Truth.LATE: 0, Truth.BROKEN: 1}
