"""Many at once: one wins, the others are told so, and nobody meets an error."""

import itertools
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest

from booking.desk import Receipt
from booking.desk.views import Replayed, Requested
from booking.recognition import MOST_OPEN
from booking.refusals import Problem, Refused
from booking.requests import Holding, Seat
from booking.store.claims import Holder, Taken, hold, provider_resource, resources_of
from sync.model.timespan import TimeSpan
from tests.support.desk_world import HOUR, MINUTE, TEN, DeskWorld, a_group, elm_street

OpenDesk = Callable[..., DeskWorld]


def at_once(works: list[Callable[[], object]]) -> Counter[str]:
    """What each came to: the status of a request, a problem's name, or the kind of an error."""
    outcomes: list[str] = []
    barrier = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> None:
        barrier.wait()
        try:
            done = work()
            outcomes.append(done.status if isinstance(done, Requested) else type(done).__name__)
        except Refused as refused:
            outcomes.append(refused.problem.value)
        except Exception as error:
            outcomes.append(repr(error))

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(outcomes)


def asking(world: DeskWorld, number: int, **changes: object) -> Callable[[], object]:
    return lambda: world.ask(email=f"c{number}@example.com", **changes)


def test_of_a_hundred_who_want_one_slot_exactly_one_gets_it(world: DeskWorld) -> None:
    outcomes = at_once([asking(world, number) for number in range(100)])
    assert outcomes == {"pending": 1, Problem.SLOT_UNAVAILABLE.value: 99}
    assert world.count("request") == 1
    assert world.held() == [TimeSpan(TEN, TEN + 45 * MINUTE)]


def test_overlapping_times_are_never_both_given(open_desk: OpenDesk) -> None:
    world = open_desk(elm_street(rules={"max_per_day": 0}))
    starts = [TEN + 15 * MINUTE * (number % 8) for number in range(40)]
    outcomes = at_once([asking(world, number, start=start) for number, start in enumerate(starts)])
    assert set(outcomes) == {"pending", Problem.SLOT_UNAVAILABLE.value}
    spans = world.held()
    assert len(spans) == outcomes["pending"]
    assert all(first.end + 10 * MINUTE <= second.start for first, second in itertools.pairwise(spans))


def test_a_group_is_never_fuller_than_its_seats(open_desk: OpenDesk) -> None:
    world = open_desk(elm_street(services=(a_group(3),)))
    outcomes = at_once([asking(world, number, service="group") for number in range(20)])
    assert outcomes == {"pending": 3, Problem.SLOT_UNAVAILABLE.value: 17}


def test_a_client_never_has_more_open_requests_than_allowed(world: DeskWorld) -> None:
    works = [asking(world, 1, start=TEN + number * HOUR, sender="198.51.100.7") for number in range(6)]
    outcomes = at_once(works)
    assert outcomes == {"pending": 2, Problem.TOO_MANY_OPEN_REQUESTS.value: 4}


def test_fifty_times_the_same_key_is_one_request(world: DeskWorld) -> None:
    receipt = Receipt("key", "body", lambda done: done.id.encode())
    works = [lambda: world.desk.request_once(world.form(), receipt, now=world.now)] * 50
    outcomes = at_once(list(works))
    assert outcomes == {"pending": 1, Replayed.__name__: 49}
    assert world.count("request") == 1


def test_accept_decline_cancel_and_expiry_race_to_one_end(world: DeskWorld) -> None:
    asked = world.ask()
    late = world.now + 24 * HOUR - timedelta(seconds=1)
    world.read_at(late)

    def expire() -> object:
        return world.desk.expire(now=late + timedelta(seconds=1))

    works: list[Callable[[], object]] = [
        lambda: world.desk.accept(world.owner, asked.id, now=late),
        lambda: world.desk.decline(world.owner, asked.id, now=late),
        lambda: world.desk.client_cancel(asked.token, now=late),
        expire,
    ]
    outcomes = at_once(works * 3)
    errors = set(outcomes) - {
        "RequestView", "ClientPage", "int", Problem.WRONG_STATE.value, Problem.EXPIRED.value,
    }  # fmt: skip
    assert errors == set()
    view = world.desk.request_of(world.owner, asked.id)
    steps = [action for _, action in world.audit(asked.id)]
    # Accepting and then cancelling is two steps; nothing else follows upon an end.
    assert steps[0] == "ask"
    assert view.status in ("accepted", "declined", "cancelled", "expired")
    assert len(steps) == view.version


# The backstop in the database itself


@pytest.fixture
def two_requests(world: DeskWorld) -> tuple[DeskWorld, str, str]:
    first, second = world.ask(), world.ask(start=TEN + 2 * HOUR, email="other@example.com")
    return world, first.id, second.id


def another_seat(world: DeskWorld, request_id: str) -> Seat:
    provider = world.providers["ada"]
    return Seat(provider, "90834", "another session", request_id, None, "America/New_York")


def test_the_database_refuses_what_two_writers_did_not_see_of_each_other(
    two_requests: tuple[DeskWorld, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, _, second = two_requests
    seat = another_seat(world, second)
    # The check that comes first is blinded, as if the other claim had been written after it looked.
    monkeypatch.setattr("booking.store.claims.clashes", lambda *_args, **_options: [])
    span = TimeSpan(TEN + 30 * MINUTE, TEN + 60 * MINUTE)
    with pytest.raises(Taken), world.database.write() as connection:
        hold(connection, Holder(second, world.practice_id), [Holding(span, seat, None)], now=world.now)
    assert resources_of(seat) == (provider_resource(world.providers["ada"]),)


def test_a_refused_claim_leaves_the_others_as_they_were(two_requests: tuple[DeskWorld, str, str]) -> None:
    world, _, second = two_requests
    before = world.held()
    span = TimeSpan(TEN + 30 * MINUTE, TEN + 60 * MINUTE)
    held = [Holding(span, another_seat(world, second), None)]
    with pytest.raises(Taken), world.database.write() as connection:
        hold(connection, Holder(second, world.practice_id), held, now=world.now)
    assert world.held() == before


def test_however_many_ask_at_once_an_address_has_three_open_codes(world: DeskWorld) -> None:
    ask = world.desk.ask_code
    at_once([lambda: ask("elm-street", "grace@example.com", locale="en", now=world.now)] * 12)
    assert world.count("identity_code") == MOST_OPEN
