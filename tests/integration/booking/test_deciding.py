"""Decisions by staff and by the client's link: state, time, event and mail change together, or not at all."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from booking.desk import Desk
from booking.refusals import Problem, Refused
from booking.roles import Actor, Role
from service.secrecy import TokenMaker
from sync.model.event import Status as EventStatus
from sync.model.moments import WallTime
from sync.model.timespan import TimeSpan
from tests.support.desk_world import GRACE, HOUR, MINUTE, TEN, DeskWorld, Looked, ada, elm_street

OpenDesk = Callable[..., DeskWorld]
SPAN = TimeSpan(TEN, TEN + 45 * MINUTE)


def settle(world: DeskWorld) -> None:
    world.later(GRACE)
    world.desk.settle_graces(now=world.now)


def problem(call: Callable[[], object]) -> Problem:
    with pytest.raises(Refused) as caught:
        call()
    return caught.value.problem


def test_an_accepted_request_is_confirmed_in_the_calendar_at_once(world: DeskWorld) -> None:
    asked = world.ask()
    view = world.desk.accept(world.owner, asked.id, now=world.now)
    assert (view.status, view.decided_by, view.settles_at) == ("accepted", "staff", world.now + GRACE)
    event = world.event(asked.id)
    assert event is not None
    assert (event.summary, event.status) == ("GH", EventStatus.CONFIRMED)


def test_a_provider_decides_in_her_own_name(world: DeskWorld) -> None:
    view = world.desk.accept(world.provider_actor(), world.ask().id, now=world.now)
    assert view.decided_by == "provider"


def test_the_client_is_told_when_the_grace_is_over_and_once(world: DeskWorld) -> None:
    world.desk.accept(world.owner, world.ask().id, now=world.now)
    world.desk.settle_graces(now=world.now + GRACE - timedelta(microseconds=1))
    assert world.mails() == ["created"]
    settle(world)
    settle(world)
    assert world.mails() == ["created", "confirmed"]


def test_a_settled_request_says_so(world: DeskWorld) -> None:
    request_id = world.accepted()
    assert world.desk.request_of(world.owner, request_id).settles_at is None


@pytest.mark.parametrize("deed", ["decline", "cancel"])
def test_a_removed_request_leaves_the_calendar_at_once_and_its_time_after_the_grace(
    world: DeskWorld, deed: str
) -> None:
    asked = world.ask()
    getattr(world.desk, deed)(world.owner, asked.id, now=world.now)
    assert world.event(asked.id) is None
    assert world.held() == [SPAN]
    assert TEN not in world.starts()
    world.later(GRACE)
    assert TEN in world.starts()


def test_the_message_of_a_decline_goes_to_the_client(world: DeskWorld) -> None:
    asked = world.ask()
    world.desk.decline(world.owner, asked.id, message="I am away that week.", now=world.now)
    settle(world)
    assert world.desk.client_page(asked.token, now=world.now).message == "I am away that week."
    assert world.mails() == ["created", "declined"]


def test_a_decline_may_refer_to_another_provider(open_desk: OpenDesk) -> None:
    bob = replace(ada(), slug="bob", name="Bob", email="bob@example.com")
    world = open_desk(elm_street(providers=(ada(), bob)))
    asked = world.ask()
    assert world.desk.decline(world.owner, asked.id, refer_to="bob", now=world.now).refer_to == "bob"


def test_nobody_is_referred_to_whom_there_is_not(world: DeskWorld) -> None:
    asked = world.ask()
    assert (
        problem(lambda: world.desk.decline(world.owner, asked.id, refer_to="bob", now=world.now))
        is Problem.INVALID
    )


@pytest.mark.parametrize("deed", ["accept", "decline", "cancel"])
def test_the_same_decision_again_changes_nothing(world: DeskWorld, deed: str) -> None:
    asked = world.ask()
    first = getattr(world.desk, deed)(world.owner, asked.id, now=world.now)
    again = getattr(world.desk, deed)(world.owner, asked.id, now=world.later(MINUTE))
    assert again == first


def test_the_same_decision_again_tells_nobody_twice(world: DeskWorld) -> None:
    request_id = world.accepted()
    world.desk.accept(world.owner, request_id, now=world.now)
    settle(world)
    assert world.mails() == ["created", "confirmed"]


def test_a_declined_request_is_not_accepted(world: DeskWorld) -> None:
    asked = world.ask()
    world.desk.decline(world.owner, asked.id, now=world.now)
    assert problem(lambda: world.desk.accept(world.owner, asked.id, now=world.now)) is Problem.WRONG_STATE


def test_an_appointment_is_cancelled_not_declined(world: DeskWorld) -> None:
    request_id = world.accepted()
    assert problem(lambda: world.desk.decline(world.owner, request_id, now=world.now)) is Problem.WRONG_STATE
    assert world.desk.cancel(world.owner, request_id, now=world.now).status == "cancelled"


def test_at_its_expiry_a_request_is_no_longer_accepted(world: DeskWorld) -> None:
    asked = world.ask()
    world.later(24 * HOUR)
    assert problem(lambda: world.desk.accept(world.owner, asked.id, now=world.now)) is Problem.EXPIRED
    world.desk.expire(now=world.now)
    assert problem(lambda: world.desk.accept(world.owner, asked.id, now=world.now)) is Problem.EXPIRED


def test_a_time_that_another_event_took_meanwhile_is_not_accepted(world: DeskWorld) -> None:
    asked = world.ask()
    world.busy(TEN + 30 * MINUTE, TEN + 60 * MINUTE)
    assert (
        problem(lambda: world.desk.accept(world.owner, asked.id, now=world.now)) is Problem.SLOT_UNAVAILABLE
    )
    assert world.desk.request_of(world.owner, asked.id).status == "pending"


def test_an_event_beside_the_time_does_not_matter(world: DeskWorld) -> None:
    asked = world.ask()
    world.busy(TEN - HOUR, TEN)
    world.busy(TEN + 45 * MINUTE, TEN + 2 * HOUR)
    assert world.desk.accept(world.owner, asked.id, now=world.now).status == "accepted"


# Undo


@pytest.mark.parametrize("deed", ["accept", "decline", "cancel"])
def test_undo_brings_back_state_time_and_event(world: DeskWorld, deed: str) -> None:
    asked = world.ask()
    before = world.desk.request_of(world.owner, asked.id)
    getattr(world.desk, deed)(world.owner, asked.id, now=world.now)
    after = world.desk.undo(world.owner, asked.id, now=world.later(MINUTE))
    assert (after.status, after.settles_at, after.decided_at) == ("pending", None, None)
    assert after.expires_at == before.expires_at
    event = world.event(asked.id)
    assert event is not None
    assert (event.summary, event.status) == ("Request: GH", EventStatus.TENTATIVE)
    assert world.held() == [SPAN]


def test_what_was_undone_in_its_grace_is_never_told(world: DeskWorld) -> None:
    asked = world.ask()
    world.desk.decline(world.owner, asked.id, now=world.now)
    world.desk.undo(world.owner, asked.id, now=world.now)
    settle(world)
    assert world.mails() == ["created"]


def test_undo_again_changes_nothing(world: DeskWorld) -> None:
    asked = world.ask()
    world.desk.decline(world.owner, asked.id, now=world.now)
    first = world.desk.undo(world.owner, asked.id, now=world.now)
    assert world.desk.undo(world.owner, asked.id, now=world.now) == first


def test_accepted_and_cancelled_within_one_grace_is_told_as_cancelled_only(world: DeskWorld) -> None:
    asked = world.ask()
    world.desk.accept(world.owner, asked.id, now=world.now)
    world.desk.cancel(world.owner, asked.id, now=world.later(MINUTE))
    settle(world)
    assert world.mails() == ["created", "cancelled"]


def test_the_accept_under_an_undone_cancel_is_told_after_all(world: DeskWorld) -> None:
    asked = world.ask()
    world.desk.accept(world.owner, asked.id, now=world.now)
    world.desk.cancel(world.owner, asked.id, now=world.later(MINUTE))
    world.desk.undo(world.owner, asked.id, now=world.now)
    settle(world)
    assert world.desk.request_of(world.owner, asked.id).status == "accepted"
    assert world.mails() == ["created", "confirmed"]


def test_staff_undo_later_while_the_time_is_free_and_the_client_is_told(world: DeskWorld) -> None:
    asked = world.ask()
    world.desk.decline(world.owner, asked.id, now=world.now)
    settle(world)
    view = world.desk.undo(world.owner, asked.id, now=world.later(HOUR))
    assert view.status == "pending"
    assert world.held() == [SPAN]
    assert world.mails() == ["created", "declined", "undone"]


def test_staff_undo_nothing_once_another_has_the_time(world: DeskWorld) -> None:
    asked = world.ask()
    world.desk.decline(world.owner, asked.id, now=world.now)
    settle(world)
    world.ask(email="other@example.com")
    assert problem(lambda: world.desk.undo(world.owner, asked.id, now=world.now)) is Problem.SLOT_UNAVAILABLE
    assert world.held() == [SPAN]


def test_staff_undo_nothing_once_an_event_has_the_time(world: DeskWorld) -> None:
    asked = world.ask()
    world.desk.decline(world.owner, asked.id, now=world.now)
    settle(world)
    world.busy(TEN, TEN + HOUR)
    assert problem(lambda: world.desk.undo(world.owner, asked.id, now=world.now)) is Problem.SLOT_UNAVAILABLE


def test_a_request_put_back_after_its_expiry_gives_half_an_hour(world: DeskWorld) -> None:
    asked = world.ask()
    world.desk.decline(world.owner, asked.id, now=world.later(24 * HOUR - MINUTE))
    settle(world)
    view = world.desk.undo(world.owner, asked.id, now=world.now)
    assert view.expires_at == world.now + 30 * MINUTE


# What the provider changed stays


def test_a_decision_keeps_what_the_provider_wrote_into_the_event(world: DeskWorld) -> None:
    asked = world.ask()
    assert world.edit(asked.id, location="Room 2", categories=("blue",)) == "kept"
    world.desk.accept(world.owner, asked.id, now=world.now)
    event = world.event(asked.id)
    assert event is not None
    assert (event.location, event.categories, event.summary) == ("Room 2", ("blue",), "GH")


# The client's link


def test_a_client_cancels_by_her_link_and_the_provider_is_told(world: DeskWorld) -> None:
    asked = world.ask()
    page = world.desk.client_cancel(asked.token, now=world.now)
    assert (page.status, page.may_cancel) == ("cancelled", False)
    assert world.event(asked.id) is None
    settle(world)
    assert world.mails("provider") == ["new_request", "withdrawn"]


def test_looking_at_the_link_changes_nothing(world: DeskWorld) -> None:
    asked = world.ask()
    before = world.desk.request_of(world.owner, asked.id)
    for _ in range(3):
        world.desk.client_page(asked.token, now=world.now)
    assert world.desk.request_of(world.owner, asked.id) == before


def test_an_appointment_is_cancelled_by_link_within_the_notice_only(world: DeskWorld) -> None:
    asked = world.ask()
    world.desk.accept(world.owner, asked.id, now=world.now)
    world.now = TEN - 24 * HOUR + MINUTE
    assert not world.desk.client_page(asked.token, now=world.now).may_cancel
    assert problem(lambda: world.desk.client_cancel(asked.token, now=world.now)) is Problem.WRONG_STATE


@pytest.mark.parametrize("token", ["", "x" * 32])
def test_a_wrong_token_opens_nothing(world: DeskWorld, token: str) -> None:
    world.ask()
    assert problem(lambda: world.desk.client_page(token, now=world.now)) is Problem.NOT_FOUND


def test_a_client_link_opens_no_request(world: DeskWorld) -> None:
    world.ask()
    token = world.token().client_token
    assert token is not None
    assert problem(lambda: world.desk.client_page(token, now=world.now)) is Problem.NOT_FOUND


def test_a_link_ends_with_its_appointment(world: DeskWorld) -> None:
    asked = world.ask()
    assert problem(lambda: world.desk.client_page(asked.token, now=SPAN.end)) is Problem.NOT_FOUND


# Who may


def test_ops_sees_no_requests(world: DeskWorld) -> None:
    asked = world.ask()
    ops = Actor(Role.OPS, world.practice_id, "token:1")
    assert problem(lambda: world.desk.request_of(ops, asked.id)) is Problem.FORBIDDEN
    assert problem(lambda: world.desk.accept(ops, asked.id, now=world.now)) is Problem.FORBIDDEN


@pytest.mark.parametrize("deed", ["accept", "decline", "cancel", "undo"])
def test_another_s_request_looks_like_none(open_desk: OpenDesk, deed: str) -> None:
    bob = replace(ada(), slug="bob", name="Bob", email="bob@example.com")
    world = open_desk(elm_street(providers=(ada(), bob)))
    asked = world.ask()
    for actor in (world.provider_actor("bob"), Actor(Role.OWNER, "another", "user:x")):
        call = getattr(world.desk, deed)
        assert problem(lambda call=call, actor=actor: call(actor, asked.id, now=world.now)) is (  # type: ignore[misc]
            Problem.NOT_FOUND
        )


def test_every_change_is_in_the_audit(world: DeskWorld) -> None:
    asked = world.ask()
    world.desk.accept(world.owner, asked.id, now=world.later(MINUTE))
    world.desk.undo(world.provider_actor(), asked.id, now=world.later(MINUTE))
    assert world.audit(asked.id) == [
        ("client", "ask"),
        ("user:owner", "accept"),
        ("user:ada", "undo"),
    ]


def test_the_event_of_an_undone_decline_is_where_it_was(world: DeskWorld) -> None:
    asked = world.ask()
    before = world.event(asked.id)
    world.desk.decline(world.owner, asked.id, now=world.now)
    world.desk.undo(world.owner, asked.id, now=world.now)
    assert world.event(asked.id) == before
    assert before is not None
    assert isinstance(before.start, WallTime)


def test_an_undo_after_the_grace_looks_at_the_calendar_first(world: DeskWorld) -> None:
    class FindsAnEvent(Looked):
        def look(self, provider_id: str) -> bool:
            world.busy(TEN, TEN + HOUR)
            return True

    made = world.accepted()
    world.desk.cancel(world.owner, made, now=world.now)
    world.later(GRACE)
    world.desk.settle_graces(now=world.now)
    desk = Desk(
        world.database, world.mirror, TokenMaker("x" * 40), FindsAnEvent(), base_url="https://book.example"
    )
    with pytest.raises(Refused) as caught:
        desk.undo(world.owner, made, now=world.now)
    assert caught.value.problem is Problem.SLOT_UNAVAILABLE
    assert world.held() == []
