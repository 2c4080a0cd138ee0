"""Why somebody finds no time, over many days at once."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given

from booking.availability import ask, open_starts, window_of_dates
from booking.epoch import instant
from booking.explain import explain
from booking.ladder import Rule
from booking.practice import Privilege
from booking.survey import Survey, survey
from booking.world import World
from tests.support.offers import ANYONE, GRACE, MONDAY, MORNING, NOW, a_world, local, span
from tests.support.slot_worlds import Case, cases
from tests.unit.booking.test_slot_properties import candidates


def surveyed(world: World, *, first: date = MONDAY, **changes: object) -> Survey:
    window = window_of_dates(first, first + timedelta(days=1), zone=world.zone)
    return survey(world, service="s", client=ANYONE, window=window, now=NOW, **changes)  # type: ignore[arg-type]


def test_it_counts_the_starts_of_the_grid_and_those_on_offer() -> None:
    found = surveyed(a_world(busy=[span("09:00", "10:00")]))
    assert (found.starts, found.offered, found.first) == (10, 6, local("10:00"))
    assert found.struck == ((Rule.CALENDAR, 4),)


def test_a_block_that_is_not_online_is_counted_as_such() -> None:
    found = surveyed(a_world(blocks=[replace(MORNING, online=False)]))
    assert (found.offered, found.first, found.struck) == (0, None, ((Rule.BLOCK_ONLINE, 10),))


def test_the_rules_of_access_are_told_whatever_the_time() -> None:
    window = window_of_dates(MONDAY, MONDAY + timedelta(days=1), zone="America/New_York")
    told = survey(
        a_world(), service="s", client=replace(GRACE, privilege=Privilege.CALL_US), window=window, now=NOW
    )
    assert [reason.rule for reason in told.access if not reason.passed] == [Rule.CLIENT_PRIVILEGE]
    assert not told.admitted
    assert told.offered == 0


@candidates
@given(cases())
def test_what_is_struck_and_what_is_offered_make_up_the_grid(case: Case) -> None:
    """Each start is on offer, or an explanation names a rule that the survey counted too."""
    found = survey(case.world, service="s", client=case.client, window=case.window, now=case.now)
    question = ask(case.world, service="s", client=case.client, window=case.window, now=case.now)
    offered = open_starts(question)
    assert found.offered == len(offered)
    assert found.first == (instant(min(offered)) if offered else None)
    counted = {rule for rule, _ in found.struck}
    if found.admitted and found.starts > found.offered and not question.offer.service.modes[1:]:
        assert counted
    for rule in counted:
        assert dict(found.struck)[rule] <= found.starts
    for start in list(offered)[:3]:
        at = instant(start)
        assert explain(case.world, service="s", client=case.client, start=at, now=case.now).bookable
