"""Reading whole calendars and what changed in them: our engine against raw downloads, python-caldav and vdirsyncer.

python -m tests.bench.sync [--events 1000 10000] [--servers Radicale Xandikos Google] [--rounds 5]
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.bench.measuring import Spread
from tests.bench.report import Line, publish
from tests.bench.sync_clients import CLIENTS, Target
from tests.bench.sync_events import changed, collection
from tests.bench.sync_google import GOOGLE, at_google
from tests.bench.sync_servers import SERVERS, filled
from tests.bench.sync_worker import Step, Worker

STEPS = ("first", "no change", "ten changes")
_ALL = [*SERVERS, GOOGLE]
Steps = Mapping[tuple[str, str], list[Step]]
"""By client and step."""


def main() -> None:
    options = argparse.ArgumentParser(description="Syncing against other means.")
    options.add_argument("--events", type=int, nargs="+", default=[1000, 10_000])
    options.add_argument("--servers", nargs="+", choices=_ALL, default=_ALL)
    options.add_argument("--rounds", type=int, default=5)
    chosen = options.parse_args()
    lines: list[Line] = []
    for count in chosen.events:
        for server in chosen.servers:
            print(f"{server}, {count} events", flush=True)
            rounds = max(1, chosen.rounds)
            if server == GOOGLE:
                lines += at_google(count, rounds)
            else:
                lines += judged(server, count, measured(server, count, rounds))
    publish(
        "bench-sync",
        lines,
        packages=(
            "radicale",
            "xandikos",
            "vdirsyncer",
            "caldav",
            "requests",
            "lxml",
            "SQLAlchemy",
            "cryptography",
        ),
        rounds=chosen.rounds,
        command=f"python -m tests.bench.sync --events {' '.join(map(str, chosen.events))}"
        f" --servers {' '.join(chosen.servers)} --rounds {chosen.rounds}",
    )


def measured(server: str, count: int, rounds: int) -> Steps:
    texts = collection(count)
    found: dict[tuple[str, str], list[Step]] = {(name, step): [] for name in CLIENTS for step in STEPS}
    with _standing(server, texts) as target, _workers(target) as workers:
        client = target.calendar.client()
        # A server reads its whole store when it is first asked; that is nobody's time.
        workers["raw query"].step("first")
        for turn in range(rounds):
            asked = _in_turn(workers, turn)
            for name, worker in asked:
                found[name, "first"].append(worker.step("first"))
            for name, worker in asked:
                found[name, "no change"].append(worker.step("again"))
            put, removed = changed(texts, turn)
            # What one turn changes is put back behind it, so that every round reads the same calendar.
            back = {name: texts[name] for name in put.keys() | set(removed) if name in texts}
            for name, text in put.items():
                client.put_event(name, text)
            for name in removed:
                client.delete_event(name)
            for name, worker in asked:
                found[name, "ten changes"].append(worker.step("again"))
            for name, text in back.items():
                client.put_event(name, text)
            for name in put.keys() - texts.keys():
                client.delete_event(name)
    return found


def _in_turn(workers: Mapping[str, Worker], turn: int) -> list[tuple[str, Worker]]:
    """Each begins in its turn: whoever asks first after a change waits while the server takes it in."""
    asked = list(workers.items())
    begin = turn % len(asked)
    return asked[begin:] + asked[:begin]


def judged(server: str, count: int, steps: Steps) -> list[Line]:
    lines = []
    for step in STEPS:
        ours = _spread(steps["ours", step])
        raw = min(
            ("raw", "raw query") if step == "first" else ("raw",),
            key=lambda name: _spread(steps[name, step]).middle,
        )
        for peer, bar in ((raw, _BARS[step][0]), ("vdirsyncer", _bar_of_vdirsyncer(server, step))):
            lines.append(Line(f"{server} {step}", count, ours, _spread(steps[peer, step]), peer, "s", bar))
        caldav = _spread(steps["python-caldav", step])
        lines.append(Line(f"{server} {step}", count, ours, caldav, "python-caldav", "s"))
        own = Spread.of([item.own for item in steps["ours", step]])
        for peer in (raw, "python-caldav", "vdirsyncer"):
            theirs = Spread.of([item.own for item in steps[peer, step]])
            lines.append(Line(f"{server} {step}", count, own, theirs, peer, "s own"))
        lines += _counted(f"{server} {step}", count, step, steps["ours", step])
    return lines


_BARS: Mapping[str, tuple[float | None, float | None]] = {
    "first": (1.25, None),
    "no change": (None, 0.2),
    "ten changes": (1.3, None),
}
"""At most so much of the best raw download's and of vdirsyncer's time."""
_REQUESTS = {"no change": 1, "ten changes": 2}


def _bar_of_vdirsyncer(server: str, step: str) -> float | None:
    return 0.6 if (server, step) == ("Radicale", "first") else _BARS[step][1]


def _counted(name: str, count: int, step: str, ours: Sequence[Step]) -> Iterator[Line]:
    """Ours against fixed bounds: requests, our own processor time, and memory above the idle process."""
    sent = Spread.of([float(item.requests or 0) for item in ours])
    if step in _REQUESTS:
        yield Line(name, count, sent, _fixed(_REQUESTS[step]), "bound", "requests", 1.0)
    else:
        # Three that find the calendar, one report with everything in it, one listing.
        yield Line(name, count, sent, _fixed(5), "bound", "requests")
    own = Spread.of([item.own for item in ours])
    if step == "first":
        yield Line(name, count, own, _fixed(1.5 * count / 10_000), "bound", "s own", 1.0)
        # The first one: later ones find memory that was never given back.
        if ours[0].peak is not None:
            yield Line(name, count, _fixed(ours[0].peak), _fixed(60), "bound", "MB", 1.0)
    elif step == "no change":
        yield Line(name, count, own, _fixed(0.010), "bound", "s own", 1.0)


def _fixed(value: float) -> Spread:
    return Spread(value, value, value)


def _spread(steps: Sequence[Step]) -> Spread:
    return Spread.of([step.seconds for step in steps])


@contextmanager
def _standing(name: str, texts: Mapping[str, str]) -> Iterator[Target]:
    with tempfile.TemporaryDirectory(prefix="freehold-bench-") as folder:
        data, own = Path(folder, "server"), Path(folder, "clients")
        data.mkdir()
        own.mkdir()
        server = SERVERS[name](data)
        server.start()
        try:
            calendar = filled(server, data, texts)
            yield Target(calendar, server.principal_url(calendar.username), own, len(texts))
        finally:
            server.stop()


@contextmanager
def _workers(target: Target) -> Iterator[Mapping[str, Worker]]:
    workers = {name: Worker(name, target) for name in CLIENTS}
    try:
        yield workers
    finally:
        for worker in workers.values():
            worker.stop()


if __name__ == "__main__":
    main()
