"""What a provider does in her calendar, and what becomes of the request."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from sync.model.event import Event, Recurrence, Response, Series
from sync.model.event import Status as EventStatus
from sync.model.moments import Length, WallTime
from sync.model.timespan import TimeSpan
from tests.support.desk_world import GRACE, HOUR, MINUTE, TEN, DeskWorld, elm_street

OpenDesk = Callable[..., DeskWorld]
ZONE = "America/New_York"
SPAN = TimeSpan(TEN, TEN + 45 * MINUTE)
AT_TWO = {"start": WallTime(datetime(2026, 11, 25, 14), ZONE)}
TWO = TimeSpan(TEN + 4 * HOUR, TEN + 4 * HOUR + 45 * MINUTE)
RESCHEDULE = elm_street(rules={"moved_in_calendar": "reschedule"})


def status(world: DeskWorld, request_id: str) -> tuple[str, str | None]:
    view = world.desk.request_of(world.owner, request_id)
    return view.status, view.decided_by


def settle(world: DeskWorld) -> None:
    world.later(GRACE)
    world.desk.settle_graces(now=world.now)


def event_of(world: DeskWorld, request_id: str) -> Event:
    event = world.event(request_id)
    assert event is not None
    return event


# Deleted and put back


def test_deleted_while_pending_is_declined(world: DeskWorld) -> None:
    asked = world.ask()
    assert world.delete(asked.id) == "declined"
    assert status(world, asked.id) == ("declined", "calendar")
    settle(world)
    assert world.mails() == ["created", "declined"]


def test_deleted_after_acceptance_is_cancelled(world: DeskWorld) -> None:
    request_id = world.accepted()
    assert world.delete(request_id) == "cancelled"
    assert status(world, request_id) == ("cancelled", "calendar")
    settle(world)
    assert world.mails() == ["created", "confirmed", "deleted"]


def test_what_is_over_may_be_tidied_away(world: DeskWorld) -> None:
    request_id = world.accepted()
    world.now = SPAN.end
    assert world.delete(request_id) == "over"
    assert status(world, request_id)[0] == "accepted"


def test_deleted_twice_is_declined_once(world: DeskWorld) -> None:
    asked = world.ask()
    world.delete(asked.id)
    assert world.delete(asked.id) == "nothing to decide"


def test_put_back_within_the_grace_is_an_undo(world: DeskWorld) -> None:
    asked = world.ask()
    event = event_of(world, asked.id)
    world.delete(asked.id)
    world.later(MINUTE)
    assert world.restore(asked.id, event) == "undone"
    assert status(world, asked.id) == ("pending", None)
    assert world.event(asked.id) is not None
    settle(world)
    assert world.mails() == ["created"]


def test_put_back_later_it_is_an_event_of_the_provider_s_own(world: DeskWorld) -> None:
    asked = world.ask()
    event = event_of(world, asked.id)
    world.delete(asked.id)
    settle(world)
    assert world.restore(asked.id, event) == "the provider's own"
    assert status(world, asked.id)[0] == "declined"


def test_what_staff_declined_is_not_undone_by_the_calendar(world: DeskWorld) -> None:
    asked = world.ask()
    event = event_of(world, asked.id)
    world.desk.decline(world.owner, asked.id, now=world.now)
    assert world.restore(asked.id, event) == "the provider's own"


def test_an_event_of_no_booking_is_nothing_to_us(world: DeskWorld) -> None:
    assert world.restore("unknown", Event(date(2026, 11, 25), Length(days=1))) == "not a booking"


# Accepted


@pytest.mark.parametrize(
    "change",
    [
        {"status": EventStatus.CONFIRMED},
        {"summary": "gh"},
        {"own_response": Response.ACCEPTED},
    ],
    ids=["confirmed", "without prefix", "yes"],
)
def test_three_ways_to_accept(world: DeskWorld, change: dict[str, object]) -> None:
    asked = world.ask()
    assert world.edit(asked.id, **change) == "accepted"
    assert status(world, asked.id) == ("accepted", "calendar")
    event = event_of(world, asked.id)
    assert (event.summary.upper(), event.status) == ("GH", EventStatus.CONFIRMED)
    settle(world)
    assert world.mails() == ["created", "confirmed"]


def test_another_title_is_the_provider_s_and_decides_nothing(world: DeskWorld) -> None:
    asked = world.ask()
    assert world.edit(asked.id, summary="Grace?") == "kept"
    assert status(world, asked.id)[0] == "pending"
    world.desk.accept(world.owner, asked.id, now=world.now)
    assert event_of(world, asked.id).summary == "Grace?"


def test_an_acceptance_that_is_read_twice_is_told_once(world: DeskWorld) -> None:
    asked = world.ask()
    world.edit(asked.id, status=EventStatus.CONFIRMED)
    assert world.edit(asked.id, location="Room 2") == "kept"
    settle(world)
    assert world.mails() == ["created", "confirmed"]


def test_accepted_in_time_and_read_after_the_expiry_stands_while_the_time_is_free(world: DeskWorld) -> None:
    asked = world.ask()
    event = event_of(world, asked.id)
    world.later(24 * HOUR)
    world.desk.expire(now=world.now)
    assert status(world, asked.id) == ("expired", "timer")
    assert world.edit_removed(asked.id, event, status=EventStatus.CONFIRMED) == "accepted"
    assert status(world, asked.id) == ("accepted", "calendar")
    assert world.held() == [SPAN]
    settle(world)
    assert world.mails() == ["created", "expired", "confirmed"]


def test_it_stands_too_if_no_timer_has_come_yet(world: DeskWorld) -> None:
    asked = world.ask()
    world.later(24 * HOUR)
    assert world.edit(asked.id, status=EventStatus.CONFIRMED) == "accepted"
    assert world.held() == [SPAN]


def test_read_too_late_for_a_time_that_is_taken_it_is_a_conflict(world: DeskWorld) -> None:
    asked = world.ask()
    event = event_of(world, asked.id)
    world.later(24 * HOUR)
    world.read_at(world.now)
    world.desk.expire(now=world.now)
    world.now -= 2 * HOUR
    world.ask(email="other@example.com", start=TEN + HOUR)
    world.now += 2 * HOUR
    world.busy(TEN, TEN + HOUR)
    assert world.edit_removed(asked.id, event, status=EventStatus.CONFIRMED) == "conflict"
    view = world.desk.request_of(world.owner, asked.id)
    assert (view.status, view.conflict) == ("expired", "late_acceptance")
    assert world.mails("provider").count("conflict") == 1


def test_read_too_late_for_a_time_that_another_booked_it_is_a_conflict(open_desk: OpenDesk) -> None:
    world = open_desk(elm_street(rules={"minimum_notice": timedelta(hours=1)}))
    asked = world.ask()
    event = event_of(world, asked.id)
    world.later(24 * HOUR)
    world.read_at(world.now)
    other = world.ask(email="other@example.com")
    assert world.edit_removed(asked.id, event, status=EventStatus.CONFIRMED) == "conflict"
    assert world.held() == [SPAN]
    assert status(world, other.id)[0] == "pending"


# Dragged


def test_dragged_while_pending_is_a_proposal_and_holds_both_times(world: DeskWorld) -> None:
    asked = world.ask()
    assert world.edit(asked.id, **AT_TWO) == "proposed"
    view = world.desk.request_of(world.owner, asked.id)
    assert (view.status, view.span) == ("pending", SPAN)
    assert view.proposal is not None
    assert (view.proposal.starts, view.proposal.by) == ((TWO.start,), "calendar")
    assert view.proposal.expires_at == view.expires_at
    assert world.held() == [SPAN, TWO]
    assert event_of(world, asked.id).start == AT_TWO["start"]


def test_a_drag_together_with_a_confirmation_is_a_proposal(world: DeskWorld) -> None:
    asked = world.ask()
    assert world.edit(asked.id, status=EventStatus.CONFIRMED, **AT_TWO) == "proposed"
    assert status(world, asked.id)[0] == "pending"


def test_a_confirmation_at_the_proposed_time_stays_a_proposal(world: DeskWorld) -> None:
    asked = world.ask()
    world.edit(asked.id, **AT_TWO)
    assert world.edit(asked.id, status=EventStatus.CONFIRMED) == "proposed"
    assert status(world, asked.id)[0] == "pending"


def test_a_changed_end_is_a_drag(world: DeskWorld) -> None:
    asked = world.ask()
    assert world.edit(asked.id, length=Length(exact=HOUR)) == "proposed"


def test_dragged_again_the_newest_place_is_the_proposal(world: DeskWorld) -> None:
    asked = world.ask()
    world.edit(asked.id, **AT_TWO)
    world.edit(asked.id, start=WallTime(datetime(2026, 11, 25, 15), ZONE))
    three = TimeSpan(TWO.start + HOUR, TWO.end + HOUR)
    assert world.held() == [SPAN, three]


def test_dragged_back_the_proposal_is_withdrawn(world: DeskWorld) -> None:
    asked = world.ask()
    here = event_of(world, asked.id).start
    world.edit(asked.id, **AT_TWO)
    assert world.edit(asked.id, start=here) == "kept"
    assert world.desk.request_of(world.owner, asked.id).proposal is None
    assert world.held() == [SPAN]


def test_a_proposal_that_nobody_takes_lapses_and_the_event_is_put_back(world: DeskWorld) -> None:
    request_id = world.accepted()
    world.edit(request_id, **AT_TWO)
    world.later(24 * HOUR)
    assert world.desk.expire(now=world.now) == 1
    view = world.desk.request_of(world.owner, request_id)
    assert (view.status, view.proposal) == ("accepted", None)
    assert event_of(world, request_id).start == WallTime(datetime(2026, 11, 25, 10), ZONE)
    assert world.held() == [SPAN]


def test_a_proposal_s_time_is_free_again_whether_or_not_a_timer_came(world: DeskWorld) -> None:
    request_id = world.accepted()
    world.edit(request_id, **AT_TWO)
    assert TWO.start not in world.starts()
    world.now = world.desk.request_of(world.owner, request_id).proposal.expires_at  # type: ignore[union-attr]
    world.read_at(world.now)
    assert world.held() == [SPAN]


def test_a_decision_in_the_app_ends_the_proposal_and_puts_the_event_back(world: DeskWorld) -> None:
    asked = world.ask()
    world.edit(asked.id, **AT_TWO)
    world.desk.accept(world.owner, asked.id, now=world.now)
    assert event_of(world, asked.id).start == WallTime(datetime(2026, 11, 25, 10), ZONE)
    settle(world)
    assert world.held() == [SPAN]


def test_an_appointment_that_is_dragged_is_a_proposal_by_default(world: DeskWorld) -> None:
    request_id = world.accepted()
    assert world.edit(request_id, **AT_TWO) == "proposed"
    view = world.desk.request_of(world.owner, request_id)
    assert (view.status, view.span) == ("accepted", SPAN)


def test_with_reschedule_a_drag_moves_the_appointment_and_the_client_is_told_once(
    open_desk: OpenDesk,
) -> None:
    world = open_desk(RESCHEDULE)
    request_id = world.accepted()
    assert world.edit(request_id, **AT_TWO) == "moved"
    view = world.desk.request_of(world.owner, request_id)
    assert (view.status, view.span, view.settles_at) == ("accepted", TWO, world.now + GRACE)
    assert world.held() == [SPAN, TWO]
    settle(world)
    settle(world)
    assert world.held() == [TWO]
    assert world.mails() == ["created", "confirmed", "rescheduled"]


def test_two_drags_in_one_grace_are_told_as_one(open_desk: OpenDesk) -> None:
    world = open_desk(RESCHEDULE)
    request_id = world.accepted()
    world.edit(request_id, **AT_TWO)
    world.edit(request_id, start=WallTime(datetime(2026, 11, 25, 15), ZONE))
    settle(world)
    assert world.mails() == ["created", "confirmed", "rescheduled"]


def test_a_drag_back_within_the_grace_is_not_told(open_desk: OpenDesk) -> None:
    world = open_desk(RESCHEDULE)
    request_id = world.accepted()
    here = event_of(world, request_id).start
    world.edit(request_id, **AT_TWO)
    world.edit(request_id, start=here)
    settle(world)
    assert world.held() == [SPAN]
    assert world.mails() == ["created", "confirmed"]


def test_a_drag_can_be_undone_in_the_app(open_desk: OpenDesk) -> None:
    world = open_desk(RESCHEDULE)
    request_id = world.accepted()
    world.edit(request_id, **AT_TWO)
    assert world.desk.undo(world.owner, request_id, now=world.now).span == SPAN
    assert event_of(world, request_id).start == WallTime(datetime(2026, 11, 25, 10), ZONE)
    assert world.held() == [SPAN]


def test_the_link_of_a_moved_appointment_lives_as_long_as_it(open_desk: OpenDesk) -> None:
    world = open_desk(RESCHEDULE)
    asked = world.ask()
    world.desk.accept(world.owner, asked.id, now=world.now)
    world.edit(asked.id, **AT_TWO)
    assert world.desk.client_page(asked.token, now=TWO.end - MINUTE).span == TWO


@pytest.mark.parametrize("practice", [elm_street(), RESCHEDULE], ids=["propose", "reschedule"])
def test_dragged_onto_another_booking_the_event_is_put_back(open_desk: OpenDesk, practice: object) -> None:
    world = open_desk(practice)
    request_id = world.accepted()
    world.ask(start=TWO.start, email="other@example.com")
    assert world.edit(request_id, **AT_TWO) == "conflict"
    view = world.desk.request_of(world.owner, request_id)
    assert (view.span, view.proposal, view.conflict) == (SPAN, None, "moved_onto_booking")
    assert event_of(world, request_id).start == WallTime(datetime(2026, 11, 25, 10), ZONE)
    assert world.held() == [SPAN, TWO]
    assert world.mails("provider").count("conflict") == 1


def test_a_conflict_is_forgotten_with_the_next_change(world: DeskWorld) -> None:
    request_id = world.accepted()
    world.ask(start=TWO.start, email="other@example.com")
    world.edit(request_id, **AT_TWO)
    assert world.desk.cancel(world.owner, request_id, now=world.now).conflict is None


def test_dragged_into_the_past_the_event_is_put_back(world: DeskWorld) -> None:
    asked = world.ask()
    assert world.edit(asked.id, start=WallTime(datetime(2026, 11, 20, 10), ZONE)) == "put back"
    assert event_of(world, asked.id).start == WallTime(datetime(2026, 11, 25, 10), ZONE)


def test_made_to_repeat_the_event_is_put_back(world: DeskWorld) -> None:
    asked = world.ask()
    event = event_of(world, asked.id)
    series = Series(asked.id, event, Recurrence(rules=("FREQ=WEEKLY",)))
    assert world.edit(asked.id, series=series) == "put back"
    with world.database.read() as connection:
        known = world.mirror.event(connection, asked.id)
    assert known is not None
    assert known.series is not None
    assert known.series.recurrence == Recurrence()


def test_a_drag_of_a_declined_request_decides_nothing(world: DeskWorld) -> None:
    asked = world.ask()
    event = event_of(world, asked.id)
    world.desk.decline(world.owner, asked.id, now=world.now)
    assert world.edit_removed(asked.id, replace(event, location="x"), **AT_TWO) == "nothing to decide"


def test_while_a_decision_can_be_undone_the_client_is_told_nothing_of_it(world: DeskWorld) -> None:
    asked = world.ask()
    world.desk.decline(world.owner, asked.id, now=world.now)
    assert world.desk.client_page(asked.token, now=world.now).status == "pending"
    later = world.now + timedelta(minutes=2)
    assert world.desk.client_page(asked.token, now=later).status == "declined"
