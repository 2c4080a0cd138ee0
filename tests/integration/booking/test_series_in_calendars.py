"""A series at a real calendar server: one event with a rule, its dates answered here and there one by one."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest

from booking.desk import Recurring
from booking.desk.views import Requested
from booking.series import Scope
from sync.model.timespan import TimeSpan
from tests.support.connected_desk import ConnectedDesk
from tests.support.desk_world import GRACE, HOUR, TEN, desk_world, elm_street
from tests.support.google_server import GoogleServer
from tests.support.remotes import ZONE, CalDavRemote, GoogleRemote

WEEK = timedelta(weeks=1)
FOUR = Recurring(rule="FREQ=WEEKLY;COUNT=4")
SECOND = datetime(2026, 12, 2, 10)
"""The second date by the clock of New York; in UTC it is five hours later."""


class Program(Protocol):
    """What the provider does in her own program to one date of the series."""

    def drop(self, wall: datetime) -> None: ...
    def move(self, wall: datetime, to: datetime) -> None: ...


class DavProgram:
    def __init__(self, desk: ConnectedDesk) -> None:
        self.desk = desk

    def drop(self, wall: datetime) -> None:
        _, text = self.desk.only()
        (rule,) = re.findall(r"RRULE:FREQ=WEEKLY.*(?=\r\n)", text)
        self.desk.change(rule, f"{rule}\r\nEXDATE;TZID={ZONE}:{wall:%Y%m%dT%H%M%S}")

    def move(self, wall: datetime, to: datetime) -> None:
        _, text = self.desk.only()
        (uid,) = set(re.findall(r"UID:.*(?=\r\n)", text))
        (summary,) = set(re.findall(r"SUMMARY:.*(?=\r\n)", text))
        end = to + timedelta(minutes=45)
        date = [
            "BEGIN:VEVENT", uid, "DTSTAMP:20261123T120000Z", summary, "STATUS:TENTATIVE",
            f"RECURRENCE-ID;TZID={ZONE}:{wall:%Y%m%dT%H%M%S}", f"DTSTART;TZID={ZONE}:{to:%Y%m%dT%H%M%S}",
            f"DTEND;TZID={ZONE}:{end:%Y%m%dT%H%M%S}", "END:VEVENT",
        ]  # fmt: skip
        self.desk.change("END:VCALENDAR", "\r\n".join([*date, "END:VCALENDAR"]))


class GoogleProgram:
    def __init__(self, desk: ConnectedDesk, server: GoogleServer, calendar: str) -> None:
        self.desk, self.server, self.calendar = desk, server, calendar

    def drop(self, wall: datetime) -> None:
        self.server.cancel(self.calendar, self._instance(wall))

    def move(self, wall: datetime, to: datetime) -> None:
        times = {"start": to, "end": to + timedelta(minutes=45)}
        changes = {
            name: {"dateTime": f"{at.isoformat()}-05:00", "timeZone": ZONE} for name, at in times.items()
        }
        self.server.change(self.calendar, self._instance(wall), changes)

    def _instance(self, wall: datetime) -> str:
        return f"{self.desk.only()[0]}_{wall + timedelta(hours=5):%Y%m%dT%H%M%S}Z"


@pytest.fixture(params=["radicale", "google"])
def hers(request: pytest.FixtureRequest, tmp_path: Path, upgraded_file: Path) -> Iterator[Program]:
    shutil.copy(upgraded_file, tmp_path / "books.db")
    with desk_world(f"sqlite:///{tmp_path / 'books.db'}", elm_street(), calendar=False) as world:
        if request.param == "radicale":
            dav = CalDavRemote(request.getfixturevalue("radicale"))
            yield DavProgram(ConnectedDesk(world, dav, lambda: dav.opened(dav.account.password)))
            return
        with GoogleServer() as server:
            google = GoogleRemote(server)
            token = server.authorized_user("ada@example.com")["refresh_token"]
            desk = ConnectedDesk(world, google, lambda: google.opened(token))
            yield GoogleProgram(desk, server, google.calendar.remote_id)


@pytest.fixture
def desk(hers: Program) -> ConnectedDesk:
    found: ConnectedDesk = hers.desk  # type: ignore[attr-defined]
    return found


@pytest.fixture
def made(desk: ConnectedDesk) -> Requested:
    """Four weeks asked for, and written."""
    asked = desk.world.ask(recurring=FOUR)
    desk.sync()
    return asked


def statuses(desk: ConnectedDesk, made: Requested) -> list[str]:
    found = desk.world.desk.request_of(desk.world.owner, made.id).series
    assert found is not None
    return [each.status for each in found.dates]


def accept(desk: ConnectedDesk, made: Requested) -> None:
    desk.world.desk.accept(desk.world.owner, made.id, now=desk.world.now)
    settle(desk)


def settle(desk: ConnectedDesk) -> None:
    desk.world.later(GRACE)
    desk.world.desk.settle_graces(now=desk.world.now)
    desk.sync()


def test_it_is_one_tentative_event_with_a_rule(desk: ConnectedDesk, made: Requested) -> None:
    _, text = desk.only()
    assert len(re.findall("RRULE:FREQ=WEEKLY.*COUNT=4", text)) == 1
    assert text.count("BEGIN:VEVENT") == 1
    assert "STATUS:TENTATIVE" in text


def test_at_rest_nothing_is_read_as_a_change_and_nothing_is_written(
    desk: ConnectedDesk, made: Requested
) -> None:
    before = desk.texts
    assert desk.sync() == []
    assert desk.texts == before


def test_accepted_here_the_whole_is_confirmed_there(desk: ConnectedDesk, made: Requested) -> None:
    accept(desk, made)
    _, text = desk.only()
    assert "STATUS:CONFIRMED" in text
    assert "TENTATIVE" not in text


def test_one_date_accepted_here_is_an_exception_there(desk: ConnectedDesk, made: Requested) -> None:
    world = desk.world
    world.desk.accept(world.owner, made.dates[1][0], scope=Scope.THIS, now=world.now)
    desk.sync()
    _, text = desk.only()
    assert text.count("BEGIN:VEVENT") == 2
    assert f"RECURRENCE-ID;TZID={ZONE}:{SECOND:%Y%m%dT%H%M%S}" in text
    assert text.count("STATUS:CONFIRMED") == 1
    assert desk.sync() == []


def test_the_client_gives_up_this_and_all_after_it(desk: ConnectedDesk, made: Requested) -> None:
    accept(desk, made)
    world = desk.world
    page = world.desk.client_page(made.token, now=world.now)
    world.desk.client_cancel(page.dates[2].token, scope=Scope.FOLLOWING, now=world.now)
    settle(desk)
    assert statuses(desk, made) == ["accepted", "accepted", "cancelled", "cancelled"]
    assert [span.start for span in world.held()] == [TEN, TEN + WEEK]
    assert desk.sync() == []


def test_a_date_deleted_there_is_that_one_cancelled(
    hers: Program, desk: ConnectedDesk, made: Requested
) -> None:
    accept(desk, made)
    hers.drop(SECOND)
    assert desk.sync() == ["cancelled"]
    assert statuses(desk, made) == ["accepted", "cancelled", "accepted", "accepted"]
    assert desk.sync() == []


def test_a_date_moved_there_is_a_proposal_for_that_one(
    hers: Program, desk: ConnectedDesk, made: Requested
) -> None:
    hers.move(SECOND, SECOND + 4 * HOUR)
    assert desk.sync() == ["proposed"]
    world = desk.world
    page = world.desk.client_page(made.token, now=world.now)
    world.desk.client_choose(page.dates[1].token, TEN + WEEK + 4 * HOUR, now=world.now)
    desk.sync()
    assert statuses(desk, made) == ["pending", "accepted", "pending", "pending"]
    assert TEN + WEEK + 4 * HOUR in [span.start for span in world.held()]


def test_confirmed_there_the_whole_is_accepted_here(desk: ConnectedDesk, made: Requested) -> None:
    desk.change("STATUS:TENTATIVE", "STATUS:CONFIRMED")
    assert desk.sync() == ["accepted"]
    assert statuses(desk, made) == ["accepted"] * 4


def test_deleted_there_the_whole_is_declined(desk: ConnectedDesk, made: Requested) -> None:
    desk.remove()
    assert desk.sync() == ["declined"]
    assert statuses(desk, made) == ["declined"] * 4
    assert desk.texts == []


def test_put_back_there_too_late_it_is_the_provider_s_own(desk: ConnectedDesk, made: Requested) -> None:
    href, text = desk.only()
    desk.remove()
    desk.sync()
    settle(desk)
    desk.put(href, text)
    assert desk.sync() == ["the provider's own"]
    assert len(desk.texts) == 1
    world = desk.world
    with world.database.read() as connection:
        busy = world.mirror.busy(connection, world.providers["ada"], TimeSpan(TEN, TEN + 4 * WEEK))
    assert [row.span.start for row in busy] == [TEN + number * WEEK for number in range(4)]


def test_put_back_there_too_late_and_with_a_date_that_is_over_it_is_the_provider_s_own(
    desk: ConnectedDesk, made: Requested
) -> None:
    accept(desk, made)
    desk.world.later(TEN + timedelta(hours=1) - desk.world.now)
    desk.sync()
    href, text = desk.only()
    desk.remove()
    desk.sync()
    settle(desk)
    assert statuses(desk, made) == ["accepted", *["cancelled"] * 3]
    desk.put(href, text)
    assert desk.sync() == ["the provider's own"]
    world = desk.world
    with world.database.read() as connection:
        busy = world.mirror.busy(connection, world.providers["ada"], TimeSpan(world.now, TEN + 4 * WEEK))
    assert [row.span.start for row in busy] == [TEN + number * WEEK for number in range(1, 4)]
