"""The document of an account says what a person has to know of it, and nothing of any client."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, create_engine, insert

from booking.store import tables as booking
from service.ops.status import account_documents
from sync.store import tables as sync

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        booking.metadata.create_all(connection)
        sync.metadata.create_all(connection)
        yield connection


@pytest.fixture
def world(connection: Connection) -> Connection:
    add = connection.execute
    add(insert(booking.practice).values(id="p", slug="elm", name="Elm", timezone="UTC", created_at=NOW))
    for position, slug in enumerate(("ada", "bea")):
        add(
            insert(booking.provider).values(
                id=slug, practice_id="p", position=position, slug=slug, name=slug.title(), email="", timezone="UTC",
                created_at=NOW,
            )
        )  # fmt: skip
        add(
            insert(sync.account).values(
                id=f"{slug}-home", practice_id="p", provider_id=slug, name="home", kind="caldav", created_at=NOW,
                discover_due_at=NOW + timedelta(hours=12),
            )
        )  # fmt: skip
    for name, role in (("Family", "busy"), ("Work", "write"), ("Birthdays", "ignore")):
        add(
            insert(sync.calendar).values(
                id=name, practice_id="p", account_id="ada-home", provider_id="ada", name=name, role=role,
                remote_id=f"/ada/{name}/", url=f"https://dav.example/ada/{name}/", created_at=NOW, checked_at=NOW,
                due_at=NOW + timedelta(minutes=5),
            )
        )  # fmt: skip
    return connection


def add_entry(connection: Connection, name: str, **values: object) -> None:
    connection.execute(
        insert(sync.entry).values(
            id=name, practice_id="p", calendar_id="Work", uid=name, created_at=NOW,
            **{"origin": "remote", "agreed_print": "x", **values},
        )
    )  # fmt: skip


def work(connection: Connection) -> dict[str, object]:
    found = account_documents(connection, now=NOW, practice_id="p", provider_id="ada")[0]["calendars"][0]
    assert isinstance(found, dict)
    return found


def test_the_calendar_that_is_written_comes_first_and_the_ignored_last(world: Connection) -> None:
    calendars = account_documents(world, now=NOW, practice_id="p")[0]["calendars"]
    assert [item["name"] for item in calendars] == ["Work", "Family", "Birthdays"]


def test_accounts_stand_in_the_order_of_the_providers(world: Connection) -> None:
    assert [item["provider"] for item in account_documents(world, now=NOW, practice_id="p")] == ["ada", "bea"]


def test_one_provider_can_be_asked_for_alone(world: Connection) -> None:
    found = account_documents(world, now=NOW, practice_id="p", provider_id="bea")
    assert [item["id"] for item in found] == ["bea-home"]


def test_another_practice_has_no_accounts_here(world: Connection) -> None:
    assert account_documents(world, now=NOW, practice_id="q") == []


def test_an_account_that_was_removed_is_not_told(world: Connection) -> None:
    world.execute(sync.account.update().where(sync.account.c.id == "bea-home").values(removed_at=NOW))
    assert len(account_documents(world, now=NOW, practice_id="p")) == 1


def test_the_path_is_the_one_at_the_server(world: Connection) -> None:
    assert work(world)["path"] == "/ada/Work/"


def test_instants_carry_their_offset(world: Connection) -> None:
    assert work(world)["checked_at"] == "2026-11-24T12:00:00+00:00"


def test_writes_that_wait_and_writes_that_are_parked_are_both_pending(world: Connection) -> None:
    add_entry(world, "waits", origin="ours", booking_ref="r1", agreed_print=None, due_at=NOW)
    add_entry(world, "parked", origin="ours", booking_ref="r2", agreed_print=None, blocked=True)
    add_entry(world, "written", origin="ours", booking_ref="r3")
    assert (work(world)["events"], work(world)["pending_writes"]) == (1, 2)


def test_held_and_quarantined_events_are_counted(world: Connection) -> None:
    add_entry(world, "held", held_at=NOW)
    add_entry(world, "odd", quarantined=True)
    add_entry(world, "bomb", problem="its rule repeats every second: it is not followed")
    assert (work(world)["events"], work(world)["held_deletions"], work(world)["quarantined"]) == (3, 1, 2)


def test_what_is_gone_or_closed_counts_no_more(world: Connection) -> None:
    add_entry(world, "gone", gone_at=NOW)
    add_entry(world, "closed", closed_at=NOW, due_at=NOW)
    assert (work(world)["events"], work(world)["pending_writes"]) == (0, 0)


def test_the_next_try_is_the_soonest_thing_that_is_due(world: Connection) -> None:
    assert account_documents(world, now=NOW, practice_id="p")[0]["next_at"] == "2026-11-24T12:05:00+00:00"


def test_a_waiting_write_brings_the_next_try_forward(world: Connection) -> None:
    add_entry(world, "waits", origin="ours", booking_ref="r1", due_at=NOW + timedelta(minutes=1))
    assert account_documents(world, now=NOW, practice_id="p")[0]["next_at"] == "2026-11-24T12:01:00+00:00"


def test_after_a_failure_nothing_is_tried_before_its_delay_is_over(world: Connection) -> None:
    later = NOW + timedelta(minutes=15)
    world.execute(sync.account.update().where(sync.account.c.id == "ada-home").values(not_before=later))
    assert account_documents(world, now=NOW, practice_id="p")[0]["next_at"] == "2026-11-24T12:15:00+00:00"


def test_a_calendar_says_whether_its_server_tells_of_changes_and_why_not(world: Connection) -> None:
    world.execute(sync.calendar.update().values(push_text="its address is not https"))
    assert (work(world)["push"], work(world)["push_text"]) == ("off", "its address is not https")
    world.execute(
        insert(sync.channel).values(
            id="c", practice_id="p", account_id="ada-home", calendar_id="Work", token_hash="", address="",
            resource_id="r", state="live", opened_at=NOW, expires_at=NOW + timedelta(seconds=1),
        )
    )  # fmt: skip
    assert (work(world)["push"], work(world)["push_text"]) == ("on", None)
    world.execute(sync.channel.update().values(expires_at=NOW))
    assert work(world)["push"] == "off"
