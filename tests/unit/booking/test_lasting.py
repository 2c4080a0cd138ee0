"""What is kept of offered time gives the answers that computing anew gives, as long as it says that it lasts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.availability import ask, open_slots
from booking.epoch import instant, micros
from booking.freshness import FreshnessState, state
from booking.lasting import Lasting, OfferedSpans, earliest, lasting
from booking.practice import Mode
from booking.wall_text import ZoneText
from booking.world import Asker
from tests.support.slot_worlds import ZONES, Case, cases, random_case

DAY = timedelta(days=1)
STRANGER = Asker()


def seconds(moment: datetime) -> int:
    """The first whole second that is not before."""
    return -(-micros(moment) // 1_000_000)


def kept_of(case: Case, now: datetime) -> tuple[Lasting, str]:
    (code,) = list(case.world.offers)[:1]
    question = ask(case.world, service=code, client=STRANGER, window=case.window, now=now)
    return lasting(question), code


def from_kept(
    case: Case, kept: Lasting, code: str, now: datetime, mode: Mode | None
) -> list[tuple[int, object]]:
    rules = case.world.offers[code].rules
    if state(case.world.freshness, now=now, rules=rules) is FreshnessState.CLOSED:
        return []
    first, stop = OfferedSpans(now).of(rules, case.world.zone)
    low, high = max(first, seconds(case.window.start)), min(stop, seconds(case.window.end))
    return list(kept.at(kept.between(low, high), mode))


def anew(case: Case, code: str, now: datetime, mode: Mode | None) -> list[tuple[int, object]]:
    found = open_slots(case.world, service=code, client=STRANGER, window=case.window, now=now, mode=mode)
    return [(micros(slot.start) // 1_000_000, slot.modes) for slot in found]


@settings(max_examples=300, deadline=None)
@given(cases(), st.integers(0, 10 * 24 * 60), st.sampled_from([None, *Mode]))
def test_what_lasts_is_what_computing_anew_gives_until_it_ends(
    case: Case, later: int, mode: Mode | None
) -> None:
    kept, code = kept_of(case, case.now)
    for now in (
        case.now,
        case.now + timedelta(minutes=later),
        instant(min(kept.until, micros(case.now + 400 * DAY)) - 1),
    ):
        if kept.holds_at(micros(now)):
            assert from_kept(case, kept, code, now, mode) == anew(case, code, now, mode)


def test_some_random_worlds_end_by_time_alone() -> None:
    """Else the property above says nothing about lapses and releases."""
    ends = [kept_of(case, case.now)[0].until for case in map(random_case, range(60))]
    assert len({end for end in ends if end < micros(datetime(2100, 1, 1, tzinfo=UTC))}) > 5


@settings(max_examples=100, deadline=None)
@given(st.lists(cases(), min_size=1, max_size=4), st.integers(1, 12))
def test_the_earliest_of_many_are_the_first_of_all(found: list[Case], limit: int) -> None:
    rows = [
        (kept_of(case, case.now)[0], seconds(case.window.start), seconds(case.window.end)) for case in found
    ]
    every = sorted(
        (start, index, modes)
        for index, (kept, first, stop) in enumerate(rows)
        for start, modes in kept.at(kept.between(first, stop))
    )
    assert earliest(rows, limit=limit) == every[:limit]


@pytest.mark.parametrize("zone", [*ZONES, "UTC", "Africa/Monrovia"])
def test_texts_are_those_of_isoformat(zone: str) -> None:
    from zoneinfo import ZoneInfo

    random, info = Random(7), ZoneInfo(zone)
    for _ in range(20):
        first = random.randrange(0, 2**31)
        last = first + random.randrange(0, 400 * 86_400)
        text = ZoneText(zone, first, last).of
        for moment in [first, last, *(random.randint(first, last) for _ in range(20))]:
            assert text(moment) == datetime.fromtimestamp(moment, UTC).astimezone(info).isoformat()


def test_a_span_of_time_is_as_narrow_as_asked() -> None:
    case = next(case for case in map(random_case, range(200)) if len(kept_of(case, case.now)[0].starts) > 5)
    kept, _ = kept_of(case, case.now)
    second = kept.starts[1]
    assert [start for start, _ in kept.at(kept.between(second, second + 1))] == [kept.starts[1]]
    assert list(kept.at(kept.between(second + 1, second + 1))) == []
    assert list(kept.at(kept.between(second, second - 1))) == []
