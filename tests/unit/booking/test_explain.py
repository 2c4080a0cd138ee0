from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from booking.explain import Explanation, explain
from booking.holds import HoldRow
from booking.ladder import Reason, Rule, Source, may_change
from booking.practice import Block, Hold, Mode, Privilege
from booking.rules import Door
from booking.world import Asker, DoorState, Room, World
from sync.model.freebusy import Freshness
from tests.support.offers import (
    ANYONE,
    GRACE,
    MONDAY,
    MORNING,
    NOW,
    a_world,
    booked,
    local,
    span,
    with_service,
)

HOUR = timedelta(hours=1)
DOOR = Door(0.7, 0.8, HOUR)
DENTIST = Source("Work", "Dentist", local("09:30"), local("10:30"), NOW - timedelta(minutes=4, seconds=12))


def told(
    world: World,
    clock: str = "09:00",
    *,
    client: Asker = ANYONE,
    now: datetime = NOW,
    mode: Mode | None = None,
    sources: tuple[Source, ...] = (),
) -> Explanation:
    return explain(world, service="s", client=client, start=local(clock), now=now, mode=mode, sources=sources)


def failed(world: World, clock: str = "09:00", **asked: object) -> list[str]:
    return [reason.rule.value for reason in told(world, clock, **asked).failed]  # type: ignore[arg-type]


def refusal(world: World, clock: str = "09:00", **asked: object) -> Reason:
    """The only reason that failed."""
    (reason,) = told(world, clock, **asked).failed  # type: ignore[arg-type]
    return reason


def test_every_rule_is_answered_in_the_order_of_the_ladder() -> None:
    names = [reason.rule.value for reason in told(a_world()).reasons]
    assert names == [
        "practice_switch", "provider_opt_in", "client_status", "client_privilege", "assigned", "service_online",
        "block_online", "block", "notice", "horizon", "per_day", "per_week", "mode_gap", "open_requests", "door",
        "hold", "room", "freshness", "calendar", "booking",
    ]  # fmt: skip


def test_a_time_that_passes_every_rule_is_bookable() -> None:
    assert told(a_world()).bookable
    assert told(a_world()).failed == ()


def test_all_rules_that_strike_are_named_and_not_only_the_first() -> None:
    world = a_world(opted_in=False, busy=[span("09:00", "10:00")], freshness=Freshness(None, 1))
    assert failed(world) == ["provider_opt_in", "freshness", "calendar"]


def test_a_start_off_the_grid_fails_the_block() -> None:
    reason = refusal(a_world(), "09:05")
    assert reason.rule is Rule.BLOCK
    assert (
        reason.text
        == "Times in the block from 2026-01-12 09:00-05:00 start every 15 minutes from its beginning."
    )


def test_a_wrong_mode_fails_the_block() -> None:
    world = a_world(blocks=[replace(MORNING, modes=(Mode.IN_PERSON,))])
    reason = refusal(world, mode=Mode.TELEHEALTH)
    assert reason.rule is Rule.BLOCK
    assert reason.text == "The block or the service does not offer the mode telehealth."
    assert failed(with_service(world, modes=(Mode.IN_PERSON,)), mode=Mode.TELEHEALTH) == ["block"]


def test_a_block_for_other_services_fails_the_block() -> None:
    reason = refusal(a_world(blocks=[replace(MORNING, services=("intake",))]))
    assert reason.text.endswith("is kept for other services.")


def test_a_time_outside_every_block_fails_the_block_only() -> None:
    assert refusal(a_world(), "15:00").text == "No block of availability holds 45 minutes from this time."


def test_a_block_that_is_not_online_is_named() -> None:
    reason = refusal(a_world(blocks=[replace(MORNING, online=False)]))
    assert reason.rule is Rule.BLOCK_ONLINE
    assert reason.text == (
        "The block from 2026-01-12 09:00-05:00 to 2026-01-12 12:00-05:00 is not open for self-scheduling."
    )


def test_of_two_blocks_the_one_that_offers_the_time_is_explained() -> None:
    offline = replace(MORNING, online=False)
    assert told(a_world(blocks=[offline, MORNING])).bookable


def test_without_a_mode_the_mode_that_can_be_booked_is_explained() -> None:
    world = with_service(a_world(), room="any")
    explanation = told(world)
    assert explanation.bookable
    assert explanation.mode is Mode.TELEHEALTH


def test_the_last_instant_of_the_notice_is_told() -> None:
    reason = refusal(a_world(), now=local("09:00") - timedelta(hours=23))
    assert reason.rule is Rule.NOTICE
    assert reason.text == "It had to be asked for by 2026-01-11 09:00-05:00."


def test_the_last_day_of_the_horizon_is_told() -> None:
    reason = refusal(a_world(rules={"horizon_days": 2}))
    assert (reason.rule, reason.text) == (Rule.HORIZON, "Times are offered only up to 2026-01-11.")


def test_limits_are_told_with_their_count() -> None:
    world = a_world(rules={"max_per_day": 1, "max_per_week": 1}, bookings=[booked("16:00", "17:00")])
    day, week = told(world).failed
    assert day.text == "The day is full: 1 requests and appointments, and the limit is 1."
    assert (week.rule, week.facts["limit"]) == (Rule.PER_WEEK, 1)


def test_a_hold_is_named_to_the_provider_and_not_to_the_client() -> None:
    hold = Hold("regulars only", time(9), time(10), days=frozenset({0}), kept_for=("tag:regulars",))
    reason = refusal(a_world(holds=[HoldRow("h", hold)]))
    assert reason.rule is Rule.HOLD
    assert "“regulars only”" in reason.text
    assert reason.client_text == "This time is not available. Please choose another one."


def test_an_event_is_named_with_calendar_and_age_to_the_provider() -> None:
    world = a_world(busy=[span("09:30", "10:30")])
    reason = refusal(world, sources=(DENTIST,))
    assert reason.source == DENTIST
    assert reason.text == (
        "“Dentist” in the calendar Work takes 2026-01-12 09:30-05:00 to 2026-01-12 10:30-05:00 (read 4 minutes ago)."
    )


def test_an_event_is_never_named_to_the_client() -> None:
    reason = refusal(a_world(busy=[span("09:30", "10:30")]), sources=(DENTIST,))
    assert "Dentist" not in reason.client_text
    assert "Work" not in reason.client_text


def test_an_event_without_a_title_to_tell_is_told_by_its_calendar() -> None:
    reason = refusal(a_world(busy=[span("09:30", "10:30")]), sources=(replace(DENTIST, title=None),))
    assert reason.text.startswith("An event in the calendar Work takes")


def test_each_event_that_takes_the_time_has_its_reason() -> None:
    other = Source("Home", "School run", local("08:30"), local("09:15"), NOW)
    elsewhere = Source("Home", "Lunch", local("12:00"), local("13:00"), NOW)
    world = a_world(busy=[span("08:30", "09:15"), span("09:30", "10:30"), span("12:00", "13:00")])
    explanation = told(world, sources=(DENTIST, elsewhere, other))
    assert [r.source.calendar for r in explanation.failed if r.source] == ["Home", "Work"]


def test_a_title_with_a_percent_sign_is_told_as_it_is() -> None:
    reason = refusal(a_world(busy=[span("09:30", "10:30")]), sources=(replace(DENTIST, title="100%(s) off"),))
    assert "“100%(s) off”" in reason.text


def test_events_that_are_known_only_as_busy_time_still_refuse() -> None:
    assert refusal(a_world(busy=[span("09:30", "10:30")])).source is None


def test_late_calendars_are_told_with_their_age() -> None:
    reason = refusal(a_world(freshness=Freshness(NOW - timedelta(minutes=75), 1)))
    assert reason.text == (
        "The calendars were last read whole 75 minutes ago; times are offered for 1 hour after a reading."
    )
    assert (
        refusal(a_world(freshness=Freshness(None, 1))).text
        == "A calendar was never read, so nothing is offered."
    )


def test_calendars_that_are_a_little_late_are_told_and_refuse_nothing() -> None:
    explanation = told(a_world(freshness=Freshness(NOW - timedelta(minutes=20), 1)))
    assert explanation.bookable
    (freshness,) = (reason for reason in explanation.reasons if reason.rule is Rule.FRESHNESS)
    assert freshness.text.endswith("requests are taken and marked to be checked.")


def test_another_booking_is_told_by_its_time_alone() -> None:
    reason = refusal(a_world(bookings=[booked("09:30", "10:15")]))
    assert reason.rule is Rule.BOOKING
    assert reason.text == (
        "A request or appointment from 2026-01-12 09:30-05:00 to 2026-01-12 10:15-05:00 is too close."
    )


def test_a_place_without_a_room_is_told() -> None:
    world = with_service(a_world(), room="any", modes=(Mode.IN_PERSON,))
    assert refusal(world).text == "The location has no room for this service."
    full = replace(
        world, rooms=[Room("main/Blue", "Blue", "main")], blocks=[replace(MORNING, location="west")]
    )
    assert refusal(full).rule is Rule.ROOM


@pytest.mark.parametrize(
    "world, client, rule",
    [
        (a_world(practice_open=False), ANYONE, "practice_switch"),
        (a_world(rules={"client_statuses": frozenset({"active"})}), ANYONE, "client_status"),
        (a_world(), replace(GRACE, privilege=Privilege.CALL_US), "client_privilege"),
        (a_world(), replace(GRACE, providers=("eve",)), "assigned"),
        (a_world(), replace(GRACE, open_requests=2), "open_requests"),
        (a_world(rules={"new_clients": DOOR}, doors={DOOR: DoorState(False, 0.82)}), ANYONE, "door"),
    ],
)
def test_a_refusal_of_access_names_its_rung_and_who_may_change_it(
    world: World, client: Asker, rule: str
) -> None:
    reason = refusal(world, client=client)
    assert reason.rule == rule
    assert "owner" in reason.may_change
    assert reason.text
    assert reason.client_text


@pytest.mark.parametrize(
    "change, text",
    [
        ({"active": False}, "Session is no longer offered."),
        ({"online": False}, "Session cannot be booked online."),
        ({"new_clients": False}, "Session is not open to new clients."),
    ],
)
def test_a_closed_service_says_how_it_is_closed(change: dict[str, bool], text: str) -> None:
    assert refusal(with_service(a_world(), **change)).text == text


def test_the_practice_switch_is_not_the_providers_to_change() -> None:
    assert may_change(Rule.PRACTICE_SWITCH) == ("owner", "manager")
    assert "provider" in may_change(Rule.PROVIDER_OPT_IN)


def test_a_reason_can_be_told_in_another_language_with_its_own_form_of_facts() -> None:
    reason = refusal(a_world(), "09:05")
    text = reason.said(
        reason.staff, translate=lambda _: "Ab %(start)s alle %(increment)s", show=lambda fact: "x"
    )
    assert text == "Ab x alle x"


def test_no_text_for_a_client_has_facts_to_fill_in() -> None:
    world = a_world(busy=[span("09:00", "12:00")], bookings=[booked("09:00", "10:00")], opted_in=False)
    for reason in told(world, "09:05").reasons:
        assert "%(" not in reason.client


def test_a_block_that_ends_too_soon_is_no_block_for_the_service() -> None:
    short = Block(frozenset({MONDAY.weekday()}), time(9), time(9, 30))
    assert failed(a_world(blocks=[short])) == ["block"]
