"""Another time: taken by the client, given by staff, or put forward and chosen. Both are held until all is told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest

from booking.desk import bookings
from booking.refusals import Problem, Refused
from booking.requests import Seat
from booking.store import capabilities
from booking.store.records import records
from service.secrecy import TokenMaker
from sync.model.event import Status as EventStatus
from sync.model.moments import WallTime
from tests.support.desk_world import GRACE, HOUR, MINUTE, TEN, DeskWorld, a_group, ada, elm_street

OpenDesk = Callable[..., DeskWorld]
ELEVEN = TEN + HOUR
TWO = TEN + 4 * HOUR


def token_of(world: DeskWorld, request_id: str) -> str:
    return TokenMaker("x" * 40).derive(capabilities.MANAGE, request_id)


def seat_of(world: DeskWorld, request_id: str) -> Seat:
    with world.database.read() as connection:
        return bookings.look(connection, request_id).seat


def settle(world: DeskWorld) -> None:
    world.later(GRACE)
    world.desk.settle_graces(now=world.now)
    world.desk.expire(now=world.now)


def problem(call: Callable[[], object]) -> Problem:
    with pytest.raises(Refused) as caught:
        call()
    return caught.value.problem


def starts_held(world: DeskWorld) -> list[datetime]:
    return [span.start for span in world.held()]


def test_a_client_moves_an_appointment_and_both_times_are_held_until_it_is_told(world: DeskWorld) -> None:
    request_id = world.accepted()
    page = world.desk.client_reschedule(token_of(world, request_id), TWO, now=world.now)
    assert (page.status, page.span.start) == ("accepted", TWO)
    assert starts_held(world) == [TEN, TWO]
    settle(world)
    assert starts_held(world) == [TWO]
    assert world.mails()[-1] == "rescheduled"
    assert world.mails("provider")[-1] == "moved"


def test_a_moved_request_still_waits_for_its_answer(world: DeskWorld) -> None:
    asked = world.ask()
    assert world.desk.client_reschedule(asked.token, TWO, now=world.now).status == "pending"
    event = world.event(asked.id)
    assert event is not None
    assert (event.status, event.start) == (
        EventStatus.TENTATIVE,
        WallTime(datetime(2026, 11, 25, 14), "America/New_York"),
    )


def test_the_same_move_again_changes_nothing(world: DeskWorld) -> None:
    asked = world.ask()
    first = world.desk.client_reschedule(asked.token, TWO, now=world.now)
    assert world.desk.client_reschedule(asked.token, TWO, now=world.later(MINUTE)) == first


def test_she_may_move_by_less_than_the_length_for_her_own_time_is_looked_past(world: DeskWorld) -> None:
    asked = world.ask()
    slots = world.desk.client_times(
        asked.token, start=TEN.date(), end=TEN.date() + timedelta(days=1), now=world.now
    )
    assert TEN + 15 * MINUTE in {slot.start for slot in slots.slots}
    page = world.desk.client_reschedule(asked.token, TEN + 15 * MINUTE, now=world.now)
    assert page.span.start == TEN + 15 * MINUTE


@pytest.mark.parametrize("start", [TEN + 7 * MINUTE, TEN - timedelta(days=30)])
def test_only_times_on_offer_are_hers_to_take(world: DeskWorld, start: datetime) -> None:
    asked = world.ask()
    refused = problem(lambda: world.desk.client_reschedule(asked.token, start, now=world.now))
    assert refused is Problem.SLOT_UNAVAILABLE


def test_another_s_time_is_not_hers(world: DeskWorld) -> None:
    asked = world.ask()
    world.ask(start=TWO, email="other@example.com")
    assert (
        problem(lambda: world.desk.client_reschedule(asked.token, TWO, now=world.now))
        is Problem.SLOT_UNAVAILABLE
    )


def test_after_the_notice_she_has_to_call(world: DeskWorld) -> None:
    request_id = world.accepted()
    world.now = TEN - 24 * HOUR + MINUTE
    world.read_at(world.now)
    token = token_of(world, request_id)
    assert not world.desk.client_page(token, now=world.now).may_reschedule
    refused = problem(lambda: world.desk.client_reschedule(token, TEN + 48 * HOUR, now=world.now))
    assert refused is Problem.WRONG_STATE


def test_the_provider_can_undo_it_within_the_grace(world: DeskWorld) -> None:
    request_id = world.accepted()
    world.desk.client_reschedule(token_of(world, request_id), TWO, now=world.now)
    assert world.desk.undo(world.owner, request_id, now=world.now).span.start == TEN
    settle(world)
    assert "rescheduled" not in world.mails()


def test_a_late_move_counts_as_a_late_cancellation(open_desk: OpenDesk) -> None:
    rules = {
        "cancel_notice": timedelta(hours=1),
        "reschedule_notice": timedelta(hours=1),
        "minimum_notice": timedelta(hours=1),
    }
    world = open_desk(elm_street(rules=rules))
    request_id = world.accepted(asking=world.token())
    world.now = TEN - 3 * HOUR
    world.read_at(world.now)
    world.desk.client_reschedule(token_of(world, request_id), TWO, now=world.now)
    settle(world)
    with world.database.read() as connection:
        found = records(connection, world.practice_id, now=world.now)
    assert len(found["c-1"].late) == 1


def test_staff_move_to_any_minute(world: DeskWorld) -> None:
    request_id = world.accepted()
    view = world.desk.reschedule(world.owner, request_id, TWO + 7 * MINUTE, now=world.now)
    assert (view.status, view.span.start, view.settles_at) == (
        "accepted",
        TWO + 7 * MINUTE,
        world.now + GRACE,
    )


def test_staff_do_not_move_onto_what_is_taken(world: DeskWorld) -> None:
    request_id = world.accepted()
    world.ask(start=TWO, email="other@example.com")
    world.busy(TEN + 6 * HOUR, TEN + 7 * HOUR)
    for start in (TWO + 10 * MINUTE, TEN + 6 * HOUR):
        move = partial(world.desk.reschedule, world.owner, request_id, start, now=world.now)
        assert problem(move) is Problem.SLOT_UNAVAILABLE


def test_times_put_forward_are_held_beside_the_first_and_told_at_once(world: DeskWorld) -> None:
    asked = world.ask()
    view = world.desk.propose(world.owner, asked.id, [TWO, ELEVEN], now=world.now)
    assert view.proposal is not None
    assert view.proposal.starts == (ELEVEN, TWO)
    assert starts_held(world) == [TEN, ELEVEN, TWO]
    assert sorted(world.mails()) == ["created", "proposed"]
    page = world.desk.client_page(asked.token, now=world.now)
    assert page.proposal is not None
    assert page.proposal.starts == (ELEVEN, TWO)


def test_more_than_three_are_refused(world: DeskWorld) -> None:
    asked = world.ask()
    many = [TEN + hours * HOUR for hours in (1, 2, 3, 4)]
    assert problem(lambda: world.desk.propose(world.owner, asked.id, many, now=world.now)) is Problem.INVALID


def test_the_time_she_chooses_is_accepted_and_the_others_are_free_after_the_grace(world: DeskWorld) -> None:
    asked = world.ask()
    world.desk.propose(world.owner, asked.id, [ELEVEN, TWO], now=world.now)
    page = world.desk.client_choose(asked.token, TWO, now=world.now)
    assert (page.status, page.span.start) == ("accepted", TWO)
    assert world.desk.client_choose(asked.token, TWO, now=world.now) == page
    settle(world)
    assert starts_held(world) == [TWO]
    assert world.mails()[-1] == "confirmed"
    assert world.mails("provider")[-1] == "chosen"


def test_nothing_is_chosen_while_the_calendar_has_not_been_read_for_too_long(world: DeskWorld) -> None:
    request_id = world.accepted()
    world.desk.propose(world.owner, request_id, [TWO], now=world.now)
    world.later(61 * MINUTE)
    choose = partial(world.desk.client_choose, token_of(world, request_id), TWO, now=world.now)
    assert problem(choose) is Problem.CALENDAR_UNREADABLE
    world.read_at(world.now)
    assert choose().span.start == TWO


def test_refused_times_are_free_at_once_and_the_request_stands(world: DeskWorld) -> None:
    asked = world.ask()
    world.desk.propose(world.owner, asked.id, [TWO], now=world.now)
    page = world.desk.client_refuse(asked.token, now=world.now)
    assert (page.status, page.span.start, page.proposal) == ("pending", TEN, None)
    assert starts_held(world) == [TEN]
    assert world.desk.client_refuse(asked.token, now=world.now) == page
    assert sorted(world.mails("provider")) == ["new_request", "turned_down"]


def test_what_was_not_put_forward_is_not_chosen(world: DeskWorld) -> None:
    asked = world.ask()
    assert problem(lambda: world.desk.client_choose(asked.token, TWO, now=world.now)) is Problem.WRONG_STATE
    world.desk.propose(world.owner, asked.id, [TWO], now=world.now)
    assert (
        problem(lambda: world.desk.client_choose(asked.token, ELEVEN, now=world.now)) is Problem.WRONG_STATE
    )


def test_a_lapsed_proposal_frees_its_times(world: DeskWorld) -> None:
    asked = world.ask()
    view = world.desk.propose(world.owner, asked.id, [TWO], now=world.now)
    assert view.proposal is not None
    world.now = view.proposal.expires_at
    refused = problem(lambda: world.desk.client_choose(asked.token, TWO, now=world.now))
    assert refused in (Problem.EXPIRED, Problem.WRONG_STATE)
    assert TWO not in starts_held(world)


def test_a_drag_is_told_once_it_can_no_longer_be_a_slip(world: DeskWorld) -> None:
    asked = world.ask()
    world.edit(asked.id, start=WallTime(datetime(2026, 11, 25, 14), "America/New_York"))
    assert world.mails() == ["created"]
    settle(world)
    world.desk.expire(now=world.later(MINUTE))
    assert world.mails() == ["created", "proposed"]


def test_dragged_back_within_the_grace_nobody_is_told(world: DeskWorld) -> None:
    asked = world.ask()
    world.edit(asked.id, start=WallTime(datetime(2026, 11, 25, 14), "America/New_York"))
    world.edit(asked.id, start=WallTime(datetime(2026, 11, 25, 10), "America/New_York"))
    settle(world)
    assert world.mails() == ["created"]


def test_a_room_follows_to_the_new_time_and_is_never_booked_twice(open_desk: OpenDesk) -> None:
    roomed = replace(elm_street().services[0], room="Blue")
    bob = replace(ada(), slug="bob", name="Bob", email="bob@example.com")
    world = open_desk(elm_street(services=(roomed,), providers=(ada(), bob)))
    request_id = world.accepted(mode="in_person")
    world.ask(provider="bob", start=TWO, email="other@example.com", mode="in_person")
    move = partial(world.desk.reschedule, world.owner, request_id, TWO, now=world.now)
    assert problem(move) is Problem.SLOT_UNAVAILABLE
    assert world.desk.reschedule(world.owner, request_id, ELEVEN, now=world.now).span.start == ELEVEN


def test_a_seat_moves_to_another_sitting_of_the_group(open_desk: OpenDesk) -> None:
    world = open_desk(elm_street(services=(a_group(2),)))
    first = world.ask(service="group")
    world.ask(service="group", email="b@example.com", name="Ann Lee")
    there = world.ask(service="group", start=TWO, email="c@example.com", name="Cy Rus")
    world.desk.client_reschedule(first.token, TWO, now=world.now)
    settle(world)
    assert starts_held(world) == [TEN, TWO, TWO]
    seats = [seat_of(world, asked.id) for asked in (first, there)]
    assert seats[0].session == seats[1].session


def test_a_seat_moves_to_a_time_that_was_put_forward_for_it(open_desk: OpenDesk) -> None:
    world = open_desk(elm_street(services=(a_group(3),)))
    first = world.accepted(service="group")
    world.ask(service="group", email="b@example.com")
    world.desk.propose(world.owner, first, [TWO], now=world.now)
    assert world.desk.reschedule(world.owner, first, TWO, now=world.now).span.start == TWO


def test_a_group_is_one_event_that_names_each_in_the_title_mode(open_desk: OpenDesk) -> None:
    world = open_desk(elm_street(services=(a_group(3),)))
    first = world.ask(service="group")
    second = world.ask(service="group", email="b@example.com", name="Ann Lee")
    ref = seat_of(world, first.id).event
    assert seat_of(world, second.id).event == ref
    event = world.event(ref)
    assert event is not None
    assert event.summary == "Request: AL, GH"
    for asked in (first, second):
        world.desk.accept(world.owner, asked.id, now=world.now)
    event = world.event(ref)
    assert event is not None
    assert (event.summary, event.status) == ("AL, GH", EventStatus.CONFIRMED)
    world.desk.cancel(world.owner, first.id, now=world.now)
    event = world.event(ref)
    assert event is not None
    assert event.summary == "AL"


def test_a_group_deleted_in_the_calendar_is_over_for_each(open_desk: OpenDesk) -> None:
    world = open_desk(elm_street(services=(a_group(3),)))
    first, second = world.ask(service="group"), world.ask(service="group", email="b@example.com")
    world.desk.accept(world.owner, first.id, now=world.now)
    ref = seat_of(world, first.id).event
    assert set(world.delete(ref).split(", ")) == {"cancelled", "declined"}
    assert {world.desk.request_of(world.owner, each.id).status for each in (first, second)} == {
        "cancelled",
        "declined",
    }


def test_a_group_dragged_in_the_calendar_is_put_back(open_desk: OpenDesk) -> None:
    world = open_desk(elm_street(services=(a_group(3),)))
    first = world.ask(service="group")
    world.ask(service="group", email="b@example.com")
    ref = seat_of(world, first.id).event
    assert world.edit(ref, start=WallTime(datetime(2026, 11, 25, 14), "America/New_York")) == "conflict"
    event = world.event(ref)
    assert event is not None
    assert event.start == WallTime(datetime(2026, 11, 25, 10), "America/New_York")


@pytest.mark.parametrize("policy", ["propose", "reschedule"])
def test_a_group_stays_where_it_is_while_one_who_left_may_come_back(open_desk: OpenDesk, policy: str) -> None:
    world = open_desk(elm_street(services=(a_group(3),), rules={"moved_in_calendar": policy}))
    first = world.accepted(service="group")
    other = world.accepted(service="group", email="b@example.com")
    ref = seat_of(world, other).event
    world.desk.cancel(world.owner, first, now=world.now)
    assert world.edit(ref, start=WallTime(datetime(2026, 11, 25, 14), "America/New_York")) == "conflict"
    world.desk.undo(world.owner, first, now=world.now)
    assert {world.desk.request_of(world.owner, each).span.start for each in (first, other)} == {TEN}
    event = world.event(ref)
    assert event is not None
    assert event.start == WallTime(datetime(2026, 11, 25, 10), "America/New_York")


@pytest.fixture
def two(open_desk: OpenDesk) -> DeskWorld:
    bob = replace(ada(), slug="bob", name="Bob Moog", email="bob@example.com")
    return open_desk(elm_street(providers=(ada(), bob)))


def test_an_appointment_goes_to_another_provider_and_the_client_is_told_once(two: DeskWorld) -> None:
    request_id = two.accepted()
    view = two.desk.reassign(two.owner, request_id, "bob", now=two.now)
    assert (view.provider.slug, view.status, view.span.start) == ("bob", "accepted", TEN)
    settle(two)
    settle(two)
    assert two.mails().count("provider_changed") == 1
    assert "new_appointment" in two.mails("provider")
    assert two.held() == []


def test_its_event_leaves_one_calendar_and_comes_to_the_other(two: DeskWorld) -> None:
    request_id = two.accepted()
    two.desk.reassign(two.owner, request_id, "bob", now=two.now)
    assert two.event(request_id) is None
    with two.database.read() as connection:
        event = two.mirror.event(connection, seat_of(two, request_id).event)
    assert event is not None
    assert event.calendar_id == two.calendars["bob"]


def test_undone_it_is_hers_again_in_her_own_calendar(two: DeskWorld) -> None:
    request_id = two.accepted()
    two.desk.reassign(two.owner, request_id, "bob", now=two.now)
    assert two.desk.undo(two.owner, request_id, now=two.now).provider.slug == "ada"
    assert two.event(request_id) is not None


def test_what_is_still_done_to_the_first_event_decides_nothing(two: DeskWorld) -> None:
    request_id = two.accepted()
    two.desk.reassign(two.owner, request_id, "bob", now=two.now)
    assert two.delete(request_id) == "nothing to decide"
    assert two.desk.request_of(two.owner, request_id).status == "accepted"


def test_it_does_not_go_where_the_time_is_taken(two: DeskWorld) -> None:
    request_id = two.accepted()
    two.ask(provider="bob", email="other@example.com")
    give = partial(two.desk.reassign, two.owner, request_id, "bob", now=two.now)
    assert problem(give) is Problem.SLOT_UNAVAILABLE


def test_undone_nothing_of_it_stays_in_the_other_calendar(two: DeskWorld) -> None:
    request_id = two.accepted()
    two.desk.reassign(two.owner, request_id, "bob", now=two.now)
    bobs = seat_of(two, request_id).event
    two.desk.undo(two.owner, request_id, now=two.now)
    assert two.event(bobs) is None


def test_undone_later_it_does_not_go_back_to_where_an_event_has_the_time(two: DeskWorld) -> None:
    request_id = two.accepted()
    two.desk.reassign(two.owner, request_id, "bob", now=two.now)
    settle(two)
    two.busy(TEN, ELEVEN, provider="ada")
    assert problem(partial(two.desk.undo, two.owner, request_id, now=two.now)) is Problem.SLOT_UNAVAILABLE


def test_given_by_a_slip_it_can_be_given_back_at_once(two: DeskWorld) -> None:
    request_id = two.accepted()
    two.desk.reassign(two.owner, request_id, "bob", now=two.now)
    bobs = seat_of(two, request_id).event
    assert two.desk.reassign(two.owner, request_id, "ada", now=two.now).provider.slug == "ada"
    assert (two.event(request_id) is None, two.event(bobs) is None) == (False, True)
    settle(two)
    assert starts_held(two) == [TEN]
    assert "provider_changed" not in two.mails()


def test_a_provider_undoes_what_she_gave_away_within_the_grace_only(two: DeskWorld) -> None:
    request_id = two.accepted()
    ada_herself = two.provider_actor("ada")
    two.desk.reassign(ada_herself, request_id, "bob", now=two.now)
    assert two.desk.undo(ada_herself, request_id, now=two.now).provider.slug == "ada"
    two.desk.reassign(ada_herself, request_id, "bob", now=two.now)
    settle(two)
    assert problem(partial(two.desk.undo, ada_herself, request_id, now=two.now)) is Problem.NOT_FOUND


def test_nobody_joins_a_group_whose_time_is_not_certain(open_desk: OpenDesk) -> None:
    world = open_desk(elm_street(services=(a_group(3),)))
    first = world.accepted(service="group")
    far = TEN + timedelta(days=28)
    world.desk.propose(world.owner, first, [TWO, far], now=world.now)
    assert {TEN, TWO}.isdisjoint(world.starts(service="group"))
    world.desk.client_choose(token_of(world, first), far, now=world.now)
    settle(world)
    for start in (TEN, far):
        other = world.ask(service="group", start=start, email=f"{start:%d}@example.com")
        alone = start == TEN
        assert (seat_of(world, other.id).event != seat_of(world, first).event) is alone


def test_undone_after_others_came_to_the_new_time_it_goes_back_alone(open_desk: OpenDesk) -> None:
    world = open_desk(elm_street(services=(a_group(3),)))
    first = world.accepted(service="group")
    world.desk.reschedule(world.owner, first, TWO, now=world.now)
    settle(world)
    other = world.ask(service="group", start=TWO, email="other@example.com")
    assert seat_of(world, other.id).event == seat_of(world, first).event
    world.desk.undo(world.owner, first, now=world.now)
    shown = [world.event(seat_of(world, each).event) for each in (first, other.id)]
    hours = [each.start.clock.hour for each in shown if each and isinstance(each.start, WallTime)]
    assert hours == [10, 14]


def test_the_client_s_page_names_the_other_provider_once_that_is_told(two: DeskWorld) -> None:
    request_id = two.accepted()
    token = token_of(two, request_id)
    two.desk.reassign(two.owner, request_id, "bob", now=two.now)
    assert two.desk.client_page(token, now=two.now).provider.slug == "ada"
    settle(two)
    assert two.desk.client_page(token, now=two.now).provider.slug == "bob"
