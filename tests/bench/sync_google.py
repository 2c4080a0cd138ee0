"""Our engine at a Google of our own: list calls and time, beside the bare list calls."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import requests

from sync.backends.access import AccountAccess
from sync.backends.google.backend import GoogleBackend
from sync.backends.protocol import CalendarBackend
from tests.bench.measuring import Spread
from tests.bench.report import Line
from tests.bench.sync_clients import Client, Ours, Target
from tests.bench.sync_events import changed, collection
from tests.support.caldav_server import Calendar
from tests.support.google_account import ADA, ZONE
from tests.support.google_ics import events_of
from tests.support.google_server import GoogleServer

GOOGLE = "Google"
_PAGE = 2_500


class OursAtGoogle(Ours):
    kind = "google"

    def _backend(self, access: AccountAccess) -> CalendarBackend:
        return GoogleBackend(replace(access, api_endpoint=self._target.principal))


class RawGoogle:
    """The list calls with requests; nothing is made of the JSON, nothing is kept."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._session = requests.Session()
        self._token = ""

    def prepare(self) -> None:
        self._token = ""
        secret = json.loads(self._target.calendar.password)
        answer = self._session.post(secret["token_uri"], data={**secret, "grant_type": "refresh_token"})
        self._session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def first(self) -> int:
        return self._read()

    def again(self) -> int:
        return self._read()

    def _read(self) -> int:
        asked: dict[str, Any] = {"maxResults": _PAGE} | ({"syncToken": self._token} if self._token else {})
        sent = 0
        while not sent or "pageToken" in asked:
            answer = self._session.get(self._target.calendar.url, params=asked)
            answer.raise_for_status()
            page, sent = answer.json(), sent + 1
            asked.pop("pageToken", None)
            if "nextPageToken" in page:
                asked["pageToken"] = page["nextPageToken"]
            self._token = page.get("nextSyncToken", self._token)
        return sent


AT_GOOGLE: Mapping[str, Callable[[Target], Client]] = {
    "ours at google": OursAtGoogle,
    "raw list calls": RawGoogle,
}


def at_google(count: int, rounds: int) -> list[Line]:
    from tests.bench.sync_worker import Step, Worker

    texts = collection(count)
    steps: dict[tuple[str, str], list[Step]] = {}
    lists: dict[str, list[float]] = {}
    with GoogleServer() as server, tempfile.TemporaryDirectory(prefix="freehold-bench-") as folder:
        calendar_id = server.add_person(ADA, zone=ZONE, name="Work")
        for name, text in texts.items():
            _plant(server, calendar_id, name, text)
        target = Target(
            Calendar(
                url=f"{server.url}/calendar/v3/calendars/{calendar_id}/events", username=ADA,
                password=json.dumps(server.authorized_user(ADA)), displayname="Work",
            ),
            server.url, Path(folder), len(texts),
        )  # fmt: skip
        workers = {name: Worker(name, target) for name in AT_GOOGLE}

        def run(step: str, told: str) -> None:
            for name, worker in workers.items():
                server.take_calls()
                steps.setdefault((name, step), []).append(worker.step(told))
                calls = [call for call in server.take_calls() if call.method == "events.list"]
                if name == "ours at google":
                    lists.setdefault(step, []).append(len(calls))

        try:
            for turn in range(rounds):
                run("first", "first")
                run("no change", "again")
                put, _removed = changed(texts, turn)
                for name, text in put.items():
                    _plant(server, calendar_id, name, text)
                run("ten changes", "again")
                for name in put.keys() - texts.keys():
                    server.cancel(calendar_id, _id_of(name))
                for name in put.keys() & texts.keys():
                    _plant(server, calendar_id, name, texts[name])
                run("put back", "again")
        finally:
            for worker in workers.values():
                worker.stop()
    return list(_judged(count, steps, lists))


def _judged(count: int, steps: Mapping[tuple[str, str], list[Any]], lists: Mapping[str, list[float]]) -> Any:
    pages = -(-count // _PAGE)
    for step in ("first", "no change", "ten changes"):
        name, ours, raw = f"Google {step}", steps["ours at google", step], steps["raw list calls", step]
        for unit, pick in (("s", lambda item: item.seconds), ("s own", lambda item: item.own)):
            both = [Spread.of([pick(item) for item in items]) for items in (ours, raw)]
            yield Line(name, count, both[0], both[1], "raw list calls", unit)
        bound = float(pages if step == "first" else 1)
        fixed = Spread(bound, bound, bound)
        yield Line(name, count, Spread.of(lists[step]), fixed, "bound", "list calls", 1.0)
        if step == "first" and ours[0].peak is not None:
            peak = Spread(ours[0].peak, ours[0].peak, ours[0].peak)
            yield Line(name, count, peak, Spread(60, 60, 60), "bound", "MB", 1.0)


def _plant(server: GoogleServer, calendar_id: str, name: str, text: str) -> None:
    for body in events_of(text, _id_of(name), ZONE):
        server.put(calendar_id, body)


def _id_of(name: str) -> str:
    """Letters and digits of base32hex only."""
    return name.removesuffix(".ics").encode().hex()
