"""The command ``freehold`` on a data folder of its own and with nothing of our settings.

Called, it runs in this process, which saves loading it a hundred times; ``process`` and ``running`` start real ones.
"""

from __future__ import annotations

import io
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from service.cli.app import run
from tests.support.process import wait_until

PASSWORD_VARIABLE = "ADA_CALDAV_PASSWORD"


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)

    @property
    def complaints(self) -> list[str]:
        """The lines of stderr."""
        return self.err.splitlines()


@dataclass
class Freehold:
    """``settings`` are variables without their prefix, ``variables`` others that the command's environment has."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=lambda: {PASSWORD_VARIABLE: "open sesame"})

    @property
    def data_dir(self) -> Path:
        return self.folder / "data"

    def __call__(self, *words: str, stdin: str | None = None, check: bool = True) -> Done:
        """Runs one command to its end in this process; with ``check`` a failure of it fails the test."""
        out, err = io.StringIO(), io.StringIO()
        with _elsewhere(self.folder, self.environ), _streams(stdin or "", out, err), _own_logs():
            code = run(words)
        return _checked(Done(code, out.getvalue(), err.getvalue()), words if check else None)

    def process(self, *words: str, check: bool = True) -> Done:
        """The same as a process of its own."""
        ended = subprocess.run(
            [sys.executable, "-m", "service.cli", *words],
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return _checked(Done(ended.returncode, ended.stdout, ended.stderr), words if check else None)

    @property
    def environ(self) -> dict[str, str]:
        root = str(Path(__file__).parents[2])
        own = {f"FREEHOLD_{name}": value for name, value in self.settings.items()}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FREEHOLD_")}
        return {
            **kept,
            "PYTHONPATH": root,
            "FREEHOLD_DATA_DIR": str(self.data_dir),
            **self.variables,
            **own,
        }

    @contextmanager
    def running(self, *words: str) -> Iterator[Running]:
        """Runs a command that goes on until it is told to stop; at the block's end it is."""
        running = Running(self, words)
        try:
            yield running
        finally:
            running.kill()


def _checked(done: Done, words: Sequence[str] | None) -> Done:
    if words is not None and done.code:
        raise AssertionError(f"freehold {' '.join(words)} ended with {done.code}:\n{done.err}")
    return done


@contextmanager
def _elsewhere(folder: Path, environ: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(environ)
    try:
        with chdir(folder):
            yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _streams(stdin: str, out: io.StringIO, err: io.StringIO) -> Iterator[None]:
    before = sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin.encode()))
    try:
        with redirect_stdout(out), redirect_stderr(err):
            yield
    finally:
        sys.stdin = before


@contextmanager
def _own_logs() -> Iterator[None]:
    """What a command does to the process's logging ends with it."""
    root = logging.getLogger()
    before = (root.handlers, root.level, sys.excepthook, threading.excepthook, logging.raiseExceptions)
    try:
        yield
    finally:
        root.handlers, root.level, sys.excepthook, threading.excepthook, logging.raiseExceptions = before
        logging.captureWarnings(False)


class Running:
    """A started command; its output lies in files."""

    def __init__(self, freehold: Freehold, words: tuple[str, ...]) -> None:
        self.data_dir = freehold.data_dir
        self._out, self._err = freehold.folder / "out", freehold.folder / "err"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "service.cli", *words],
                cwd=freehold.folder,
                env=freehold.environ,
                stdout=out,
                stderr=err,
            )

    @property
    def out(self) -> str:
        return self._out.read_text()

    @property
    def err(self) -> str:
        return self._err.read_text()

    @property
    def record(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.data_dir / "run.json").read_bytes())
        return found

    def pids(self, role: str | None = None) -> list[int]:
        return [entry["pid"] for entry in self.record["processes"] if role in (None, entry["role"])]

    def until_told(self, text: str, *, timeout_seconds: float = 180) -> None:
        """Waits for ``text`` on stdout; a command that ends before that fails the test with its stderr."""

        def told() -> bool:
            assert text in self.out or self.process.poll() is None, self.err
            return text in self.out

        wait_until(told, timeout_seconds=timeout_seconds, what=text)

    def stop(self, sent: signal.Signals = signal.SIGTERM) -> int:
        """The exit code."""
        self.process.send_signal(sent)
        return self.process.wait(120)

    def kill(self) -> None:
        if self.process.poll() is None:
            try:
                self.stop()
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()
