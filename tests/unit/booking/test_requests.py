"""The state machine of requests: every cell of its table, and what undo, grace, expiry and proposals leave behind."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from booking.refusals import Problem, Refused
from booking.requests import (
    STEPS,
    Action,
    By,
    Holding,
    Place,
    Proposal,
    Seat,
    Standing,
    Status,
    decided,
    expiry,
    held,
    moved,
    proposed,
    settled,
    undone,
)
from booking.rules import NoticeByClock, Rules
from booking.store.standings import from_plain, plain
from sync.model.timespan import TimeSpan

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
GRACE = timedelta(minutes=2)
SPAN = TimeSpan(NOW + 48 * HOUR, NOW + 49 * HOUR)
OTHER = TimeSpan(NOW + 50 * HOUR, NOW + 51 * HOUR)
LATER = NOW + 100 * HOUR
SEAT = Seat("p1", "s1", "session", "r1", None, "America/New_York")
PLACE = Place(OTHER, SEAT)


def standing(status: Status = Status.PENDING, **changes: object) -> Standing:
    return replace(Standing(status, SPAN, NOW + 24 * HOUR, SEAT), **changes)  # type: ignore[arg-type]


def after(action: Action, by: By = By.PROVIDER, *, of: Standing | None = None) -> Standing:
    found = decided(of or standing(), action, by, now=NOW, grace=GRACE)
    assert found is not None
    return found


DECISIONS = (Action.ACCEPT, Action.DECLINE, Action.CANCEL, Action.EXPIRE)
SAME = {
    (Status.ACCEPTED, Action.ACCEPT),
    (Status.DECLINED, Action.DECLINE),
    (Status.CANCELLED, Action.CANCEL),
    (Status.EXPIRED, Action.EXPIRE),
}


@pytest.mark.parametrize("status,action,by", list(product(Status, DECISIONS, By)))
def test_every_cell_of_the_table(status: Status, action: Action, by: By) -> None:
    step = STEPS.get((status, action))
    if (status, action) in SAME:
        assert decided(standing(status), action, by, now=NOW, grace=GRACE) is None
    elif step is not None and by in step.by:
        found = decided(standing(status), action, by, now=NOW, grace=GRACE)
        assert found is not None
        assert (found.status, found.decided_by, found.last_action) == (step.to, by, action)
    else:
        with pytest.raises(Refused) as refused:
            decided(standing(status), action, by, now=NOW, grace=GRACE)
        late = (status, action) == (Status.EXPIRED, Action.ACCEPT)
        assert refused.value.problem is (Problem.EXPIRED if late else Problem.WRONG_STATE)


def test_the_table_says_what_the_contract_says() -> None:
    assert {(start.value, action.value, step.to.value) for (start, action), step in STEPS.items()} == {
        ("pending", "accept", "accepted"),
        ("pending", "decline", "declined"),
        ("pending", "cancel", "cancelled"),
        ("pending", "expire", "expired"),
        ("accepted", "cancel", "cancelled"),
        ("accepted", "move", "accepted"),
        ("pending", "move", "pending"),
        ("pending", "choose", "accepted"),
        ("accepted", "choose", "accepted"),
        ("pending", "reassign", "pending"),
        ("accepted", "reassign", "accepted"),
        ("expired", "accept", "accepted"),
    }


def test_only_the_calendar_may_accept_what_has_expired() -> None:
    assert STEPS[Status.EXPIRED, Action.ACCEPT].by == {By.CALENDAR}


def test_a_person_may_accept_until_just_before_the_expiry() -> None:
    late = standing().expires_at
    accepted = decided(standing(), Action.ACCEPT, By.STAFF, now=late - timedelta(microseconds=1), grace=GRACE)
    assert accepted is not None
    assert accepted.status is Status.ACCEPTED


def test_at_the_expiry_it_is_too_late_to_accept() -> None:
    with pytest.raises(Refused) as refused:
        decided(standing(), Action.ACCEPT, By.STAFF, now=standing().expires_at, grace=GRACE)
    assert refused.value.problem is Problem.EXPIRED


@pytest.mark.parametrize("action", [Action.DECLINE, Action.CANCEL, Action.MOVE, Action.REASSIGN])
def test_from_the_expiry_on_nothing_else_is_decided_either(action: Action) -> None:
    with pytest.raises(Refused) as refused:
        decided(standing(), action, By.STAFF, now=standing().expires_at, grace=GRACE)
    assert refused.value.problem is Problem.WRONG_STATE


def test_the_calendar_may_accept_after_the_expiry_before_a_timer_came() -> None:
    accepted = decided(standing(), Action.ACCEPT, By.CALENDAR, now=standing().expires_at, grace=GRACE)
    assert accepted is not None


def test_a_decision_settles_after_its_grace() -> None:
    assert after(Action.ACCEPT).settles_at == NOW + GRACE


def test_what_a_timer_or_a_rule_decides_has_no_grace_and_cannot_be_undone() -> None:
    expired = after(Action.EXPIRE, By.TIMER)
    assert expired.settles_at is None
    with pytest.raises(Refused):
        undone(expired, By.STAFF, now=NOW)


@pytest.mark.parametrize("action", [Action.ACCEPT, Action.DECLINE, Action.CANCEL])
def test_undo_brings_the_former_state_back(action: Action) -> None:
    back = undone(after(action), By.PROVIDER, now=NOW + GRACE / 2)
    assert back == standing(last_action=Action.UNDO)


def test_a_repeated_undo_changes_nothing() -> None:
    back = undone(after(Action.ACCEPT), By.STAFF, now=NOW)
    assert back is not None
    assert undone(back, By.STAFF, now=NOW) is None


def test_after_an_undo_the_request_can_be_decided_again() -> None:
    back = undone(after(Action.ACCEPT), By.STAFF, now=NOW)
    assert after(Action.DECLINE, of=back).status is Status.DECLINED


def test_nothing_was_decided_so_nothing_can_be_undone() -> None:
    with pytest.raises(Refused) as refused:
        undone(standing(), By.STAFF, now=NOW)
    assert refused.value.problem is Problem.WRONG_STATE


def test_the_calendar_undoes_within_the_grace_only() -> None:
    declined = after(Action.DECLINE, By.CALENDAR)
    assert undone(declined, By.CALENDAR, now=NOW + GRACE - timedelta(seconds=1)) is not None
    with pytest.raises(Refused):
        undone(declined, By.CALENDAR, now=NOW + GRACE)


def test_staff_undo_until_the_start() -> None:
    declined = settled(after(Action.DECLINE))
    assert undone(declined, By.STAFF, now=SPAN.start - timedelta(seconds=1)) is not None
    with pytest.raises(Refused):
        undone(declined, By.STAFF, now=SPAN.start)


def test_a_client_undoes_nothing() -> None:
    with pytest.raises(Refused):
        undone(after(Action.CANCEL, By.CLIENT), By.CLIENT, now=NOW)


def test_back_to_pending_after_its_expiry_there_are_thirty_minutes_more() -> None:
    moment = standing().expires_at + HOUR
    back = undone(settled(after(Action.DECLINE)), By.STAFF, now=moment)
    assert back is not None
    assert back.expires_at == moment + timedelta(minutes=30)


def test_those_thirty_minutes_never_reach_beyond_the_start() -> None:
    back = undone(settled(after(Action.DECLINE)), By.STAFF, now=SPAN.start - timedelta(minutes=10))
    assert back is not None
    assert back.expires_at == SPAN.start


def test_two_decisions_in_one_grace_are_undone_one_by_one() -> None:
    accepted = after(Action.ACCEPT)
    cancelled = decided(accepted, Action.CANCEL, By.STAFF, now=NOW + GRACE / 2, grace=GRACE)
    assert cancelled is not None
    back = undone(cancelled, By.STAFF, now=NOW + GRACE)
    assert back == replace(accepted, last_action=Action.UNDO)


def test_the_client_was_last_told_of_the_state_before_all_decisions_in_grace() -> None:
    cancelled = decided(after(Action.ACCEPT), Action.CANCEL, By.STAFF, now=NOW + GRACE / 2, grace=GRACE)
    assert cancelled is not None
    assert cancelled.told == standing()


def test_a_settled_state_is_the_one_the_client_knows() -> None:
    declined = settled(after(Action.DECLINE))
    assert declined.told is declined


def test_a_move_keeps_the_status() -> None:
    accepted = settled(after(Action.ACCEPT))
    found = moved(accepted, OTHER, By.CALENDAR, now=NOW, grace=GRACE)
    assert found is not None
    assert (found.status, found.span) == (Status.ACCEPTED, OTHER)


def test_a_move_to_the_same_time_is_none() -> None:
    assert moved(after(Action.ACCEPT), SPAN, By.CALENDAR, now=NOW, grace=GRACE) is None


def test_a_pending_request_is_not_moved() -> None:
    with pytest.raises(Refused):
        moved(standing(), OTHER, By.CALENDAR, now=NOW, grace=GRACE)


# What is held


def test_a_pending_request_holds_its_time_until_it_expires() -> None:
    assert held(standing(), now=NOW) == [Holding(SPAN, SEAT, standing().expires_at)]


def test_an_expired_pending_request_holds_nothing_whether_or_not_a_timer_came() -> None:
    assert held(standing(), now=standing().expires_at) == []


def test_an_appointment_holds_its_time_for_good() -> None:
    assert held(settled(after(Action.ACCEPT)), now=LATER) == [Holding(SPAN, SEAT, None)]


@pytest.mark.parametrize("action", [Action.DECLINE, Action.CANCEL])
def test_a_removed_request_holds_its_time_while_the_grace_runs(action: Action) -> None:
    assert held(after(action), now=NOW) == [Holding(SPAN, SEAT, NOW + GRACE)]
    assert held(settled(after(action)), now=NOW) == []


def test_a_moved_appointment_holds_old_and_new_time_while_the_grace_runs() -> None:
    found = moved(settled(after(Action.ACCEPT)), OTHER, By.CALENDAR, now=NOW, grace=GRACE)
    assert found is not None
    assert held(found, now=NOW) == [Holding(OTHER, SEAT, None), Holding(SPAN, SEAT, NOW + GRACE)]
    assert held(settled(found), now=NOW) == [Holding(OTHER, SEAT, None)]


def test_cancelled_after_a_move_that_was_told_it_holds_the_new_time_alone() -> None:
    there = moved(settled(after(Action.ACCEPT)), OTHER, By.CALENDAR, now=NOW, grace=GRACE)
    assert there is not None
    found = decided(settled(there), Action.CANCEL, By.STAFF, now=LATER, grace=GRACE)
    assert found is not None
    assert held(found, now=LATER) == [Holding(OTHER, SEAT, LATER + GRACE)]


def test_a_proposal_holds_both_times() -> None:
    found = proposed(standing(), [PLACE], By.CALENDAR, now=NOW)
    assert held(found, now=NOW) == [
        Holding(SPAN, SEAT, standing().expires_at),
        Holding(OTHER, SEAT, standing().expires_at),
    ]


def test_times_put_forward_before_a_decision_are_held_while_it_can_be_undone() -> None:
    accepted = after(Action.ACCEPT, of=proposed(standing(), [PLACE], By.STAFF, now=NOW))
    assert held(accepted, now=NOW) == [Holding(SPAN, SEAT, None), Holding(OTHER, SEAT, NOW + GRACE)]
    assert held(settled(accepted), now=NOW) == [Holding(SPAN, SEAT, None)]


# Proposals


def test_a_proposal_ends_with_the_pending_request() -> None:
    short = standing(expires_at=NOW + HOUR)
    assert proposed(short, [PLACE], By.CALENDAR, now=NOW).proposal == Proposal(
        (PLACE,), By.CALENDAR, NOW + HOUR
    )


def test_a_proposal_ends_after_a_day() -> None:
    accepted = settled(after(Action.ACCEPT))
    found = proposed(accepted, [PLACE], By.CALENDAR, now=NOW).proposal
    assert found is not None
    assert found.expires_at == NOW + 24 * HOUR


def test_a_proposal_ends_at_any_start_concerned() -> None:
    soon = TimeSpan(NOW + HOUR, NOW + 2 * HOUR)
    accepted = settled(after(Action.ACCEPT))
    for first, second in ((accepted, soon), (replace(accepted, span=soon), SPAN)):
        found = proposed(first, [Place(second, SEAT)], By.CALENDAR, now=NOW).proposal
        assert found is not None
        assert found.expires_at == soon.start


# Expiry


@pytest.mark.parametrize(
    "start_in,expires_in",
    [
        (timedelta(days=10), timedelta(hours=24)),  # the request's own expiry
        (timedelta(hours=40), timedelta(hours=16)),  # 24 h of notice before the start
        (timedelta(hours=26), timedelta(hours=8)),  # never less than 8 h to answer
        (timedelta(hours=5), timedelta(hours=5)),  # never after the start
    ],
)
def test_the_expiry(start_in: timedelta, expires_in: timedelta) -> None:
    assert expiry(NOW, NOW + start_in, Rules(), zone="UTC") == NOW + expires_in


def test_a_short_expiry_is_shorter_than_eight_hours() -> None:
    rules = Rules(request_expiry=HOUR)
    assert expiry(NOW, NOW + 30 * HOUR, rules, zone="UTC") == NOW + HOUR


def test_the_expiry_keeps_a_notice_by_the_clock() -> None:
    rules = Rules(minimum_notice=NoticeByClock(1, datetime(2026, 1, 1, 21).time()))
    start = datetime(2026, 11, 24, 15, tzinfo=UTC)
    assert expiry(NOW, start, rules, zone="UTC") == datetime(2026, 11, 23, 21, tzinfo=UTC)


def test_a_standing_survives_its_json_form() -> None:
    accepted = after(Action.ACCEPT)
    chain = decided(accepted, Action.CANCEL, By.CLIENT, now=NOW, grace=GRACE, message="So sorry")
    assert chain is not None
    whole = replace(chain, proposal=Proposal((PLACE,), By.CALENDAR, LATER))
    assert from_plain(plain(whole)) == whole
