"""Named places where a test can make the program die, fail or dawdle; inert everywhere else.

``FREEHOLD_FAILPOINTS="mirror.after_push:2=kill,mail.sent=sleep:30"`` reads: die at the second passage of
``mirror.after_push`` in each process, and wait 30 s at every passage of ``mail.sent``.
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
    r"(?P<name>[a-z][a-z0-9_.]*)(:(?P<nth>[1-9]\d*))?=(?P<action>kill|raise|sleep:(?P<seconds>\d+(\.\d+)?))"
)
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

    def passed(self) -> None:
        with self.lock:
            self.passages += 1
            due = self.nth is None or self.passages == self.nth
        if not due:
            return
        if self.action == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.action == "raise":
            raise FailpointReached(self.name)
        time.sleep(self.seconds)


_armed: dict[str, _Armed] = {}


def failpoint(name: str) -> None:
    """Marks a place worth dying at. ``name`` is a literal, ``room.place``, for ``names_used`` to find."""
    armed = _armed.get(name)
    if armed is not None:
        armed.passed()


def arm(text: str) -> None:
    """Arms what ``text`` says and disarms all else; an empty text disarms everything.

    Raises ValueError, changing nothing, when the text is malformed. The settings allow it in tests only.
    """
    armed = _parsed(text)
    _armed.clear()
    _armed.update(armed)


def checked(text: str) -> str:
    """``text``, if ``arm`` would take it; else ValueError."""
    _parsed(text)
    return text


def _parsed(text: str) -> dict[str, _Armed]:
    armed: dict[str, _Armed] = {}
    for item in filter(None, (part.strip() for part in text.split(","))):
        match = _FORM.fullmatch(item)
        if match is None:
            raise ValueError(
                f"holds {item!r}, which is not a failpoint; write name[:nth]=kill|raise|sleep:SECONDS"
            )
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
