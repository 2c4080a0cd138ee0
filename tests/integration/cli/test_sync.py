"""``freehold sync`` and ``freehold deletions`` against a real CalDAV server, with no worker and no queue."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from service.database import Database
from sync.store.leases import database_now
from sync.store.tables import account
from tests.support import ics
from tests.support.caldav_server import Calendar
from tests.support.command import Freehold
from tests.support.radicale import RadicaleServer
from tests.support.running_service import practice_text

SOON = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=3)


@pytest.fixture
def work(radicale: RadicaleServer) -> Calendar:
    """An empty calendar "Work" of a new user."""
    return radicale.make_calendar(radicale.fresh_account())


@pytest.fixture
def freehold(tmp_path: Path, work: Calendar) -> Freehold:
    """A practice whose provider ada keeps the calendar ``work``."""
    found = Freehold(tmp_path, {"ALLOW_PRIVATE_HOSTS": "1"})
    found.variables["ADA_CALDAV_PASSWORD"] = work.password
    found("apply", "-", stdin=practice_text(work))
    return found


@contextmanager
def database_of(freehold: Freehold) -> Iterator[Database]:
    database = Database(f"sqlite:///{freehold.data_dir / 'freehold.db'}")
    try:
        yield database
    finally:
        database.close()


def put(work: Calendar, name: str, day: int = 0) -> None:
    start = SOON + timedelta(days=day)
    work.client().put_event(f"{name}.ics", ics.calendar(ics.event(name, start, start + timedelta(hours=1))))


def test_what_was_read_is_there_when_the_command_returns(freehold: Freehold, work: Calendar) -> None:
    put(work, "dentist")
    assert "1 changed" in freehold("sync", "--all").out
    [item] = freehold("accounts", "--json").document["items"]
    [calendar] = item["calendars"]
    assert (item["state"], calendar["state"], calendar["events"]) == ("ok", "ok", 1)
    asked = ("slots", "ada", "--service", "90834", "--json")
    starts = [slot["start"] for slot in freehold(*asked).document["slots"]]
    assert starts
    work.client().delete_event("dentist.ics")
    assert "1 removed" in freehold("sync").out
    assert set(starts) <= {slot["start"] for slot in freehold(*asked).document["slots"]}


@pytest.mark.parametrize("choice", [("--account", "ada/ada-home"), ("--provider", "ada"), ("--all",), ()])
def test_accounts_are_chosen_by_name_by_provider_or_all(
    freehold: Freehold, work: Calendar, choice: tuple[str, ...]
) -> None:
    assert "ada/ada-home" in freehold("sync", *choice).out


def test_an_account_may_be_chosen_by_its_id(freehold: Freehold) -> None:
    [item] = freehold("accounts", "--json").document["items"]
    assert "ada/ada-home" in freehold("sync", "--account", item["id"], "--full").out


def test_an_unreachable_server_is_exit_1_with_its_account_on_stderr(
    freehold: Freehold, radicale: RadicaleServer
) -> None:
    radicale.stop()
    done = freehold("sync", "--all", check=False)
    assert done.code == 1
    assert done.complaints[0].startswith("ada/ada-home: ")


def test_an_account_that_a_worker_has_is_waited_for(freehold: Freehold) -> None:
    with database_of(freehold) as database, database.write() as connection:
        until = database_now(connection) + timedelta(seconds=2)
        connection.execute(update(account).values(lease_owner="another", lease_until=until))
    freehold("sync", "--all")
    with database_of(freehold) as database, database.read() as connection:
        assert database_now(connection) >= until


def test_held_deletions_are_confirmed_by_command(freehold: Freehold, work: Calendar) -> None:
    calendar = _with_held_deletions(freehold, work)
    assert freehold("deletions", calendar, "confirm").out == "12 deletions confirmed\n"
    assert _calendar(freehold)["held_deletions"] == 0
    assert freehold("deletions", calendar, "confirm").out == "no deletions are held in this calendar\n"


def test_held_deletions_of_others_events_go_on_blocking_after_a_restore(
    freehold: Freehold, work: Calendar
) -> None:
    calendar = _with_held_deletions(freehold, work)
    freehold("deletions", calendar, "restore")
    assert _calendar(freehold)["held_deletions"] == 12


def _with_held_deletions(freehold: Freehold, work: Calendar) -> str:
    for number in range(12):
        put(work, f"event-{number}", day=number)
    freehold("sync")
    for number in range(12):
        work.client().delete_event(f"event-{number}.ics")
    put(work, "another")
    freehold("sync", "--full")
    found = _calendar(freehold)
    assert found["held_deletions"] == 12
    return str(found["id"])


def _calendar(freehold: Freehold) -> dict[str, object]:
    [item] = freehold("accounts", "--json").document["items"]
    [calendar] = item["calendars"]
    found: dict[str, object] = calendar
    return found


def test_what_was_decided_about_an_event_is_replayed(freehold: Freehold, work: Calendar) -> None:
    put(work, "dentist")
    freehold("sync")
    work.client().put_event(
        "dentist.ics", work.client().get_event("dentist.ics").replace("Meeting", "ZQXTITLE")
    )
    freehold("sync")
    calendar = str(_calendar(freehold)["id"])
    [line] = freehold("replay", calendar, "dentist", "--json").document["items"]
    assert (line["word"], line["again"], line["same"]) == ("pull", "pull", True)
    told = freehold("replay", calendar, "dentist").out
    assert "taken over" in told
    assert "ZQXTITLE" not in told
    assert freehold("replay", calendar, "none-such", check=False).code == 1
