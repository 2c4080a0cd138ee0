"""Named places where a test can make the program die, fail or dawdle; inert everywhere else.

``FREEHOLD_FAILPOINTS="mirror.after_push:2=kill,mail.sent=sleep:30"`` reads: die at the second passage of
``mirror.after_push`` in each process, and wait 30 s at every passage of ``mail.sent``. ``kill:0.01`` dies that many
seconds after the passage, wherever the program is by then; ``stop`` halts the process until it is sent SIGCONT.

``FREEHOLD_FAILPOINTS=@FILE`` arms a running program: what stands in the file holds as long as it is there. The first
process to be struck takes the file away, as ``FILE.PID``, so that one process is struck, once.
"""

import os
import re
import signal
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

_FORM = re.compile(
    r"(?P<name>[a-z][a-z0-9_.]*)(:(?P<nth>[1-9]\d*))?="
    r"(?P<action>kill|stop|raise|(kill|sleep):(?P<seconds>\d+(\.\d+)?))"
)
_FORMS = "name[:nth]=kill|kill:SECONDS|stop|raise|sleep:SECONDS"
_CALL = re.compile(r"""\bfailpoint\(\s*["']([a-z][a-z0-9_.]*)["']""")


class FailpointReached(RuntimeError):
    """Raised where a test asked for it."""


@dataclass
class _Armed:
    name: str
    action: str
    seconds: float
    nth: int | None
    passages: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def is_due(self) -> bool:
        """Counts a passage; True if this one is to be struck."""
        with self.lock:
            self.passages += 1
            return self.nth is None or self.passages == self.nth

    def strike(self) -> None:
        if self.action == "kill" and self.seconds:
            threading.Timer(self.seconds, _send_itself, [signal.SIGKILL]).start()
        elif self.action == "kill":
            _send_itself(signal.SIGKILL)
        elif self.action == "stop":
            _send_itself(signal.SIGSTOP)
        elif self.action == "raise":
            raise FailpointReached(self.name)
        else:
            time.sleep(self.seconds)


class _File:
    """What is armed by a file, until somebody takes it away."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._version: tuple[int, int] | None = None
        self._armed: dict[str, _Armed] = {}
        self._lock = threading.Lock()

    def find(self, name: str) -> _Armed | None:
        """What is armed at ``name`` now. A file that was put there anew is read anew, and counts from its start."""
        with self._lock:
            try:
                found = self._path.stat()
                if self._version != (found.st_ino, found.st_mtime_ns):
                    self._armed = _parsed(self._path.read_text(encoding="ascii"))
                    self._version = (found.st_ino, found.st_mtime_ns)
            except FileNotFoundError:
                return None
            return self._armed.get(name)

    def take(self) -> bool:
        """True for the one process that takes the file away."""
        try:
            self._path.rename(self._path.with_name(f"{self._path.name}.{os.getpid()}"))
        except FileNotFoundError:
            return False
        return True


_armed: dict[str, _Armed] = {}
_file: _File | None = None


def failpoint(name: str) -> None:
    """Marks a place worth dying at. ``name`` is a literal, ``room.place``, for ``names_used`` to find."""
    armed = _armed.get(name) if _file is None else _file.find(name)
    if armed is not None and armed.is_due() and (_file is None or _file.take()):
        armed.strike()


def arm(text: str) -> None:
    """Arms what ``text`` says and disarms all else; an empty text disarms everything.

    Raises ValueError, changing nothing, when the text is malformed. The settings allow it in tests only.
    """
    global _file  # noqa: PLW0603 - one switch for the whole process, set once at start
    armed = {} if text.startswith("@") else _parsed(text)
    _file = _File(Path(text[1:])) if text.startswith("@") else None
    _armed.clear()
    _armed.update(armed)


def checked(text: str) -> str:
    """``text``, if ``arm`` would take it; else ValueError."""
    if not text.startswith("@"):
        _parsed(text)
    return text


def _send_itself(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)


def _parsed(text: str) -> dict[str, _Armed]:
    armed: dict[str, _Armed] = {}
    for item in filter(None, (part.strip() for part in text.split(","))):
        match = _FORM.fullmatch(item)
        if match is None:
            raise ValueError(f"holds {item!r}, which is not a failpoint; write {_FORMS}, or @FILE")
        armed[match["name"]] = _Armed(
            name=match["name"],
            action=match["action"].partition(":")[0],
            seconds=float(match["seconds"] or 0),
            nth=int(match["nth"]) if match["nth"] else None,
        )
    return armed


def names_used(*roots: Path) -> frozenset[str]:
    """Every name passed to ``failpoint`` in the Python files under ``roots``."""
    return frozenset(_names_in(path for root in roots for path in root.rglob("*.py")))


def _names_in(paths: Iterable[Path]) -> Iterable[str]:
    for path in paths:
        yield from _CALL.findall(path.read_text(encoding="utf-8"))
