"""Holds released and held again by hand, what that opens, the log, and the replay of past weeks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest

from booking.desk import Asking
from booking.practice import Client, ClientStatus, Hold, WeeklyRelease
from booking.refusals import Problem, Refused
from booking.replay import Fate
from booking.roles import Actor, Role
from tests.support.desk_world import HOUR, TEN, DeskWorld, ada, elm_street

OpenDesk = Callable[..., DeskWorld]
REGULAR = Client("c-1", "Grace Hopper", "grace@example.com", ClientStatus.ACTIVE, tags=("regulars",))
EVENING = Hold(
    "evening", time(10), time(11), days=frozenset({2}), kept_for=("tag:regulars",),
    release=WeeklyRelease(day=4, time=time(18), weeks_ahead=1),
)  # fmt: skip
BY_HAND = Hold("by hand", time(10), time(11), days=frozenset({2}), kept_for=("tag:regulars",))
WEDNESDAY = TEN.date()


def opened(open_desk: OpenDesk, hold: Hold = BY_HAND) -> DeskWorld:
    return open_desk(
        elm_street(providers=(ada(holds=(hold,)),), clients=(REGULAR,), rules={"minimum_notice": HOUR})
    )


def hold_id(world: DeskWorld) -> str:
    (found,) = world.desk.prime_time.holds(world.owner)
    return found.id


def test_a_release_by_hand_opens_that_day_at_once_and_what_it_opens_is_told_before(
    open_desk: OpenDesk,
) -> None:
    world = opened(open_desk)
    prime, found = world.desk.prime_time, hold_id(world)
    before = world.starts()
    told = prime.coming(world.owner, found, now=world.now)
    assert [each.time.key for each in told][:2] == [WEDNESDAY, WEDNESDAY + timedelta(days=7)]
    prime.release(world.owner, found, WEDNESDAY, now=world.now)
    after = world.starts()
    assert before < after
    assert TEN in after
    assert told[0].times == len(after - before)
    again = prime.coming(world.owner, found, now=world.now)
    assert again[0].time.open
    assert again[0].times == len(after - before), "what holding it again would close"
    assert not again[1].time.open


def test_held_again_the_rule_opens_it_no_more_and_its_bookings_stay(open_desk: OpenDesk) -> None:
    world = opened(open_desk, EVENING)
    prime, found = world.desk.prime_time, hold_id(world)
    asked = world.ask()  # this week was released last Friday
    prime.rehold(world.provider_actor(), found, WEDNESDAY, now=world.now)
    next_wednesday = WEDNESDAY + timedelta(days=7)
    prime.rehold(world.provider_actor(), found, next_wednesday, now=world.later(HOUR))
    assert world.desk.request_of(world.owner, asked.id).status == "pending"
    world.later(timedelta(days=6))
    world.desk.release_holds(now=world.now)
    (next_week, *_) = prime.coming(world.owner, found, now=world.now)
    assert (next_week.time.reheld, next_week.time.opens_at) == (True, None)
    done = [(line.done, line.by, line.key) for line in prime.log(world.owner, found)]
    week = date(2026, 11, 23)
    assert ("reheld", "hand", week + timedelta(days=7)) in done
    assert done[-2:] == [("reheld", "hand", week), ("released", "rule", week)]


def test_by_hand_twice_is_once(open_desk: OpenDesk) -> None:
    world = opened(open_desk)
    prime, found = world.desk.prime_time, hold_id(world)
    first = prime.release(world.owner, found, WEDNESDAY, now=world.now)
    again = prime.release(world.owner, found, WEDNESDAY, now=world.later(HOUR))
    assert first == again
    assert len(prime.log(world.owner, found)) == len(prime.releases(world.owner, found)) == 1


def test_those_it_is_for_could_book_it_all_along(open_desk: OpenDesk) -> None:
    world = opened(open_desk)
    world.desk.prime_time.rehold(world.owner, hold_id(world), WEDNESDAY, now=world.now)
    assert TEN not in world.starts()
    assert TEN in world.starts(asking=Asking(client_id="c-1"))


@pytest.mark.parametrize(
    "day, problem",
    [
        (WEDNESDAY + timedelta(days=1), Problem.INVALID),
        (WEDNESDAY - timedelta(days=7), Problem.WRONG_STATE),
        (date(2126, 1, 2), Problem.INVALID),
    ],
)
def test_a_day_without_the_hold_or_that_is_over_is_refused(
    open_desk: OpenDesk, day: date, problem: Problem
) -> None:
    world = opened(open_desk)
    with pytest.raises(Refused) as refused:
        world.desk.prime_time.release(world.owner, hold_id(world), day, now=world.now)
    assert refused.value.problem is problem


def test_others_find_no_hold_and_watchers_release_none(open_desk: OpenDesk) -> None:
    world = opened(open_desk)
    found = hold_id(world)
    other = Actor(Role.PROVIDER, world.practice_id, "user:x", provider_id="x")
    ops = Actor(Role.OPS, world.practice_id, "user:ops")
    for actor, problem in ((other, Problem.NOT_FOUND), (ops, Problem.FORBIDDEN)):
        with pytest.raises(Refused) as refused:
            world.desk.prime_time.release(actor, found, WEDNESDAY, now=world.now)
        assert refused.value.problem is problem


def test_past_weeks_are_replayed_with_the_appointments_that_took_place(open_desk: OpenDesk) -> None:
    world = opened(open_desk, EVENING)
    world.accepted()
    world.later(timedelta(days=8))
    found = world.desk.prime_time.replay(world.owner, hold_id(world), weeks=2, now=world.now)
    assert [each.fate for each in found.times] == [
        Fate.RELEASED_FREE,
        Fate.RELEASED_BOOKED,
    ]
    assert found.times[-1].released_at == datetime(2026, 11, 20, 23, tzinfo=UTC)
    assert found.times[-1].span.start == TEN
