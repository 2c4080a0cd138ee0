"""What leaves for a calendar server, byte for byte: of a client no more than the title mode says."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from booking.desk import Recurring
from booking.rules import TitleMode
from sync.backends.protocol import CalendarBackend
from tests.support.connected_desk import ConnectedDesk
from tests.support.desk_world import GRACE, HOUR, SESSION, TEN, DeskWorld, a_group, desk_world, elm_street
from tests.support.google_server import GoogleServer
from tests.support.remotes import CalDavRemote, GoogleRemote

MARKS = ("zqxfirst", "zqxlast", "zqxmail", "zqxnote", "0199")
Wire = Callable[[], str]
Opened = tuple[ConnectedDesk, Wire]


class Recorded(CalDavRemote):
    """Keeps all that ``opened`` sends: address, headers and body."""

    def __init__(self, server: Any) -> None:
        super().__init__(server)
        self.wire: list[str] = []

    def opened(self, password: str) -> Any:
        backend = super().opened(password)
        backend._session.hooks["response"].append(self._record)
        return backend

    def _record(self, response: Any, *args: object, **kwargs: object) -> None:
        sent = response.request
        body = sent.body.decode() if isinstance(sent.body, bytes) else str(sent.body)
        self.wire.append(f"{sent.url} {dict(sent.headers)} {body}".replace("\r\n ", ""))


@pytest.fixture(params=["radicale", "google"])
def opened(
    request: pytest.FixtureRequest, tmp_path: Path, upgraded_file: Path
) -> Iterator[Callable[[TitleMode], Opened]]:
    with GoogleServer() as server:
        worlds: list[Any] = []

        def open_with(mode: TitleMode) -> Opened:
            shutil.copy(upgraded_file, tmp_path / "books.db")
            practice = elm_street(rules={"title": mode}, services=(SESSION, a_group(3)))
            world = desk_world(f"sqlite:///{tmp_path / 'books.db'}", practice, calendar=False)
            worlds.append(world)
            desk = world.__enter__()
            if request.param == "google":
                return _at_google(desk, server)
            dav = Recorded(request.getfixturevalue("radicale"))
            connected = ConnectedDesk(desk, dav, lambda: dav.opened(dav.account.password))
            return connected, lambda: "\n".join(dav.wire)

        yield open_with
        for world in worlds:
            world.__exit__(None, None, None)


def _at_google(world: DeskWorld, server: GoogleServer) -> Opened:
    google = GoogleRemote(server)
    token = server.authorized_user("ada@example.com")["refresh_token"]

    def open_backend() -> CalendarBackend:
        return google.opened(token)

    sent: list[str] = []

    def wire() -> str:
        sent.extend(
            f"{call.path} {call.query} {json.dumps(call.body, ensure_ascii=False)}"
            for call in server.take_calls()
        )
        return "\n".join(sent)

    return ConnectedDesk(world, google, open_backend), wire


def _a_whole_life(desk: ConnectedDesk) -> None:
    """One that is asked for, accepted, moved and cancelled; a series; a group."""
    world = desk.world
    typed: dict[str, Any] = {
        "name": "Zqxfirst Zqxlast",
        "email": "zqxmail@example.com",
        "note": "zqxnote",
        "phone": "+1 555 0199",
    }
    one = world.ask(**typed)
    desk.sync()
    world.desk.accept(world.owner, one.id, now=world.now)
    desk.sync()
    world.desk.reschedule(world.owner, one.id, TEN + 2 * HOUR, now=world.now)
    desk.sync()
    world.later(GRACE)
    world.desk.settle_graces(now=world.now)
    world.desk.cancel(world.owner, one.id, message="zqxnote", now=world.now)
    desk.sync()
    world.ask(recurring=Recurring(rule="FREQ=WEEKLY;COUNT=3"), **typed)
    desk.sync()
    for number in range(2):
        seat = typed | {"email": f"zqxmail{number}@example.com"}
        world.ask(service="group", start=TEN + 4 * HOUR, **seat)
    desk.sync()


@pytest.mark.parametrize(
    "mode,told",
    [
        (TitleMode.ID, set()),
        (TitleMode.INITIALS, set()),
        (TitleMode.FIRST_NAME, {"zqxfirst"}),
        (TitleMode.FULL_NAME, {"zqxfirst", "zqxlast"}),
        (TitleMode.GENERIC, set()),
    ],
)
def test_no_byte_says_more_than_the_title_mode(
    opened: Callable[[TitleMode], Opened], mode: TitleMode, told: set[str]
) -> None:
    desk, wire = opened(mode)
    _a_whole_life(desk)
    sent = wire().lower()
    assert len(desk.texts) == 2
    assert {mark for mark in MARKS if mark in sent} == told
