"""Notices by other ways than mail: set up by the owner, sealed, guarded, and without clients' names."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from booking.desk import Asking
from booking.store import tables
from service.channels.ways import ALLOWED, WayFailed, WayRefused, open_way
from service.mailing import send_due
from sync.http import AddressPolicy
from sync.http.functions import GuardedFunctions
from tests.support.scripted_http import ScriptedServer, response, say
from tests.support.visits import booked
from tests.support.web_app import BASE_URL, Web, post_form, web_app

HOME = "/settings/channels"
ROOM = {"name": "Team room", "kinds": "new_request"}


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer(say(response("200 OK"))) as server:
        yield server


@pytest.fixture
def open_web(filled: Path, tmp_path: Path) -> Iterator[Web]:
    """A program that may reach this host, where the service of the test is."""
    shutil.copy(filled, tmp_path / "filled.db")
    with web_app(
        f"sqlite:///{tmp_path / 'filled.db'}",
        tmp_path,
        FREEHOLD_RATE_LIMITS="off",
        FREEHOLD_ALLOW_PRIVATE_HOSTS="1",
    ) as web:
        yield web


def owner(web: Web) -> FlaskClient:
    return web.signed_in("owner@example.com")


def add(web: Web, address: str, **changes: str) -> Any:
    return post_form(owner(web), HOME, **{**ROOM, "address": address, **changes})


def told(server: ScriptedServer) -> list[dict[str, str]]:
    return [json.loads(each.body) for each in server.requests]


def test_a_new_request_reaches_the_practices_room_without_the_clients_name(
    open_web: Web, server: ScriptedServer
) -> None:
    assert add(open_web, f"json://127.0.0.1:{server.port}/room").status_code == 303
    booked(open_web.browser(), name="Zqxname Marker", note="Zqxnote")
    send_due(open_web.runtime)
    (found,) = told(server)
    assert found["title"] == "A new request"
    assert "Ada Byron" in found["message"]
    assert "/provider/requests/" in found["message"]
    assert "zqx" not in json.dumps(found).lower()


def test_the_name_is_told_where_the_practice_wants_it(open_web: Web, server: ScriptedServer) -> None:
    add(open_web, f"json://127.0.0.1:{server.port}/room", names="1")
    booked(open_web.browser(), name="Zqxname Marker")
    send_due(open_web.runtime)
    assert "Zqxname Marker" in told(server)[0]["message"]


def test_a_text_goes_to_the_number_of_a_known_client_once(open_web: Web, server: ScriptedServer) -> None:
    add(open_web, f"json://127.0.0.1:{server.port}/{{phone}}", kinds="confirmed")
    with open_web.runtime.database.write() as connection:
        connection.execute(update(tables.client).values(phone="+1 (555) 010-0200"))
    desk, now = open_web.runtime.desk, open_web.clock()
    link = desk.client_link(open_web.practice_id(), "c-1", now=now)
    booked(open_web.browser(), client_token=link.token)
    accept_all(open_web)
    send_due(open_web.runtime)
    send_due(open_web.runtime)
    (asked,) = server.requests
    assert asked.target == "/+15550100200"
    assert "/r/" not in asked.body.decode()
    assert Asking(client_token=link.token)


def test_a_strangers_number_is_never_written_to(open_web: Web, server: ScriptedServer) -> None:
    add(open_web, f"json://127.0.0.1:{server.port}/{{phone}}", kinds="confirmed")
    booked(open_web.browser(), phone="+1 555 0100 200")
    accept_all(open_web)
    send_due(open_web.runtime)
    assert server.requests == []


def accept_all(web: Web) -> None:
    from booking.roles import Actor, Role

    staff = Actor(Role.OWNER, web.practice_id(), "user:owner")
    with web.runtime.database.read() as connection:
        ids = connection.execute(select(tables.request.c.id)).scalars().all()
    for request_id in ids:
        web.runtime.desk.accept(staff, request_id, now=web.clock())
    web.clock.at += timedelta(seconds=1)
    web.runtime.desk.settle_graces(now=web.clock())


def test_what_a_service_does_not_take_is_tried_again(open_web: Web, server: ScriptedServer) -> None:
    add(open_web, f"json://127.0.0.1:{server.port}/room")
    server.answer = say(response("500 Broken"))
    booked(open_web.browser())
    send_due(open_web.runtime)
    server.answer = say(response("200 OK"))
    open_web.clock.at += timedelta(minutes=15)
    send_due(open_web.runtime)
    assert [each.method for each in server.requests] == ["POST", "POST"]


def test_a_way_that_is_off_or_removed_carries_nothing(open_web: Web, server: ScriptedServer) -> None:
    add(open_web, f"json://127.0.0.1:{server.port}/room")
    booked(open_web.browser())
    with open_web.runtime.database.read() as connection:
        id = connection.execute(select(tables.notice_channel.c.id)).scalar_one()
    assert post_form(owner(open_web), f"{HOME}/{id}/remove", page=HOME).status_code == 303
    send_due(open_web.runtime)
    assert server.requests == []
    assert "Team room" not in owner(open_web).get(HOME, base_url=BASE_URL).text


def test_a_trial_is_sent_at_once(open_web: Web, server: ScriptedServer) -> None:
    add(open_web, f"json://127.0.0.1:{server.port}/room")
    with open_web.runtime.database.read() as connection:
        id = connection.execute(select(tables.notice_channel.c.id)).scalar_one()
    assert post_form(owner(open_web), f"{HOME}/{id}/try", page=HOME).status_code == 303
    assert len(server.requests) == 1
    server.answer = say(response("403 No"))
    assert post_form(owner(open_web), f"{HOME}/{id}/try", page=HOME).status_code == 502


def test_an_address_is_sealed_and_never_shown_again(web: Web) -> None:
    assert add(web, "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general").status_code == 303
    with web.runtime.database.read() as connection:
        (sealed,) = connection.execute(select(tables.notice_channel.c.address_enc)).scalars()
    assert b"T1JJ3T3L2" not in sealed
    page = owner(web).get(HOME, base_url=BASE_URL).text
    assert "slack · to the practice" in page
    assert "T1JJ3T3L2" not in page


@pytest.mark.parametrize(
    "address", ["syslog://", "dbus://", "windows://", "mailto://a:b@example.com", "slack://", "http://x", ""]
)
def test_services_that_are_none_are_refused_at_their_field(web: Web, address: str) -> None:
    answer = add(web, address)
    assert answer.status_code == 422
    assert 'id="address-error"' in answer.text


def test_a_manager_sets_up_nothing(web: Web) -> None:
    assert web.signed_in("manager@example.com").get(HOME, base_url=BASE_URL).status_code == 403


def test_no_way_leads_to_this_host_unless_that_is_allowed(server: ScriptedServer) -> None:
    module_of("json://127.0.0.1/").requests = None
    way = open_way(f"json://127.0.0.1:{server.port}/room", AddressPolicy())
    with pytest.raises(WayFailed):
        way.send("a", "b")
    assert server.hits == 0
    module_of("json://127.0.0.1/").requests = None


ADDRESSES = {
    "bulksms": "bulksms://user:pass@+15550001111",
    "clicksend": "clicksend://user:pass@15550001111",
    "discord": "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
    "gotify": "gotify://host.example/Atoken123456789",
    "json": "json://host.example/x",
    "matrix": "matrix://user:pass@matrix.example/#room",
    "mmost": "mmost://mm.example/3ccdd113474722377935511fc85d3dd4",
    "msgbird": "msgbird://aaaaaaaaaaaaaaaaaaaaaaaaa/15551230000/15550001111",
    "ntfy": "ntfy://ntfy.example/topic",
    "plivo": "plivo://" + "a" * 25 + "@" + "b" * 44 + "/15551230000/15550001111",
    "pover": "pover://" + "u" * 30 + "@" + "t" * 30,
    "rocket": "rocket://user:pass@rocket.example/#room",
    "seven": "seven://apikeyapikeyapikeyapikey/15550001111",
    "signal": "signal://host.example/15551230000/15550001111",
    "sinch": "sinch://" + "a" * 32 + ":" + "b" * 32 + "@15551230000/15550001111",
    "slack": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general",
    "sns": "sns://AHIAJGNT76XIMXDBIJYA/bu1dHSdO22pfaaVy/wmNsdjJ4C07D3EMR/us-east-1/15550001111",
    "tgram": "tgram://123456789:abcdefg_hijklmnop/12315544/",
    "threema": "threema://*THEGWID@secret/15550001111",
    "twilio": "twilio://AC" + "a" * 32 + ":" + "b" * 32 + "@15551230000/15550001111",
    "vonage": "vonage://aaaaaaaa:bbbbbbbbbbbbbbbb@15551230000/15550001111",
    "zulip": "zulip://botname@org/" + "a" * 32 + "/",
}
_SECURE = {"gotifys", "jsons", "matrixs", "mmosts", "nexmo", "ntfys", "rockets", "signals"}


def test_every_service_that_is_allowed_goes_by_the_guard() -> None:
    assert set(ADDRESSES) | _SECURE == set(ALLOWED)
    for address in ADDRESSES.values():
        open_way(address, AddressPolicy())
        assert isinstance(module_of(address).requests, GuardedFunctions), address


def test_no_other_service_can_be_opened() -> None:
    with pytest.raises(WayRefused):
        open_way("file:///etc/passwd", AddressPolicy())


def module_of(address: str) -> Any:
    import sys

    import apprise

    plugin = apprise.Apprise.instantiate(address, suppress_exceptions=True)
    assert plugin is not None, address
    return sys.modules[type(plugin).__module__]
