"""The waitlist: what becomes free is offered in order, held for a while, and taken or passed by a link, once."""

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from booking import edits
from booking.desk.forms import WaitForm
from booking.practice import Block
from booking.privacy import print_of
from booking.refusals import Problem, Refused
from booking.store import tables
from booking.store.practices import save_practice
from booking.waitlist import OFFER_LIFE
from tests.support.desk_world import GRACE, TEN, DeskWorld, ada, elm_street

OpenDesk = Callable[..., DeskWorld]


@pytest.fixture
def world(open_desk: OpenDesk) -> DeskWorld:
    """One hour a week, Wednesday at ten, and a short horizon: there is one time, and it is taken."""
    hour = Block(frozenset({2}), time(10), time(10, 45))
    return open_desk(elm_street(providers=(ada(availability=(hour,)),), rules={"horizon_days": 5}))


def join(world: DeskWorld, name: str = "ann", **wishes: Any) -> str:
    world.later(timedelta(seconds=1))
    form = WaitForm(
        practice="elm-street",
        provider="ada",
        service="90834",
        name=name.title(),
        email=f"{name}@example.com",
        **wishes,
    )
    return world.desk.waitlist.join(form, now=world.now)


def offer(world: DeskWorld) -> int:
    return world.desk.waitlist.offer(now=world.now)


def is_offered(world: DeskWorld, token: str) -> bool:
    return world.desk.waitlist.page(token, now=world.now).offer is not None


def test_what_a_decline_frees_is_offered_to_the_first_and_held(world: DeskWorld) -> None:
    asked = world.ask(email="other@example.com")
    first, second = join(world), join(world, "bea")
    assert offer(world) == 0
    world.desk.decline(world.owner, asked.id, now=world.now)
    world.later(GRACE)
    world.desk.settle_graces(now=world.now)
    assert offer(world) == 1
    assert (is_offered(world, first), is_offered(world, second)) == (True, False)
    assert [span.start for span in world.held()] == [TEN]
    assert TEN not in world.starts()
    assert world.mails().count("waitlist_offer") == 1


def test_once_more_offers_nothing_more(world: DeskWorld) -> None:
    join(world)
    assert (offer(world), offer(world)) == (1, 0)


def test_taken_it_is_a_request_and_the_place_is_given_up(world: DeskWorld) -> None:
    token = join(world)
    offer(world)
    done = world.desk.waitlist.take(token, now=world.now)
    assert (done.status, done.start) == ("pending", TEN)
    assert world.desk.waitlist.page(token, now=world.now).state == "served"
    with pytest.raises(Refused) as caught:
        world.desk.waitlist.take(token, now=world.now)
    assert caught.value.problem is Problem.WRONG_STATE
    assert world.count("request") == 1


def test_what_was_accepted_on_joining_goes_over_to_the_request(world: DeskWorld) -> None:
    world.desk.change(world.owner, edits.put_privacy_text("It stays here."), now=world.now)
    token = join(world, privacy=print_of("It stays here."))
    joined_at = world.now
    world.desk.change(world.owner, edits.put_privacy_text("It goes away."), now=world.now)
    offer(world)
    world.later(timedelta(minutes=1))
    world.desk.waitlist.take(token, now=world.now)
    with world.database.read() as connection:
        row = connection.execute(select(tables.request)).one()
        texts = list(connection.execute(select(tables.privacy_text.c.text)).scalars())
    assert (row.privacy_print, row.privacy_accepted_at) == (print_of("It stays here."), joined_at)
    assert texts == ["It stays here."]


def test_passed_it_goes_to_the_next_and_the_place_stays(world: DeskWorld) -> None:
    first, second = join(world), join(world, "bea")
    offer(world)
    world.desk.waitlist.let_pass(first, now=world.now)
    assert offer(world) == 1
    assert (is_offered(world, first), is_offered(world, second)) == (False, True)
    assert world.desk.waitlist.page(first, now=world.now).state == "waiting"


def test_unanswered_it_goes_to_the_next(world: DeskWorld) -> None:
    first, second = join(world), join(world, "bea")
    offer(world)
    world.later(OFFER_LIFE)
    world.read_at(world.now)
    with pytest.raises(Refused) as caught:
        world.desk.waitlist.take(first, now=world.now)
    assert caught.value.problem is Problem.EXPIRED
    assert offer(world) == 2
    assert is_offered(world, second)


def test_offered_to_all_in_turn_it_is_open_to_everybody_again(world: DeskWorld) -> None:
    token = join(world)
    offer(world)
    world.desk.waitlist.let_pass(token, now=world.now)
    assert offer(world) == 0
    assert TEN in world.starts()


def test_nobody_is_offered_what_does_not_suit(world: DeskWorld) -> None:
    join(world, part="evening")
    assert offer(world) == 0


def test_an_offer_is_not_taken_by_others(world: DeskWorld) -> None:
    join(world)
    offer(world)
    with pytest.raises(Refused) as caught:
        world.ask(email="other@example.com")
    assert caught.value.problem is Problem.SLOT_UNAVAILABLE


def test_the_same_person_has_one_place_and_nobody_else_is_told_so(world: DeskWorld) -> None:
    assert join(world) == join(world)
    assert world.count("waiting") == 1


def test_staff_see_the_order_and_take_somebody_off(world: DeskWorld) -> None:
    join(world)
    second = join(world, "bea")
    offer(world)
    found = world.desk.waitlist.listed(world.provider_actor(), now=world.now)
    assert [(each.client_name, each.position) for each in found] == [("Ann", 1), ("Bea", 2)]
    world.desk.waitlist.remove(world.owner, found[0].id, now=world.now)
    assert offer(world) == 1
    assert is_offered(world, second)


def test_a_link_that_opens_nothing_is_unknown(world: DeskWorld) -> None:
    with pytest.raises(Refused) as caught:
        world.desk.waitlist.page("nonsense", now=world.now)
    assert caught.value.problem is Problem.NOT_FOUND


def test_however_many_wait_for_a_service_its_time_is_looked_up_once(world: DeskWorld) -> None:
    world.ask(email="other@example.com")
    for name in ("ann", "bea", "cat"):
        join(world, name)
    asked: list[str] = []
    event.listen(world.database.engine, "before_cursor_execute", lambda _c, _k, text, *_: asked.append(text))
    assert offer(world) == 0
    assert sum("FROM sync_busy" in text for text in asked) == 1


def test_who_waits_for_a_service_that_is_gone_is_still_seen_and_can_leave(world: DeskWorld) -> None:
    token = join(world)
    with world.database.write() as connection:
        save_practice(connection, elm_street(services=()), now=world.now)
    assert [each.service_name for each in world.desk.waitlist.listed(world.owner, now=world.now)] == ["90834"]
    assert world.desk.waitlist.leave(token, now=world.now).state == "removed"


def test_a_place_whose_last_day_is_past_ends_and_is_seen_by_nobody(world: DeskWorld) -> None:
    token = join(world, last=world.now.date(), timezone="America/New_York")
    offer(world)
    world.later(timedelta(days=1))
    world.read_at(world.now)
    assert world.desk.waitlist.listed(world.owner, now=world.now) == ()
    assert world.desk.waitlist.page(token, now=world.now).state == "lapsed"
    assert offer(world) == 1
    assert offer(world) == 0
    with world.database.read() as connection:
        assert connection.execute(select(tables.waiting.c.state)).scalar_one() == "lapsed"


def test_nobody_waits_until_a_day_that_is_past(world: DeskWorld) -> None:
    with pytest.raises(Refused) as caught:
        join(world, last=world.now.date() - timedelta(days=1))
    assert [error.field for error in caught.value.errors] == ["until"]
