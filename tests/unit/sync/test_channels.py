"""When a push channel is opened, replaced and ended, and which messages count."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.channels import (
    ChannelState,
    Expected,
    KnownChannel,
    Message,
    Plan,
    Refusal,
    counts,
    plan,
    read_at,
    renew_at,
    token_hash,
    wait_after,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ADDRESS = "https://booking.example.com/hooks/google"
GOOD = Message("channel", "secret", "resource", "exists", 5)
EXPECTED = Expected(ChannelState.LIVE, token_hash("secret"), "resource", NOON + DAY, 4)


def channel(
    name: str = "one",
    *,
    state: ChannelState = ChannelState.LIVE,
    age: timedelta = HOUR,
    left: timedelta = 6 * DAY,
    address: str = ADDRESS,
) -> KnownChannel:
    return KnownChannel(name, state, address, NOON - age, NOON + left)


def planned(*channels: KnownChannel, address: str | None = ADDRESS, wait: timedelta | None = None) -> Plan:
    not_before = None if wait is None else NOON + wait
    return plan(channels, address=address, not_before=not_before, now=NOON)


def test_a_calendar_without_a_channel_gets_one() -> None:
    assert planned() == Plan(open=True)


def test_a_channel_in_its_prime_is_left_alone() -> None:
    assert planned(channel()) == Plan()


@pytest.mark.parametrize(
    "lifetime, left",
    [
        (7 * DAY, 7 * DAY * 0.2),
        (30 * DAY, 6 * DAY),
        (3 * DAY, DAY),
        (2 * DAY, DAY),
        (DAY, DAY / 2),
        (HOUR, HOUR / 2),
    ],
)
def test_it_is_renewed_with_a_fifth_or_a_day_left_and_a_short_one_at_half(
    lifetime: timedelta, left: timedelta
) -> None:
    assert renew_at(NOON, NOON + lifetime) == NOON + lifetime - left


def test_the_old_channel_retires_only_as_the_new_one_is_there() -> None:
    old = channel(age=6 * DAY, left=DAY)
    assert planned(old) == Plan(open=True, replaced=("one",))


def test_an_old_channel_whose_successor_was_refused_stays() -> None:
    assert planned(channel(age=6 * DAY, left=DAY), wait=HOUR) == Plan()


def test_of_two_live_channels_the_one_that_lasts_longer_stays() -> None:
    assert planned(channel("old", left=5 * DAY), channel("new")) == Plan(retire=("old",))


def test_a_channel_to_another_address_is_replaced() -> None:
    found = planned(channel(address="https://old.example.com/hooks/google"))
    assert found == Plan(open=True, replaced=("one",))


def test_a_channel_is_forgotten_only_once_it_has_run_out() -> None:
    over = [channel(state.value, state=state, age=7 * DAY, left=timedelta(0)) for state in ChannelState]
    assert planned(*over).forget == ("opening", "live", "retiring")
    running = [channel(state.value, state=state) for state in ChannelState]
    assert planned(*running).forget == ()


def test_a_channel_that_was_never_answered_is_waited_out() -> None:
    assert planned(channel(state=ChannelState.OPENING)) == Plan(open=True)


def test_where_no_messages_are_wanted_live_channels_retire() -> None:
    found = planned(channel("a"), channel("b", state=ChannelState.RETIRING), address=None)
    assert found == Plan(retire=("a",))


def test_a_refusal_is_respected() -> None:
    assert planned(wait=HOUR) == Plan()
    assert planned(wait=timedelta(0)) == Plan(open=True)


@given(
    st.lists(
        st.builds(
            channel,
            st.uuids().map(str),
            state=st.sampled_from(ChannelState),
            age=st.timedeltas(timedelta(0), 8 * DAY),
            left=st.timedeltas(-DAY, 8 * DAY),
        ),
        max_size=6,
        unique_by=lambda found: found.id,
    )
)
def test_a_plan_ends_no_channel_that_nothing_follows(channels: list[KnownChannel]) -> None:
    found = planned(*channels)
    live = {c.id for c in channels if c.state is ChannelState.LIVE and c.expires_at > NOON}
    assert not live or found.open or live - set(found.retire)
    assert set(found.replaced) <= live
    assert set(found.forget) == {c.id for c in channels if c.expires_at <= NOON}


@pytest.mark.parametrize("refusal", Refusal)
def test_each_refusal_has_its_patience(refusal: Refusal) -> None:
    waits = [wait_after(refusal, failures, jitter=0) for failures in (1, 2, 50)]
    minute = timedelta(minutes=1)
    assert (
        waits
        == {
            Refusal.CALENDAR: [7 * DAY] * 3,
            Refusal.INSTALLATION: [6 * HOUR] * 3,
            Refusal.PASSING: [minute, 2 * minute, HOUR],
        }[refusal]
    )
    assert wait_after(refusal, 1, jitter=0.99) > waits[0] * 0.75


def test_a_good_message_counts() -> None:
    assert counts(GOOD, EXPECTED, now=NOON)


@pytest.mark.parametrize(
    "change",
    [
        {"token": "Secret"},
        {"token": ""},
        {"token": "sécret"},
        {"resource_id": "other"},
        {"resource_state": "sync"},
        {"number": 4},
        {"number": 0},
    ],
)
def test_any_other_message_does_not(change: dict[str, object]) -> None:
    assert not counts(replace(GOOD, **change), EXPECTED, now=NOON)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"state": ChannelState.OPENING, "resource_id": None},
        {"state": ChannelState.OPENING},
        {"state": ChannelState.RETIRING},
        {"expires_at": NOON},
    ],
)
def test_no_message_counts_for_a_channel_that_is_not_live(change: dict[str, object]) -> None:
    assert not counts(GOOD, replace(EXPECTED, **change), now=NOON)  # type: ignore[arg-type]


def test_no_token_opens_a_channel_that_nobody_knows() -> None:
    assert not counts(GOOD, None, now=NOON)
    assert not counts(replace(GOOD, token=""), None, now=NOON)


def test_a_calendar_is_read_at_once_but_not_twice_within_three_seconds() -> None:
    def at(*, due: float | None, checked: float | None, failing: bool = False) -> float | None:
        instants = [None if s is None else NOON + timedelta(seconds=s) for s in (due, checked)]
        found = read_at(due_at=instants[0], checked_at=instants[1], failing=failing, now=NOON)
        return None if found is None else (found - NOON).total_seconds()

    assert at(due=300, checked=-60) == 0
    assert at(due=300, checked=-1) == 2
    assert at(due=300, checked=None) == 0
    assert at(due=None, checked=-60) == 0
    assert at(due=-10, checked=-60) == -10
    assert at(due=1, checked=-1) == 1
    assert at(due=40, checked=-60, failing=True) == 40
