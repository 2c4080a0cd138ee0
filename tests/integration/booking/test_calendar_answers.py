"""Desk and engine together, over a calendar server in memory: what is written there, and what is done there."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.support.connected_desk import ConnectedDesk
from tests.support.desk_world import HOUR, MINUTE, TEN, DeskWorld

OpenDesk = Callable[..., DeskWorld]


@pytest.fixture
def connected(open_desk: OpenDesk) -> ConnectedDesk:
    world = open_desk(calendar=False)
    return ConnectedDesk(world)


def state(connected: ConnectedDesk, request_id: str) -> tuple[str, str]:
    view = connected.world.desk.request_of(connected.world.owner, request_id)
    assert view.event is not None
    return view.status, view.event.state


def test_a_request_is_written_as_a_tentative_event(connected: ConnectedDesk) -> None:
    asked = connected.world.ask(note="ZQX", phone="+1 555 0199")
    connected.sync()
    (text,) = connected.texts
    assert "SUMMARY:Request: GH" in text
    assert "STATUS:TENTATIVE" in text
    assert "DTSTART;TZID=America/New_York:20261125T100000" in text
    assert state(connected, asked.id) == ("pending", "written")
    for private in ("ZQX", "0199", "grace@example.com", "Hopper", asked.token, "ATTENDEE", "ORGANIZER"):
        assert private not in text


def test_accepting_makes_it_confirmed_there(connected: ConnectedDesk) -> None:
    asked = connected.world.ask()
    connected.sync()
    connected.world.desk.accept(connected.world.owner, asked.id, now=connected.world.now)
    connected.sync()
    (text,) = connected.texts
    assert "STATUS:CONFIRMED" in text
    assert "SUMMARY:GH" in text


def test_deleting_it_there_declines_it_here(connected: ConnectedDesk) -> None:
    asked = connected.world.ask()
    connected.sync()
    connected.remove()
    assert connected.sync() == ["declined"]
    assert state(connected, asked.id) == ("declined", "removed")
    assert connected.texts == []


def test_an_undone_deletion_is_written_again(connected: ConnectedDesk) -> None:
    asked = connected.world.ask()
    connected.sync()
    connected.remove()
    connected.sync()
    connected.world.desk.undo(connected.world.owner, asked.id, now=connected.world.now)
    connected.sync()
    assert len(connected.texts) == 1
    assert state(connected, asked.id) == ("pending", "written")


def test_putting_it_back_within_the_grace_undoes_the_decline(connected: ConnectedDesk) -> None:
    asked = connected.world.ask()
    connected.sync()
    href, text = connected.only()
    connected.remove()
    connected.sync()
    connected.put(href, text)
    connected.world.later(MINUTE)
    assert connected.sync() == ["undone"]
    assert state(connected, asked.id) == ("pending", "written")
    assert len(connected.texts) == 1


def test_confirming_it_there_accepts_it_here(connected: ConnectedDesk) -> None:
    asked = connected.world.ask()
    connected.sync()
    connected.change("STATUS:TENTATIVE", "STATUS:CONFIRMED")
    assert connected.sync() == ["accepted"]
    assert state(connected, asked.id) == ("accepted", "written")
    assert "SUMMARY:GH" in connected.texts[0]


def test_our_own_writing_is_no_change_of_the_provider_s(connected: ConnectedDesk) -> None:
    connected.world.ask()
    connected.sync()
    assert connected.sync() == []


def test_a_drag_there_holds_both_times_and_stays_until_it_lapses(connected: ConnectedDesk) -> None:
    asked = connected.world.ask()
    connected.sync()
    connected.change("20261125T100000", "20261125T140000")
    assert connected.sync() == ["proposed"]
    assert [span.start for span in connected.world.held()] == [TEN, TEN + 4 * HOUR]
    assert "20261125T140000" in connected.texts[0]
    connected.world.desk.accept(connected.world.owner, asked.id, now=connected.world.now)
    connected.sync()
    assert "20261125T100000" in connected.texts[0]


def test_what_the_provider_adds_survives_an_acceptance(connected: ConnectedDesk) -> None:
    asked = connected.world.ask()
    connected.sync()
    connected.change("STATUS:TENTATIVE", "STATUS:TENTATIVE\r\nLOCATION:Room 2\r\nX-COLOUR:blue")
    assert connected.sync() == ["kept"]
    connected.world.desk.accept(connected.world.owner, asked.id, now=connected.world.now)
    connected.sync()
    assert "LOCATION:Room 2" in connected.texts[0]
    assert "X-COLOUR:blue" in connected.texts[0]


def test_a_confirmation_that_is_read_after_the_expiry_still_counts(connected: ConnectedDesk) -> None:
    asked = connected.world.ask()
    connected.sync()
    connected.change("STATUS:TENTATIVE", "STATUS:CONFIRMED")
    connected.world.later(timedelta(hours=24))
    connected.world.desk.expire(now=connected.world.now)
    assert connected.sync() == ["accepted"]
    assert state(connected, asked.id) == ("accepted", "written")
    assert len(connected.texts) == 1
    assert "STATUS:CONFIRMED" in connected.texts[0]


def test_an_expired_request_leaves_the_calendar(connected: ConnectedDesk) -> None:
    connected.world.ask()
    connected.sync()
    connected.world.later(timedelta(hours=24))
    connected.world.desk.expire(now=connected.world.now)
    connected.sync()
    assert connected.texts == []
