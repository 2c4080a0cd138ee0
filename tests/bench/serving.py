"""The endpoint of offered time as it is served: at 200 requests a second, and at as many as there can be.

python -m tests.bench.serving [--rounds 5] [--seconds 5]

Ours against a bare read of the version through the same server, on SQLite and on PostgreSQL, with and without syncing
beside it. The load is made on the same machine, so its share of the processors is in every figure.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from statistics import quantiles
from urllib.request import urlopen

from tests.bench.measuring import Spread
from tests.bench.report import Line, publish
from tests.bench.sync_servers import filled
from tests.support import ics
from tests.support.caldav_server import Calendar
from tests.support.postgres import PostgresServer
from tests.support.process import LOOPBACK, Child, free_port
from tests.support.radicale import RadicaleServer
from tests.support.running_service import RunningService, environment, practice_text

ROOT = Path(__file__).parents[2]
EVENTS = 2_000
SEED = 20_261_116
RATE = 200
SLOTS = "/api/v1/practices/elm-street/providers/ada/slots?service=90834&start={0}&end={1}"
MOST = {"median": 1.0, "p99": 3.0}
"""Milliseconds at the server at 200 requests a second."""
LEAST_RATE = {"SQLite": ("bound", 6_000.0), "PostgreSQL": ("bare read", 0.8)}


def main() -> None:
    options = argparse.ArgumentParser(description="The endpoint of offered time under load.")
    options.add_argument("--rounds", type=int, default=5, help="at least five")
    options.add_argument("--seconds", type=float, default=5.0, help="how long a round lasts")
    given = options.parse_args()
    rounds = max(5, given.rounds)
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not installed (on Debian: the package wrk)")
    lines: list[Line] = []
    for database in LEAST_RATE:
        with _standing(database) as place:
            lines += _at_most(database, place, rounds, given.seconds)
            lines += _at_rate(database, "quiet", place, rounds, given.seconds)
            with _syncing(place):
                lines += _at_rate(database, "syncing", place, rounds, given.seconds)
    publish(
        "bench-serving", lines, packages=("granian", "flask", "sqlalchemy"), rounds=rounds,
        command=f"python -m tests.bench.serving --rounds {rounds} --seconds {given.seconds:g}",
    )  # fmt: skip


class Place:
    """A program that stands over a read calendar, and the server that is asked, at ``port``."""

    def __init__(self, service: RunningService, calendar: Calendar, port: int) -> None:
        self.service, self.calendar, self.port = service, calendar, port
        days = service.slots()
        first = days[0][:10]
        self.path = SLOTS.format(first, _later(first, 30))


def _at_most(database: str, place: Place, rounds: int, seconds: float) -> Iterator[Line]:
    """As many requests as two processors carry, ours and the bare read in turns."""
    found: dict[str, list[float]] = {"ours": [], "bare": []}
    for _ in range(rounds):
        for name, path in (("ours", place.path), ("bare", "/bare")):
            found[name].append(_wrk(place.port, path, seconds))
    ours, bare = (Spread.of([1000 / rate for rate in found[name]]) for name in ("ours", "bare"))
    peer, bar = LEAST_RATE[database]
    yield Line(
        f"{database} at most", EVENTS, ours, bare, "bare read", "ms each", 1 / bar if peer == "bare read" else None
    )  # fmt: skip
    bound = LEAST_RATE["SQLite"][1]
    fixed = Spread(1000 / bound, 1000 / bound, 1000 / bound)
    yield Line(
        f"{database} at most",
        EVENTS,
        ours,
        fixed,
        f"{bound:,.0f}/s",
        "ms each",
        1.0 if peer == "bound" else None,
    )


def _at_rate(database: str, how: str, place: Place, rounds: int, seconds: float) -> Iterator[Line]:
    found: dict[str, list[float]] = {"median": [], "p99": [], "seen median": [], "seen p99": []}
    for _ in range(rounds):
        times = _open_loop(place.port, place.path, seconds)
        for prefix, samples in (("", times["took"]), ("seen ", times["seen"])):
            parts = quantiles(samples, n=100)
            found[f"{prefix}median"].append(parts[49])
            found[f"{prefix}p99"].append(parts[98])
    for name, samples in found.items():
        most = MOST[name.removeprefix("seen ")]
        where = "seen outside" if name.startswith("seen") else "at the server"
        yield Line(
            f"{database} {RATE}/s {how}", EVENTS, Spread.of(samples), Spread(most, most, most),
            f"{name.removeprefix('seen ')} {where}", "ms", None if name.startswith("seen") else 1.0,
        )  # fmt: skip


def _wrk(port: int, path: str, seconds: float) -> float:
    command = ["wrk", "-t1", "-c16", f"-d{max(1, round(seconds))}s", f"http://{LOOPBACK}:{port}{path}"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in told:
        raise SystemExit(told)
    return float(told.split("Requests/sec:")[1].split()[0])


def _open_loop(port: int, path: str, seconds: float) -> Mapping[str, list[float]]:
    command = [
        sys.executable,
        "-m",
        "tests.bench.open_loop",
        LOOPBACK,
        str(port),
        path,
        str(RATE),
        str(seconds),
    ]
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    times: Mapping[str, list[float]] = json.loads(told)
    return times


@contextmanager
def _standing(database: str) -> Iterator[Place]:
    with (
        tempfile.TemporaryDirectory(prefix="freehold-serving-") as name,
        _database(database, Path(name)) as url,
    ):
        folder = Path(name)
        data = folder / "radicale"
        data.mkdir()
        with RadicaleServer(data) as server:
            calendar, port = filled(server, data, _events(Random(SEED))), free_port()
            env = environment(
                folder, database_url=url, port=port, password=calendar.password or "", PYTHONPATH=str(ROOT),
                FREEHOLD_WEB_CONCURRENCY="2", FREEHOLD_BASE_URL=f"http://{LOOPBACK}:{port}",
            )  # fmt: skip
            child = Child([sys.executable, "-m", "tests.bench.served"], log=folder / "served.log", env=env)
            service = RunningService(folder, env, f"http://{LOOPBACK}:{port}", child)
            service.cli("apply", "-", text=practice_text(calendar))
            service.cli("sync", "--all")
            child.start(lambda: _answers(port), timeout_seconds=180)
            try:
                yield Place(service, calendar, port)
            finally:
                child.stop()


def _answers(port: int) -> bool:
    """True once the server answers; readyz would wait for a queue, which is not needed to be asked."""
    try:
        with urlopen(f"http://{LOOPBACK}:{port}/bare", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@contextmanager
def _database(name: str, folder: Path) -> Iterator[str]:
    if name == "SQLite":
        yield f"sqlite:///{folder / 'freehold.db'}"
        return
    with PostgresServer() as server:
        yield server.create_database()


@contextmanager
def _syncing(place: Place) -> Iterator[None]:
    """Changes are made at the calendar's server and read, again and again."""
    stop = threading.Event()
    random, client = Random(SEED + 1), place.calendar.client()

    def work() -> None:
        turn = 0
        while not stop.is_set():
            turn += 1
            for number in range(5):
                uid = f"new-{turn}-{number}"
                client.put_event(uid, _event(random, uid))
            place.service.cli("sync", "--all", check=False)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _events(random: Random) -> Mapping[str, str]:
    return {f"event-{number}.ics": _event(random, f"event-{number}") for number in range(EVENTS)}


def _event(random: Random, uid: str) -> str:
    """Half an hour, at any hour from a month back to half a year ahead."""
    midnight = datetime.combine(date.today() + timedelta(days=random.randrange(-30, 180)), time(0))
    start = midnight + timedelta(minutes=random.randrange(0, 24 * 60, 5))
    return ics.timed(uid, start, timedelta(minutes=30), tzid=ics.NEW_YORK, summary="Call")


def _later(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    main()
