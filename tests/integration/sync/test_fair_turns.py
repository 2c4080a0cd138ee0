"""Everybody gets a turn: whoever waits longest is next, a request waits for no reading, and nobody is served twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Lock

import pytest
from sqlalchemy import event

from sync.backends.access import AccountAccess
from sync.backends.memory import MemoryBackend
from sync.backends.protocol import CalendarBackend
from sync.engine.engine import Wish
from sync.store.due import due_accounts
from tests.support.engine_world import NOON
from tests.support.many_accounts import ManyAccounts

PAGES = 12


@pytest.fixture
def crowd(database_url: str) -> ManyAccounts:
    """Five accounts, ``a-0`` with a calendar of twelve pages; reading each takes eight seconds."""
    world = ManyAccounts(database_url, 5)
    world.fill("a-0", PAGES * 10, seconds_a_page=8)
    return world


def test_whoever_has_waited_longest_is_next(database_url: str) -> None:
    world = ManyAccounts(database_url, 4)
    world.sync_all()
    world.now += timedelta(hours=1)
    for name, late in {"a-0": 3, "a-1": 9, "a-2": 1, "a-3": 6}.items():
        world.set([name], due_at=world.now - timedelta(minutes=late))
    assert world.due() == ["a-1", "a-3", "a-0", "a-2"]
    assert world.due(limit=2) == ["a-1", "a-3"]


def test_a_write_comes_before_all_readings(database_url: str) -> None:
    world = ManyAccounts(database_url, 4)
    world.sync_all()
    world.now += timedelta(hours=1)
    world.book("a-3")
    assert world.due()[0] == "a-3"
    assert world.to_write() == ["a-3"]


def test_a_whole_listing_gives_way_for_some_minutes_to_readings_of_what_is_new(database_url: str) -> None:
    world = ManyAccounts(database_url, 2)
    world.sync_all()
    world.now += timedelta(hours=1)
    world.set(["a-0"], due_at=world.now - timedelta(minutes=3), full_due_at=world.now)
    world.set(["a-1"], due_at=world.now - timedelta(minutes=1))
    assert world.due() == ["a-1", "a-0"]
    world.set(["a-0"], due_at=world.now - timedelta(minutes=7))
    assert world.due() == ["a-0", "a-1"]


def test_an_account_another_worker_holds_is_left_out(database_url: str) -> None:
    world = ManyAccounts(database_url, 2)
    seen: list[list[str]] = []
    world.servers["a-0"].plan("list", lambda: seen.append(world.due()))
    world.sync("a-0")
    assert seen == [["a-1"]]


def test_a_long_reading_gives_way_after_its_time_and_stays_due(crowd: ManyAccounts) -> None:
    assert crowd.sync("a-0").ok
    row = crowd.calendar_row("a-0")
    assert (row.checked_at, row.broken_off, row.due_at) == (None, 1, crowd.now)
    assert crowd.calls("a-0").count("list") == 3


def test_a_long_reading_goes_behind_those_who_wait_already(crowd: ManyAccounts) -> None:
    crowd.now += timedelta(seconds=1)
    crowd.sync("a-0")
    assert crowd.due()[-1] == "a-0"


def test_a_flooding_account_delays_each_other_by_one_turn_at_the_most(crowd: ManyAccounts) -> None:
    turns = []
    while due := crowd.due(limit=1):
        turns.append(due[0])
        crowd.sync(due[0])
        crowd.now += timedelta(seconds=1)
    assert set(turns[:5]) == set(crowd.names)
    assert crowd.calendar_row("a-0").checked_at is not None


def test_what_was_stored_before_the_break_is_not_loaded_again(crowd: ManyAccounts) -> None:
    loaded = [crowd.sync("a-0").calendars[0].changed for _ in range(4)][-1]
    assert crowd.calendar_row("a-0").checked_at == crowd.now
    assert 0 < loaded < PAGES * 10 / 2
    assert crowd.calendar_row("a-0").broken_off == 0


def test_a_calendar_that_can_only_be_read_anew_is_read_to_its_end_all_the_same(crowd: ManyAccounts) -> None:
    crowd.servers["a-0"].states_etags = False
    for _ in range(4):
        crowd.sync("a-0")
    assert crowd.calendar_row("a-0").checked_at == crowd.now


def test_a_reading_that_a_person_asked_for_is_not_broken_off(crowd: ManyAccounts) -> None:
    crowd.engine.sync_account("a-0", owner="cli", now=crowd.now, wish=Wish(everything=True))
    assert crowd.calendar_row("a-0").checked_at == crowd.now


def test_a_request_at_another_account_is_written_between_two_pages(crowd: ManyAccounts) -> None:
    crowd.sync("a-1")
    crowd.calls("a-1")
    written: list[list[str]] = []

    def write_waiting() -> None:
        if len(written) == 1:
            crowd.book("a-1")
        for name in crowd.to_write():
            crowd.engine.sync_account(name, owner="worker:aside", now=crowd.now, wish=Wish(writes=True))
        written.append(crowd.calls("a-1"))

    crowd.sync("a-0", urgent=write_waiting)
    assert written == [[], ["create", "report"], []]
    assert crowd.calendar_row("a-0").checked_at is None


def test_writing_aside_neither_discovers_nor_reads_whole(crowd: ManyAccounts) -> None:
    crowd.sync("a-1")
    crowd.calls("a-1")
    crowd.now += timedelta(days=2)
    crowd.book("a-1")
    crowd.engine.sync_account("a-1", owner="worker:aside", now=crowd.now, wish=Wish(writes=True))
    assert crowd.calls("a-1") == ["create", "report"]


def test_ten_workers_never_touch_one_account_at_once(database_url: str) -> None:
    world = ManyAccounts(database_url, 8)
    inside: dict[str, int] = dict.fromkeys(world.names, 0)
    most: dict[str, int] = dict.fromkeys(world.names, 0)
    lock = Lock()

    class Watched(MemoryBackend):
        name = ""

        def close(self) -> None:
            with lock:
                inside[self.name] -= 1

    def opened(access: AccountAccess) -> CalendarBackend:
        backend = Watched(world.servers[access.username], password=access.secret)
        backend.name = access.username
        with lock:
            inside[backend.name] += 1
            most[backend.name] = max(most[backend.name], inside[backend.name])
        return backend

    world.engine._open_backend = opened

    def work(worker: int) -> None:
        for step in range(24):
            name = world.names[(worker * 3 + step) % len(world.names)]
            now = NOON + timedelta(minutes=10 * step)
            world.engine.sync_account(name, owner=f"worker-{worker}", now=now)

    with ThreadPoolExecutor(10) as workers:
        list(workers.map(work, range(10)))
    assert set(most.values()) == {1}


def test_asking_what_is_due_goes_by_indexes_however_many_accounts_there_are(sqlite_url: str) -> None:
    world = ManyAccounts(sqlite_url, 1)
    plans: list[str] = []
    with world.database.read() as connection:

        def explain(
            _one: object, _two: object, statement: str, parameters: tuple[object, ...], *_: object
        ) -> None:
            if "sync_entry" in statement and not statement.startswith("EXPLAIN"):
                rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                plans.extend(row[3] for row in rows)

        event.listen(connection, "before_cursor_execute", explain)
        due_accounts(connection, now=world.now, limit=10)
    assert [line for line in plans if line.startswith("SEARCH sync_")]
    assert not [line for line in plans if line.startswith("SCAN sync_")]
