"""The program's parts as processes that are killed and started again, forked from a warm one or as commands."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from tests.support.faults import guards
from tests.support.process import LOOPBACK

_WARM = ["service.cli.running", "service.app", "service.jobs", "service.schedule", "service.work",
         "werkzeug.serving", "sync.backends.caldav.backend", "sync.backends.google.backend",
         "tests.support.faults.parts"]  # fmt: skip
_TICK_SECONDS = 0.02
_context: Any = None
_lock = threading.Lock()


class Running(Protocol):
    pid: int | None

    def alive(self) -> bool: ...

    def kill(self) -> None: ...


@dataclass(frozen=True)
class Start:
    """How a part is started: as ``freehold ROLE`` (``command``), or the same code in a fork of a warm process."""

    role: str
    environ: Mapping[str, str]
    log: Path
    command: bool = False
    without: str = ""

    def __call__(self) -> Running:
        return _Command(self) if self.command else _Fork(self)


class _Fork:
    def __init__(self, start: Start) -> None:
        with _lock:
            self._process = _warm().Process(
                target=_run,
                args=(start.role, dict(start.environ), str(start.log), start.without),
                daemon=True,
            )
            self._process.start()
        self.pid = self._process.pid

    def alive(self) -> bool:
        return bool(self._process.is_alive())

    def kill(self) -> None:
        self._process.kill()
        self._process.join()


class _Command:
    def __init__(self, start: Start) -> None:
        with start.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "service.cli", start.role],
                env={"PATH": os.environ["PATH"], **start.environ, "FREEHOLD_PARENT_PID": str(os.getpid())},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        self.pid = self._process.pid

    def alive(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


def _warm() -> Any:
    """Starts the process that children are forked from, with everything they need imported."""
    global _context  # noqa: PLW0603 - one such process for all worlds
    if _context is None:
        _context = multiprocessing.get_context("forkserver")
        _context.set_forkserver_preload(_WARM)
    return _context


def _run(role: str, environ: dict[str, str], log: str, without: str) -> None:
    """In the child: the part itself, with the settings of its own environment."""
    os.environ.clear()
    os.environ.update(environ, FREEHOLD_PARENT_PID=str(os.getppid()))
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(output, 1)
    os.dup2(output, 2)
    if without:
        guards.take_out(without)
    if role == "web":
        _web()
    else:
        from service.cli import running

        {"worker": running.worker, "scheduler": running.scheduler}[role]()


def _web() -> None:
    """The application of ``freehold web``; Granian would start an interpreter anew for it."""
    from werkzeug.serving import make_server

    from service.app import create_app
    from service.cli.opening import settings_of_part
    from service.runtime import Runtime

    settings = settings_of_part()
    make_server(LOOPBACK, settings.port, create_app(Runtime.build(settings)), threaded=True).serve_forever()


@dataclass
class Parts:
    """Keeps every part running: what ends is started again at once, as ``freehold up`` does."""

    starts: dict[str, Start]
    ended: list[tuple[float, str, int]] = field(default_factory=list)
    """When a part was seen to have ended, which, and its process id."""

    def __post_init__(self) -> None:
        self._running: dict[str, Running] = {}
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._keep, name="keeper", daemon=True)

    def start(self) -> None:
        for name, start in self.starts.items():
            self._running[name] = start()
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()
        for part in self._running.values():
            part.kill()

    def pid(self, name: str) -> int | None:
        found = self._running.get(name)
        return None if found is None else found.pid

    def kill(self, name: str) -> int | None:
        """SIGKILL, as from outside; the process id."""
        pid = self.pid(name)
        return pid if pid is not None and self.kill_pid(pid) else None

    def kill_pid(self, pid: int) -> bool:
        """SIGKILL to the part that has this process id; False if none has it."""
        if any(part.pid == pid and part.alive() for part in self._running.values()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                return True
        return False

    def _keep(self) -> None:
        while not self._over.wait(_TICK_SECONDS):
            for name, part in list(self._running.items()):
                if not part.alive():
                    self.ended.append((time.monotonic(), name, part.pid or 0))
                    self._running[name] = self.starts[name]()
