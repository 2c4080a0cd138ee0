"""Desk and engine together, over a calendar server in memory: what is written there, and what is done there."""

import random
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import insert

from booking.desk import CalendarChange
from service.secrecy import Sealer
from sync.backends.memory import MemoryBackend
from sync.backends.memory_server import MemoryServer
from sync.engine import Engine
from sync.engine.engine import Wish
from sync.store import tables as sync_tables
from sync.store.changes import close_change, open_changes
from tests.support.desk_world import HOUR, MINUTE, MONDAY, TEN, DeskWorld
from tests.support.engine_world import FixedViews

OpenDesk = Callable[..., DeskWorld]


class Connected:
    """Ada's account at a memory server, read and written by the real engine."""

    def __init__(self, world: DeskWorld, cipher: Sealer) -> None:
        self.world = world
        self.cipher = cipher
        self.server = MemoryServer()
        self.work = self.server.add_calendar("Work")
        self.engine = Engine(
            database=world.database,
            cipher=cipher,
            open_backend=lambda access: MemoryBackend(
                self.server, password=access.secret, own_addresses=access.own_addresses
            ),
            views=FixedViews(),
            jitter=random.Random(7),
        )
        owner = {"practice_id": world.practice_id, "id": "account"}
        with world.database.write() as connection:
            connection.execute(
                insert(sync_tables.account).values(
                    provider_id=world.providers["ada"], name="home", kind="memory", created_at=MONDAY,
                    secret_enc=cipher.seal(b"secret", row="account"), **owner,
                )
            )  # fmt: skip
            connection.execute(
                insert(sync_tables.calendar_rule).values(
                    id="rule", practice_id=world.practice_id, account_id="account", position=0, match="Work",
                    role="write",
                )
            )  # fmt: skip
        self.sync()

    def sync(self) -> list[str]:
        """A whole pass, what it showed is settled, and what that decided is written; the outcomes."""
        self._pass()
        outcomes = []
        with self.world.database.read() as connection:
            found = open_changes(connection, self.cipher)
        for change in found:
            told = CalendarChange(change.booking_ref, change.kind.value, change.before, change.after)
            with self.world.database.write() as connection:
                outcomes.append(self.world.desk.settle(connection, told, now=self.world.now))
                close_change(connection, change.id, outcome=outcomes[-1], now=self.world.now)
        self._pass()
        return outcomes

    def _pass(self) -> None:
        report = self.engine.sync_account(
            "account", owner="test", now=self.world.now, wish=Wish(everything=True, full=False)
        )
        assert report.ok

    @property
    def texts(self) -> list[str]:
        return list(self.server.texts(self.work).values())

    def change(self, old: str, new: str) -> None:
        ((href, text),) = self.server.texts(self.work).items()
        assert old in text
        self.put(href, text.replace(old, new))

    def put(self, href: str, text: str) -> None:
        """The provider's program stores an object at this place."""
        name = href.removeprefix(self.work.remote_id).removesuffix(".ics")
        assert self.server.put(self.work, name, text) == href

    def remove(self) -> None:
        (href,) = self.server.texts(self.work)
        self.server.remove(self.work, href)


@pytest.fixture
def connected(open_desk: OpenDesk) -> Connected:
    world = open_desk(calendar=False)
    return Connected(world, world.cipher)


def state(connected: Connected, request_id: str) -> tuple[str, str]:
    view = connected.world.desk.request_of(connected.world.owner, request_id)
    assert view.event is not None
    return view.status, view.event.state


def test_a_request_is_written_as_a_tentative_event(connected: Connected) -> None:
    asked = connected.world.ask(note="ZQX", phone="+1 555 0199")
    connected.sync()
    (text,) = connected.texts
    assert "SUMMARY:Request: GH" in text
    assert "STATUS:TENTATIVE" in text
    assert "DTSTART;TZID=America/New_York:20261125T100000" in text
    assert state(connected, asked.id) == ("pending", "written")
    for private in ("ZQX", "0199", "grace@example.com", "Hopper", asked.token, "ATTENDEE", "ORGANIZER"):
        assert private not in text


def test_accepting_makes_it_confirmed_there(connected: Connected) -> None:
    asked = connected.world.ask()
    connected.sync()
    connected.world.desk.accept(connected.world.owner, asked.id, now=connected.world.now)
    connected.sync()
    (text,) = connected.texts
    assert "STATUS:CONFIRMED" in text
    assert "SUMMARY:GH" in text


def test_deleting_it_there_declines_it_here(connected: Connected) -> None:
    asked = connected.world.ask()
    connected.sync()
    connected.remove()
    assert connected.sync() == ["declined"]
    assert state(connected, asked.id) == ("declined", "removed")
    assert connected.texts == []


def test_an_undone_deletion_is_written_again(connected: Connected) -> None:
    asked = connected.world.ask()
    connected.sync()
    connected.remove()
    connected.sync()
    connected.world.desk.undo(connected.world.owner, asked.id, now=connected.world.now)
    connected.sync()
    assert len(connected.texts) == 1
    assert state(connected, asked.id) == ("pending", "written")


def test_putting_it_back_within_the_grace_undoes_the_decline(connected: Connected) -> None:
    asked = connected.world.ask()
    connected.sync()
    ((href, text),) = connected.server.texts(connected.work).items()
    connected.remove()
    connected.sync()
    connected.put(href, text)
    connected.world.later(MINUTE)
    assert connected.sync() == ["undone"]
    assert state(connected, asked.id) == ("pending", "written")
    assert len(connected.texts) == 1


def test_confirming_it_there_accepts_it_here(connected: Connected) -> None:
    asked = connected.world.ask()
    connected.sync()
    connected.change("STATUS:TENTATIVE", "STATUS:CONFIRMED")
    assert connected.sync() == ["accepted"]
    assert state(connected, asked.id) == ("accepted", "written")
    assert "SUMMARY:GH" in connected.texts[0]


def test_our_own_writing_is_no_change_of_the_provider_s(connected: Connected) -> None:
    connected.world.ask()
    connected.sync()
    assert connected.sync() == []


def test_a_drag_there_holds_both_times_and_stays_until_it_lapses(connected: Connected) -> None:
    asked = connected.world.ask()
    connected.sync()
    connected.change("20261125T100000", "20261125T140000")
    assert connected.sync() == ["proposed"]
    assert [span.start for span in connected.world.held()] == [TEN, TEN + 4 * HOUR]
    assert "20261125T140000" in connected.texts[0]
    connected.world.desk.accept(connected.world.owner, asked.id, now=connected.world.now)
    connected.sync()
    assert "20261125T100000" in connected.texts[0]


def test_what_the_provider_adds_survives_an_acceptance(connected: Connected) -> None:
    asked = connected.world.ask()
    connected.sync()
    connected.change("STATUS:TENTATIVE", "STATUS:TENTATIVE\r\nLOCATION:Room 2\r\nX-COLOUR:blue")
    assert connected.sync() == ["kept"]
    connected.world.desk.accept(connected.world.owner, asked.id, now=connected.world.now)
    connected.sync()
    assert "LOCATION:Room 2" in connected.texts[0]
    assert "X-COLOUR:blue" in connected.texts[0]


def test_a_confirmation_that_is_read_after_the_expiry_still_counts(connected: Connected) -> None:
    asked = connected.world.ask()
    connected.sync()
    connected.change("STATUS:TENTATIVE", "STATUS:CONFIRMED")
    connected.world.later(timedelta(hours=24))
    connected.world.desk.expire(now=connected.world.now)
    assert connected.sync() == ["accepted"]
    assert state(connected, asked.id) == ("accepted", "written")
    assert len(connected.texts) == 1
    assert "STATUS:CONFIRMED" in connected.texts[0]


def test_an_expired_request_leaves_the_calendar(connected: Connected) -> None:
    connected.world.ask()
    connected.sync()
    connected.world.later(timedelta(hours=24))
    connected.world.desk.expire(now=connected.world.now)
    connected.sync()
    assert connected.texts == []
