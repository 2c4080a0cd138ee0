"""Engine, oracle and explanation agree on random worlds. ``FREEHOLD_LONG=20000`` runs that many worlds."""

import os
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings

from booking.availability import open_slots, placement, slot_at
from booking.explain import explain
from booking.holds import active_holds
from booking.notice import earliest_start, last_instant
from booking.practice import Privilege
from tests.support.slot_oracle import Oracle
from tests.support.slot_worlds import Case, cases

EXAMPLES = int(os.environ.get("FREEHOLD_LONG", "1000"))
pytestmark = pytest.mark.timeout(300 + EXAMPLES // 4)
TICK = timedelta(microseconds=1)
worlds = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
candidates = settings(worlds, max_examples=max(100, EXAMPLES // 10))


def offered(case: Case) -> dict:
    slots = open_slots(
        case.world, service="s", client=case.client, window=case.window, now=case.now, mode=case.mode
    )
    return {slot.start: slot.modes for slot in slots}


@worlds
@given(cases())
def test_the_engine_offers_what_the_slow_reading_of_the_rules_offers(case: Case) -> None:
    oracle = Oracle(case.world, "s", case.client, case.now)
    expected = oracle.slots((case.window.start, case.window.end), case.mode)
    assert list(offered(case).items()) == expected


@candidates
@given(cases())
def test_a_start_is_explained_as_bookable_exactly_if_it_is_offered(case: Case) -> None:
    oracle = Oracle(case.world, "s", case.client, case.now)
    slots = offered(case)
    grid = sorted(set(oracle.grid((case.window.start, case.window.end))))
    off_grid = [start + timedelta(minutes=1) for start in grid[::7]] + [start - TICK for start in grid[::11]]
    for start in [*grid, *(s for s in off_grid if case.window.holds(s))]:
        told = explain(case.world, service="s", client=case.client, start=start, now=case.now, mode=case.mode)
        assert told.bookable == (start in slots)
        assert told.bookable != bool(told.failed)


@candidates
@given(cases())
def test_an_offered_start_has_a_place_in_each_of_its_modes(case: Case) -> None:
    for start, modes in offered(case).items():
        asked = {"service": "s", "client": case.client, "start": start, "now": case.now}
        slot = slot_at(case.world, **asked, mode=case.mode)
        assert slot is not None
        assert slot.modes == modes
        for mode in modes:
            place = placement(case.world, **asked, mode=mode)
            assert place is not None
            needs_room = case.world.offers["s"].service.room is not None and mode == "in_person"
            assert (place.room is not None) == needs_room


@worlds
@given(cases())
def test_the_earliest_start_is_the_first_whose_last_instant_is_not_past(case: Case) -> None:
    rules, zone = case.world.offers["s"].rules, case.world.zone
    for privilege in (Privilege.FULL, Privilege.LONGER_NOTICE):
        earliest = earliest_start(case.now, rules, zone=zone, privilege=privilege)
        assert last_instant(earliest, rules, zone=zone, privilege=privilege) >= case.now
        assert last_instant(earliest - TICK, rules, zone=zone, privilege=privilege) < case.now


@worlds
@given(cases())
def test_held_spans_do_not_depend_on_the_window_they_are_asked_for(case: Case) -> None:
    asked = {"zone": case.world.zone, "now": case.now}
    wide = active_holds(
        case.world.holds,
        case.world.releases,
        window=case.window.widened(timedelta(days=9), timedelta(days=9)),
        **asked,
    )
    narrow = active_holds(case.world.holds, case.world.releases, window=case.window, **asked)
    assert narrow == [held for held in wide if held.span.overlaps(case.window)]
