"""``freehold demo``: it starts by itself, shows a practice with calendars, ends whole, and finds its data again."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from service.lifeline import is_alive
from tests.support import ics
from tests.support.command import Freehold, Running
from tests.support.dav_client import DavClient
from tests.support.process import free_port, listening, wait_until

ASKED = ("slots", "ada", "--service", "90834", "--json")


@contextmanager
def shown(freehold: Freehold) -> Iterator[tuple[Running, dict[str, Any]]]:
    """A demonstration that has told its addresses, and its demo.json."""
    with freehold.running("demo") as demo:
        demo.until_told("CalDAV, user ada")
        yield demo, json.loads((freehold.data_dir / "demo.json").read_bytes())


def status(url: str, token: str = "") -> int:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with urlopen(Request(url, headers=headers), timeout=60) as answer:
        return int(answer.status)


@pytest.fixture(scope="module")
def freehold(tmp_path_factory: pytest.TempPathFactory) -> Freehold:
    """One data folder, on which the demonstration is started twice."""
    made = Freehold(tmp_path_factory.mktemp("demo"), {"PORT": str(free_port()), "WEB_CONCURRENCY": "1"})
    # A calendar port of its own: other test processes show demonstrations too.
    kept = made.data_dir / "caldav" / "port"
    kept.parent.mkdir(parents=True)
    kept.write_text(f"{free_port()}\n")
    return made


def test_the_first_start_shows_everything_and_ctrl_c_leaves_nothing(freehold: Freehold) -> None:
    with shown(freehold) as (demo, document):
        assert document["base_url"] == f"http://127.0.0.1:{freehold.settings['PORT']}"
        assert set(document) == {
            "base_url", "booking_page", "provider_area", "dashboard", "practice", "provider", "service", "links",
            "tokens", "caldav",
        }  # fmt: skip
        assert {link["role"] for link in document["links"]} == {"owner", "ops", "provider"}
        for address in ("booking_page", "provider_area", "dashboard"):
            assert document[address] in demo.out
            assert status(document[address]) == 200
        assert [status(link["url"]) for link in document["links"]] == [200, 200, 200]
        assert (freehold.data_dir / "demo.json").stat().st_mode & 0o777 == 0o600
        _calendars_are_read(freehold)
        _an_event_takes_its_time(freehold, document)
        pids, ports = [demo.process.pid, *demo.pids()], _ports(freehold, document)
        assert {"web", "worker", "scheduler", "queue", "caldav"} == {
            entry["role"] for entry in demo.record["processes"]
        }
        assert demo.stop() == 0
        assert [pid for pid in pids if is_alive(pid)] == []
        assert [port for port in ports if listening(port)] == []


def _calendars_are_read(freehold: Freehold) -> None:
    def all_read() -> bool:
        items = freehold("accounts", "--json").document["items"]
        return all(found["state"] == "ok" for item in items for found in item["calendars"] or [{"state": ""}])

    wait_until(all_read, what="the first reading of all calendars")
    assert freehold(*ASKED).document["freshness"] == "fresh"


def _an_event_takes_its_time(freehold: Freehold, document: dict[str, Any]) -> None:
    """A Busy event of any other client takes slots at the next sync; made Free, it gives them back."""
    found = freehold(*ASKED).document["slots"]
    start = datetime.fromisoformat(found[len(found) // 2]["start"]).astimezone(UTC)
    client = DavClient(
        document["caldav"]["url"] + "work/", document["caldav"]["username"], document["caldav"]["password"]
    )
    for transparency, offered in (("OPAQUE", False), ("TRANSPARENT", True)):
        event = ics.event("errand", start, start + timedelta(minutes=45), transp=transparency)
        client.put_event("errand.ics", ics.calendar(event))
        freehold("sync", "--all")
        starts = {
            datetime.fromisoformat(slot["start"]).astimezone(UTC)
            for slot in freehold(*ASKED).document["slots"]
        }
        assert (start in starts) is offered


def _ports(freehold: Freehold, document: dict[str, Any]) -> list[int]:
    return [int(freehold.settings["PORT"]), int(document["caldav"]["url"].split(":")[2].split("/")[0])]


def test_a_second_start_finds_its_data_tokens_and_calendar_address_again(freehold: Freehold) -> None:
    before = _kept(freehold)
    with shown(freehold) as (demo, document):
        work = DavClient(document["caldav"]["url"] + "work/", "ada", document["caldav"]["password"])
        assert "/ada/work/errand.ics" in work.list_hrefs()
        assert document["caldav"]["url"].endswith(f":{before['port']}/ada/")
        assert document["tokens"] == before["tokens"]
        assert status(document["base_url"] + "/api/v1/accounts", document["tokens"]["ops"]) == 200
        assert demo.stop() == 0


def _kept(freehold: Freehold) -> dict[str, Any]:
    """What an earlier start left; another test process may have made that start in a folder of its own."""
    data_dir: Path = freehold.data_dir
    if not (data_dir / "demo.json").exists():
        with shown(freehold) as (demo, document):
            work = DavClient(document["caldav"]["url"] + "work/", "ada", document["caldav"]["password"])
            start = datetime(2030, 1, 7, 15, tzinfo=UTC)
            work.put_event("errand.ics", ics.timed("errand", start, start + timedelta(minutes=45)))
            assert demo.stop() == 0
    document = json.loads((data_dir / "demo.json").read_bytes())
    return {"tokens": document["tokens"], "port": (data_dir / "caldav" / "port").read_text().strip()}


def test_a_taken_calendar_port_is_left_to_its_owner_and_the_practice_follows(freehold: Freehold) -> None:
    port = int(_kept(freehold)["port"])
    with socket.create_server(("127.0.0.1", port)), shown(freehold) as (demo, document):
        assert f":{port}/" not in document["caldav"]["url"]
        freehold("sync", "--all", "--full")
        [ada, _] = freehold("accounts", "--json").document["items"]
        assert {found["name"]: found["state"] for found in ada["calendars"]} == {
            "Work": "ok",
            "Personal": "ok",
        }
        assert demo.stop() == 0


def test_killed_it_leaves_nothing_running_either(freehold: Freehold) -> None:
    with shown(freehold) as (demo, _):
        pids = demo.pids()
        demo.process.kill()
        wait_until(
            lambda: not any(map(is_alive, pids)),
            what="the end of every part and the queue",
        )
