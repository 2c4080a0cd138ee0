"""The process tree of ``freehold up``: starts its parts, replaces those that die, and ends them all."""

import fcntl
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import FrameType
from typing import Final, Self

from service.kept_secrets import private_folder
from service.lifeline import is_alive
from service.logs import get_logger
from service.process_child import ChildSpec, ProcessChild
from service.queue.embedded import QueueHandle, QueueUnavailable, join_queue
from service.queue.folders import open_lock, try_lock
from service.settings import Settings
from service.web_server import refuse_taken_port

ROLES: Final = ("web", "worker", "scheduler")
_TICK_SECONDS: Final = 0.1
_PATIENCE_SECONDS: Final = 10.0
_QUEUE_PATIENCE_SECONDS: Final = 2.0
log = get_logger(__name__)


class AlreadyRunning(Exception):
    """Another ``freehold up`` has this data folder."""


def part(role: str) -> ChildSpec:
    """The child that runs ``freehold ROLE``."""
    return ChildSpec(role, (sys.executable, "-m", "service.cli", role))


def sole_use(settings: Settings) -> AbstractContextManager[None]:
    """Keeps every tree off the data folder while in use. Raises AlreadyRunning on entering if one has it."""
    return _Claim(settings.data_dir)


def run_tree(
    settings: Settings,
    extra: Sequence[ChildSpec] = (),
    *,
    parts: Sequence[ChildSpec] | None = None,
    started: Callable[[], None] | None = None,
) -> None:
    """Runs web, worker, scheduler (or ``parts``) and ``extra`` until SIGTERM or SIGINT; a second signal ends at once.

    ``started`` is called once all are running. While it lasts, DATA_DIR/run.json says who is who. Raises, with nothing
    started, PortTaken, AlreadyRunning or QueueUnavailable.
    """
    specs = [part(role) for role in ROLES] if parts is None else list(parts)
    with _Claim(settings.data_dir):
        refuse_taken_port(settings)
        with _Signals() as signals:
            queue = join_queue(settings)
            tree = _Tree(settings, queue, [ProcessChild(spec) for spec in (*specs, *extra)], signals)
            try:
                tree.run(started)
            finally:
                tree.end()


class _Tree:
    def __init__(
        self, settings: Settings, queue: QueueHandle, children: list[ProcessChild], signals: "_Signals"
    ) -> None:
        self._settings = settings
        self._queue = queue
        self._children = children
        self._signals = signals
        self._record = settings.data_dir / "run.json"
        self._server_pid = queue.server_pid
        self._server_seen = time.monotonic()

    def run(self, started: Callable[[], None] | None) -> None:
        for child in self._children:
            child.start()
        self._write_record()
        log.info("all parts started", count=len(self._children), pid=os.getpid())
        if started is not None:
            started()
        while not self._signals.received:
            if any([self._replace_dead(), self._replace_queue()]):
                self._write_record()
            time.sleep(_TICK_SECONDS)

    def end(self) -> None:
        """Asks every child to end, insists after 10 s or at a second signal, and lets go of the queue."""
        try:
            for child in self._children:
                child.terminate()
            deadline = time.monotonic() + _PATIENCE_SECONDS
            while self._any_left() and time.monotonic() < deadline and self._signals.received < 2:
                time.sleep(_TICK_SECONDS)
            for child in self._children:
                child.kill()
            while self._any_left():
                time.sleep(_TICK_SECONDS)
            self._queue.close(wait=True)
        finally:
            self._record.unlink(missing_ok=True)

    def _any_left(self) -> bool:
        for child in self._children:
            child.ended()
        return any(child.pid is not None for child in self._children)

    def _replace_dead(self) -> bool:
        changed = False
        for child in self._children:
            code = child.ended()
            if code is not None:
                log.error("part ended", role=child.spec.role, exit_code=code, restarts=child.restarts)
            if child.due():
                child.start()
                changed = True
        return changed

    def _replace_queue(self) -> bool:
        """Whether the embedded server has another process id; one without a keeper is started again here."""
        if self._settings.redis_url is not None:
            return False
        before, now = self._server_pid, time.monotonic()
        if before is None or not is_alive(before):
            self._server_pid = self._queue.server_pid
        if self._server_pid is not None:
            self._server_seen = now
        elif now - self._server_seen > _QUEUE_PATIENCE_SECONDS:
            self._revive_queue()
        return self._server_pid is not None and self._server_pid != before

    def _revive_queue(self) -> None:
        self._server_seen = time.monotonic()
        try:
            self._queue.revive()
        except QueueUnavailable as error:
            log.error("queue does not start", error=error)
        self._server_pid = self._queue.server_pid

    def _write_record(self) -> None:
        found = [(child.spec.role, child.pid) for child in self._children]
        found.append(("queue", self._server_pid))
        content = {
            "pid": os.getpid(),
            "url": self._settings.local_url,
            "processes": [{"role": role, "pid": pid} for role, pid in found if pid is not None],
        }
        draft = self._record.with_suffix(".draft")
        draft.write_text(json.dumps(content), encoding="utf-8")
        draft.replace(self._record)


class _Signals:
    """Counts SIGTERM, SIGINT and SIGHUP while in use."""

    _CAUGHT: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

    def __init__(self) -> None:
        self.received = 0

    def __enter__(self) -> Self:
        self._before = [signal.signal(caught, self._count) for caught in self._CAUGHT]
        return self

    def __exit__(self, *_: object) -> None:
        for caught, before in zip(self._CAUGHT, self._before, strict=True):
            signal.signal(caught, before)

    def _count(self, _number: int, _frame: FrameType | None) -> None:
        self.received += 1


class _Claim:
    """The data folder's one running tree; the lock goes with the process, however that ends."""

    def __init__(self, data_dir: Path) -> None:
        private_folder(data_dir)
        self._path = data_dir / "up.lock"

    def __enter__(self) -> None:
        self._lock = open_lock(self._path)
        if not try_lock(self._lock):
            holder = os.pread(self._lock, 20, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(self._lock)
            raise AlreadyRunning(f"freehold is already running on {self._path.parent} (process {holder})")
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, str(os.getpid()).encode(), 0)

    def __exit__(self, *_: object) -> None:
        fcntl.flock(self._lock, fcntl.LOCK_UN)
        os.close(self._lock)
