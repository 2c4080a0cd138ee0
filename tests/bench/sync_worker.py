"""One client in a process of its own, so that its processor time and its memory are nobody else's."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from tests.bench.sync_clients import CLIENTS, Target
from tests.bench.sync_google import AT_GOOGLE

_STATUS = Path("/proc/self/status")


@dataclass(frozen=True, slots=True)
class Step:
    """What one step cost. ``peak`` is MB above the same process while idle, None where the system does not say."""

    seconds: float
    own: float
    requests: int | None
    peak: float | None


class Worker:
    """Runs the steps of a client when told to."""

    def __init__(self, client: str, target: Target) -> None:
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(client, target, theirs), daemon=True)
        self._process.start()
        theirs.close()

    def step(self, name: str) -> Step:
        self._pipe.send(name)
        try:
            found: Step = self._pipe.recv()
        except EOFError:
            raise SystemExit("a client of the measurement ended early; its words stand above") from None
        return found

    def stop(self) -> None:
        self._pipe.close()
        self._process.join(timeout=10)
        self._process.kill()


def _serve(name: str, target: Target, pipe: Connection) -> None:
    client = (CLIENTS | AT_GOOGLE)[name](target)
    while True:
        try:
            step = pipe.recv()
        except EOFError:
            return
        if step == "first":
            client.prepare()
        pipe.send(_measured(client.first if step == "first" else client.again))


def _measured(step: Callable[[], int | None]) -> Step:
    gc.collect()
    idle = _reset_peak()
    own, begin = time.process_time(), time.perf_counter()
    requests = step()
    seconds, own = time.perf_counter() - begin, time.process_time() - own
    return Step(seconds, own, requests, None if idle is None else (_memory("VmHWM") - idle) / 1024)


def _reset_peak() -> int | None:
    """Resident kB now; from here on VmHWM counts anew."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
        return _memory("VmRSS")
    except OSError:
        return None


def _memory(name: str) -> int:
    lines = _STATUS.read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
