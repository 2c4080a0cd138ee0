from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from booking.access import belongs, has_prime_time, next_door, refusals
from booking.holds import HoldRow
from booking.practice import ClientStatus, Hold, Privilege
from booking.rules import Door
from booking.world import Asker, DoorState, World
from tests.support.offers import ANYONE, GRACE, MORNING, SESSION, a_world, starts

DOOR = Door(0.70, 0.85, timedelta(days=14))


def refused(world: World, client: Asker = ANYONE) -> list[str]:
    return [rule.value for rule in refusals(world, world.offers["s"], client)]


def test_the_practice_switch_alone_opens_nothing() -> None:
    assert refused(a_world(opted_in=False)) == ["provider_opt_in"]


def test_the_practice_switch_closes_every_provider() -> None:
    assert refused(a_world(practice_open=False)) == ["practice_switch"]


def test_every_refusal_is_told_in_the_order_of_the_ladder() -> None:
    assert refused(a_world(practice_open=False, opted_in=False, rules={"new_clients": "closed"})) == [
        "practice_switch",
        "provider_opt_in",
        "door",
    ]


@pytest.mark.parametrize("status, refusal", [("new", []), ("active", []), ("inactive", ["client_status"])])
def test_new_and_active_clients_may_book_by_default(status: str, refusal: list[str]) -> None:
    assert refused(a_world(), replace(GRACE, status=ClientStatus(status))) == refusal


def test_a_poster_without_a_token_is_new_whatever_else_is_said() -> None:
    claimed = Asker(id=None, status=ClientStatus.ACTIVE, privilege=Privilege.CALL_US, providers=("eve",))
    world = a_world(rules={"client_statuses": frozenset({"active"})})
    assert refused(world, claimed) == ["client_status"]
    assert refused(a_world(rules={"new_clients": "closed"}), claimed) == ["door"]


@pytest.mark.parametrize("privilege", ["full", "request_only", "longer_notice"])
def test_only_the_privilege_call_us_keeps_a_client_from_asking(privilege: str) -> None:
    assert refused(a_world(), replace(GRACE, privilege=Privilege(privilege))) == []
    assert refused(a_world(), replace(GRACE, privilege=Privilege.CALL_US)) == ["client_privilege"]


def test_a_client_with_assigned_providers_may_book_those_only() -> None:
    assert refused(a_world(), replace(GRACE, providers=("eve",))) == ["assigned"]
    assert refused(a_world(), replace(GRACE, providers=("eve", "ada"))) == []
    assert refused(a_world(), replace(GRACE, providers=())) == []


@pytest.mark.parametrize("change", [{"active": False}, {"online": False}])
def test_a_service_must_be_active_and_online(change: dict[str, Any]) -> None:
    assert refused(a_world(service=replace(SESSION, **change)), GRACE) == ["service_online"]


def test_a_service_can_be_closed_to_new_clients() -> None:
    world = a_world(service=replace(SESSION, new_clients=False))
    assert refused(world, ANYONE) == ["service_online"]
    assert refused(world, GRACE) == []


def test_a_client_has_only_so_many_open_requests() -> None:
    assert refused(a_world(), replace(GRACE, open_requests=1)) == []
    assert refused(a_world(), replace(GRACE, open_requests=2)) == ["open_requests"]
    assert refused(a_world(rules={"open_requests_per_client": 0}), replace(GRACE, open_requests=9)) == []


def test_the_door_keeps_out_new_clients_only() -> None:
    closed = a_world(rules={"new_clients": DOOR}, doors={DOOR: DoorState(False, 0.9)})
    assert refused(closed, ANYONE) == ["door"]
    assert refused(closed, GRACE) == []
    assert refused(a_world(rules={"new_clients": DOOR}, doors={DOOR: DoorState(True, 0.5)}), ANYONE) == []


@pytest.mark.parametrize(
    "was_open, share, opens",
    [
        (False, 0.69, True),
        (False, 0.70, False),
        (True, 0.70, True),
        (True, 0.85, True),
        (True, 0.86, False),
        (False, 0.8, False),
    ],
)
def test_the_door_opens_below_closes_above_and_stays_in_between(
    was_open: bool, share: float, opens: bool
) -> None:
    assert next_door(DOOR, was_open, share) is opens


def test_a_door_that_is_set_by_hand_asks_for_no_share() -> None:
    assert next_door("open", False, 1.0)
    assert not next_door("closed", True, 0.0)


@pytest.mark.parametrize(
    "audience, meant",
    [
        (("nobody",), False),
        (("client:c-1",), True),
        (("client:c-2",), False),
        (("tag:regulars",), True),
        (("tag:other",), False),
        (("status:active",), True),
        (("nobody", "tag:regulars"), True),
    ],
)
def test_an_audience_names_clients_tags_and_statuses(audience: tuple[str, ...], meant: bool) -> None:
    assert belongs(audience, GRACE) is meant
    assert not belongs(audience, ANYONE)


def test_a_poster_without_a_token_is_in_no_audience_even_that_of_new_clients() -> None:
    assert not belongs(("status:new",), ANYONE)


def test_prime_time_clients_are_those_a_hold_is_for() -> None:
    hold = Hold("evening", MORNING.start, MORNING.end, days=frozenset({0}), kept_for=("tag:regulars",))
    assert has_prime_time(a_world(holds=[HoldRow("h", hold)]), GRACE)
    assert not has_prime_time(a_world(), GRACE)


def test_nothing_is_offered_to_those_who_may_not_book() -> None:
    assert starts(a_world(opted_in=False)) == []
