"""Who may do what."""

import pytest

from booking.roles import MAY, STAFF, Action, Actor, Role, may

OPS = {
    Action.VIEW_ACCOUNTS,
    Action.VIEW_HOLDS,
    Action.EXPLAIN,
    Action.HISTORY,
    Action.SYNC_NOW,
    Action.DELETIONS,
    Action.VIEW_DASHBOARD,
    Action.METRICS,
    Action.LOOK_AT_OFFERS,
    Action.ASK_FOR_A_TIME,
    Action.LEAVE_A_WISH,
}


def test_every_role_has_its_line() -> None:
    assert set(MAY) == set(Role)


def test_ops_reads_the_machine_and_no_client() -> None:
    assert MAY[Role.OPS] == OPS


@pytest.mark.parametrize("action", [Action.VIEW_REQUESTS, Action.DECIDE, Action.BUSY, Action.EVENT_TITLES])
def test_what_ops_may_never_do(action: Action) -> None:
    assert not may(Role.OPS, action)


def test_the_owner_may_do_all_that_staff_may() -> None:
    for role in STAFF:
        assert MAY[role] <= MAY[Role.OWNER]


def test_tokens_are_the_owner_s() -> None:
    assert [role for role in Role if may(role, Action.TOKENS)] == [Role.OWNER]


def test_the_public_looks_and_asks() -> None:
    assert MAY[Role.PUBLIC] == {Action.LOOK_AT_OFFERS, Action.ASK_FOR_A_TIME, Action.LEAVE_A_WISH}


def test_a_provider_sees_her_own_rows_only() -> None:
    ada = Actor(Role.PROVIDER, "p1", "user:1", provider_id="ada")
    assert ada.sees("p1", "ada")
    assert not ada.sees("p1", "bob")


@pytest.mark.parametrize("role", [Role.OWNER, Role.MANAGER, Role.OPS])
def test_others_see_their_whole_practice_and_no_other(role: Role) -> None:
    actor = Actor(role, "p1", "token:1")
    assert actor.sees("p1", "ada")
    assert not actor.sees("p2", "ada")
