"""A server that is down costs one look per period, harms nobody else, and is not crowded when it is up."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from sync.backends.errors import Throttled, Unavailable
from sync.engine import AccountReport
from sync.engine.engine import Wish
from sync.store.due import read_now
from sync.store.hosts import host_of
from sync.store.tables import host
from tests.support.many_accounts import ManyAccounts

DEAD = [f"a-{number}" for number in range(8)]
WELL = ["a-8", "a-9"]


@pytest.fixture
def crowd(database_url: str) -> ManyAccounts:
    """Ten accounts, all read once; eight of them at one server."""
    world = ManyAccounts(database_url, 10, hosts=dict.fromkeys(DEAD, "down.example.org"))
    world.sync_all()
    world.now += timedelta(hours=1)
    return world


def goes_down(world: ManyAccounts) -> None:
    for name in DEAD:
        world.servers[name].reachable = False


def comes_back(world: ManyAccounts) -> None:
    for name in DEAD:
        world.servers[name].reachable = True


def silence(world: ManyAccounts) -> timedelta:
    """For how long the server is left alone from now on."""
    with world.database.read() as connection:
        return connection.execute(select(host.c.closed_until)).scalar_one() - world.now


def at_the_dead(calls: dict[str, int]) -> int:
    return sum(calls[name] for name in DEAD)


def test_after_five_failures_in_a_row_nobody_asks_the_server(crowd: ManyAccounts) -> None:
    goes_down(crowd)
    assert at_the_dead(crowd.turn()) == 5
    crowd.now += timedelta(seconds=59)
    assert at_the_dead(crowd.turn()) == 0


def test_accounts_at_other_servers_are_read_as_ever(crowd: ManyAccounts) -> None:
    goes_down(crowd)
    crowd.turn()
    assert [crowd.calendar_row(name).checked_at for name in WELL] == [crowd.now, crowd.now]


def test_a_server_that_is_down_costs_one_look_per_period(crowd: ManyAccounts) -> None:
    goes_down(crowd)
    crowd.turn()
    looks = []
    for _ in range(6):
        crowd.now += silence(crowd)
        looks.append(at_the_dead(crowd.turn()))
    assert looks == [1] * 6


def test_the_longer_it_is_down_the_longer_it_is_left_alone(crowd: ManyAccounts) -> None:
    goes_down(crowd)
    crowd.turn()
    waits = [silence(crowd)]
    while len(waits) < 30:
        crowd.now += waits[-1]
        crowd.turn()
        waits.append(silence(crowd))
    assert waits[0] == timedelta(minutes=1)
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(minutes=15)


def test_while_one_account_looks_the_others_wait(crowd: ManyAccounts) -> None:
    goes_down(crowd)
    crowd.turn()
    crowd.now += silence(crowd)
    due: list[list[str]] = []
    first = next(name for name in crowd.due() if name in DEAD)
    crowd.servers[first].reachable = True
    crowd.servers[first].plan("report", lambda: due.append(crowd.due()))
    crowd.sync(first)
    assert [name for name in due[0] if name in DEAD] == []


def test_one_answer_brings_all_its_accounts_back(crowd: ManyAccounts) -> None:
    goes_down(crowd)
    crowd.turn()
    crowd.now += silence(crowd)
    comes_back(crowd)
    crowd.turn()
    assert [crowd.calendar_row(name).checked_at for name in DEAD] == [crowd.now] * 8
    with crowd.database.read() as connection:
        assert connection.execute(select(host)).all() == []


def test_an_answer_in_between_starts_the_count_anew(crowd: ManyAccounts) -> None:
    for name in (*DEAD[:4], *DEAD[5:]):
        crowd.servers[name].reachable = False
    for name in DEAD:
        crowd.sync(name)
    with crowd.database.read() as connection:
        assert connection.execute(select(host.c.failures, host.c.closed_until)).one() == (3, None)


def test_a_person_who_asks_is_obeyed(crowd: ManyAccounts) -> None:
    goes_down(crowd)
    crowd.turn()
    crowd.engine.sync_account("a-7", owner="cli", now=crowd.now, wish=Wish(everything=True))
    assert crowd.calls("a-7") == ["discover"]
    with crowd.database.write() as connection:
        read_now(connection, "a-6", now=crowd.now)
    comes_back(crowd)
    assert crowd.turn()["a-6"] == 1
    assert crowd.calendar_row("a-6").checked_at == crowd.now


def test_a_look_before_a_request_neither_waits_for_a_dead_server_nor_counts(crowd: ManyAccounts) -> None:
    goes_down(crowd)
    for _ in range(6):
        crowd.engine.sync_account("a-0", owner="web", now=crowd.now, wish=Wish(look=3))
    with crowd.database.read() as connection:
        assert connection.execute(select(host)).all() == []
    crowd.turn()
    crowd.now += silence(crowd)
    crowd.calls("a-0")
    crowd.engine.sync_account("a-0", owner="web", now=crowd.now, wish=Wish(look=3))
    assert crowd.calls("a-0") == []


def test_a_server_that_asks_for_fewer_requests_is_alive(crowd: ManyAccounts) -> None:
    for name in DEAD:
        crowd.servers[name].fail("report", Throttled("less, please", retry_after=timedelta(minutes=2)))
    crowd.turn()
    with crowd.database.read() as connection:
        assert connection.execute(select(host)).all() == []
    assert crowd.account_row("a-0").not_before >= crowd.now + timedelta(minutes=2)
    assert crowd.account_row("a-8").not_before is None


def test_three_accounts_of_a_server_are_read_at_once_and_a_fourth_only_before_a_request(
    crowd: ManyAccounts,
) -> None:
    seen: list[object] = []

    def look(name: str) -> AccountReport:
        return crowd.engine.sync_account(name, owner="web", now=crowd.now, wish=Wish(look=3))

    def at_the_fourth() -> None:
        seen.extend([crowd.sync("a-7").busy, look("a-7").busy])

    def nested(depth: int) -> None:
        if depth == 3:
            seen.extend([sorted(crowd.due()), crowd.sync("a-7").busy])
            crowd.servers["a-6"].plan("report", at_the_fourth)
            seen.append(look("a-6").ok)
            return
        crowd.servers[f"a-{depth}"].plan("report", lambda: nested(depth + 1))
        crowd.sync(f"a-{depth}")

    nested(0)
    assert seen == [WELL, True, True, True, True]


def test_a_failure_that_is_one_account_s_own_is_not_held_against_the_server(crowd: ManyAccounts) -> None:
    for name in DEAD:
        crowd.servers[name].password = "changed"
    crowd.turn()
    with crowd.database.read() as connection:
        assert connection.execute(select(host)).all() == []


@pytest.mark.parametrize(
    "kind, url, name",
    [
        ("caldav", "https://Calendar.Example.org/dav/ada/", "calendar.example.org"),
        ("caldav", "http://127.0.0.1:5232/", "127.0.0.1:5232"),
        ("caldav", "https://user:secret@dav.example.org/", "dav.example.org"),
        ("caldav", "https://dav.example.org:notaport/", None),
        ("caldav", None, None),
        ("google", None, "Google"),
    ],
)
def test_accounts_of_one_server_are_counted_together(kind: str, url: str | None, name: str | None) -> None:
    assert host_of(kind, url) == name


def test_unavailable_is_what_counts(crowd: ManyAccounts) -> None:
    for name in DEAD[:5]:
        crowd.servers[name].fail("report", Unavailable("status 503"))
        crowd.sync(name)
    assert silence(crowd) == timedelta(minutes=1)
