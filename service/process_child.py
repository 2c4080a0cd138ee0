"""One child process of ``freehold up``: how it is started, seen to have ended, and ended with all it started."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from service.lifeline import environment_of_child, tied_to_parent

# However often it dies, a child is back within 5 s.
_LONGEST_PAUSE_SECONDS = 4.0
_STEADY_SECONDS = 10.0


@dataclass(frozen=True)
class ChildSpec:
    """What to run for a role, and what its environment holds beside ours."""

    role: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)


class ProcessChild:
    """Leads a process group of its own, so that Ctrl-C reaches the parent alone and nothing of it is left behind."""

    def __init__(self, spec: ChildSpec) -> None:
        self.spec = spec
        self.restarts = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._due = 0.0
        self._quick_deaths = 0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    def start(self) -> None:
        self._started = time.monotonic()
        self._process = subprocess.Popen(
            list(self.spec.argv),
            stdin=subprocess.DEVNULL,
            stdout=2,  # a child has no answer to give; stdout is the command's
            env={**os.environ, **self.spec.env, **environment_of_child()},
            process_group=0,
            preexec_fn=tied_to_parent(),  # noqa: PLW1509  # it calls into the kernel only
        )

    def ended(self) -> int | None:
        """The exit code (negative: the signal) if it has ended since last asked, once; its leftovers are gone too."""
        process = self._process
        if process is None or os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return None
        _signal_group(
            process.pid, signal.SIGKILL
        )  # before the wait: until then nobody else can have the number
        code = process.wait()
        self._process = None
        self._plan_restart()
        return code

    def due(self) -> bool:
        """Whether it has ended and is to be started again now."""
        return self._process is None and time.monotonic() >= self._due

    def terminate(self) -> None:
        if self._process is not None and self.ended() is None:
            self._process.terminate()

    def kill(self) -> None:
        if self._process is not None:
            _signal_group(self._process.pid, signal.SIGKILL)

    def _plan_restart(self) -> None:
        """The first restart is prompt; one that keeps dying young waits 1, 2, 4, 4 ... seconds."""
        now = time.monotonic()
        self._quick_deaths = self._quick_deaths + 1 if now - self._started < _STEADY_SECONDS else 0
        pause = (
            0.0 if self._quick_deaths < 2 else min(2.0 ** (self._quick_deaths - 2), _LONGEST_PAUSE_SECONDS)
        )
        self._due = now + pause
        self.restarts += 1


def _signal_group(group: int, sent: signal.Signals) -> None:
    try:
        os.killpg(group, sent)
    except ProcessLookupError:
        return
