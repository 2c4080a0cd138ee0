"""Child processes of the tests: started, awaited, ended, and never left behind."""

import atexit
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

LOOPBACK = "127.0.0.1"
# Below the usual ephemeral ports: no outgoing connection takes the port of a server that is stopped.
_PORTS = range(20_000, 32_000)
# Test processes side by side draw from ports of their own, so that none takes what another is about to listen on.
_SHARE, _SHARES = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")), 8


class ChildFailed(RuntimeError):
    """A child ended early or never became ready; the text carries the end of its output."""


def free_port() -> int:
    """A loopback TCP port nobody listens on now; it may be given up and taken again later."""
    for port in random.sample(_PORTS[_SHARE % _SHARES :: _SHARES], 200):
        with socket.socket() as probe:
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return port
    raise ChildFailed("no free loopback port found in 200 tries")


def listening(port: int, host: str = LOOPBACK) -> bool:
    """Whether something accepts TCP connections there."""
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def wait_until(
    condition: Callable[[], bool], *, timeout_seconds: float = 120, what: str = "condition"
) -> None:
    """Polls until ``condition`` holds; raises TimeoutError naming ``what`` when it does not in time.

    The time is there for what hangs: a machine may be busy, and how quick it is, is not asserted.
    """
    deadline = time.monotonic() + timeout_seconds
    pause = 0.005
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not hold within {timeout_seconds} s")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)


class Child:
    """One command that can be started, stopped and started again; its output goes to ``log``."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        user: str | None = None,
        cwd: Path | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self._command = [str(part) for part in command]
        self._log = log
        self._env = {**os.environ, **(env or {})}
        self._user = user
        self._cwd = cwd
        self._stop_signal = stop_signal
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Process id of the running child; RuntimeError when it is stopped."""
        if self._process is None:
            raise RuntimeError("the child is not running")
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, ready: Callable[[], bool], *, timeout_seconds: float = 180) -> None:
        """Returns when ``ready()`` holds; raises ChildFailed with the log's end when it never does."""
        if self.running:
            return
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._env,
                user=self._user,
                cwd=self._cwd,
            )
        atexit.register(self.stop)
        try:
            wait_until(lambda: not self.running or ready(), timeout_seconds=timeout_seconds, what="readiness")
        except TimeoutError as error:
            self.stop()
            raise ChildFailed(f"{self._command[0]} is not ready: {error}\n{self._log_end()}") from error
        if not self.running:
            self._process = None
            raise ChildFailed(f"{' '.join(self._command)} ended at once\n{self._log_end()}")

    def stop(self, *, patience_seconds: float = 10) -> None:
        """Ends the child (its stop signal, then KILL) and waits for it; harmless when stopped already."""
        process, self._process = self._process, None
        atexit.unregister(self.stop)
        if process is None:
            return
        process.send_signal(self._stop_signal)
        try:
            process.wait(patience_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _log_end(self) -> str:
        return self._log.read_text(errors="replace")[-4000:]
