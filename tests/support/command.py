"""The command ``freehold`` as a person runs it: a process of its own, its own data folder, nothing of our environment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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
    """``settings`` are variables without their prefix."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def data_dir(self) -> Path:
        return self.folder / "data"

    def __call__(self, *words: str, stdin: str | None = None, check: bool = True) -> Done:
        """Runs one command to its end; with ``check`` a failure of it fails the test."""
        ended = subprocess.run(
            [sys.executable, "-m", "service.cli", *words],
            cwd=self.folder,
            env=self.environ,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if check and ended.returncode:
            raise AssertionError(f"freehold {' '.join(words)} ended with {ended.returncode}:\n{ended.stderr}")
        return Done(ended.returncode, ended.stdout, ended.stderr)

    @property
    def environ(self) -> dict[str, str]:
        root = str(Path(__file__).parents[2])
        own = {f"FREEHOLD_{name}": value for name, value in self.settings.items()}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FREEHOLD_")}
        return {
            **kept,
            "PYTHONPATH": root,
            "FREEHOLD_DATA_DIR": str(self.data_dir),
            PASSWORD_VARIABLE: "open sesame",
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

    def until_told(self, text: str, *, timeout_seconds: float = 60) -> None:
        """Waits for ``text`` on stdout; a command that ends before that fails the test with its stderr."""

        def told() -> bool:
            assert text in self.out or self.process.poll() is None, self.err
            return text in self.out

        wait_until(told, timeout_seconds=timeout_seconds, what=text)

    def stop(self, sent: signal.Signals = signal.SIGTERM) -> int:
        """The exit code."""
        self.process.send_signal(sent)
        return self.process.wait(20)

    def kill(self) -> None:
        if self.process.poll() is None:
            try:
                self.stop()
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()
