"""Every opinion on one rule, in wall-clock time of no zone."""

from __future__ import annotations

import ctypes
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from sync.model.recurrence import parse_rule
from sync.model.starts import Meter, starts
from tests.support.expanders import literal
from tests.support.expanders.libical_child import LIBRARY
from tests.support.expanders.line_process import HERE, LineProcess

MOST = 200
"""Starts of one rule that are compared."""


@dataclass(frozen=True, slots=True)
class RuleCase:
    """A rule, its DTSTART, and how far it is followed."""

    rule: str
    first: datetime
    high: datetime

    @property
    def parts(self) -> dict[str, str]:
        return dict(part.split("=") for part in self.rule.split(";"))

    @property
    def bounded(self) -> str:
        """The rule with an end, for one that never comes true again is searched for as long as years last."""
        ends = {"COUNT", "UNTIL"} & self.parts.keys()
        return self.rule if ends else f"{self.rule};UNTIL={self.high:%Y%m%dT%H%M%S}"


Opinion = Callable[[RuleCase], list[datetime]]


def ours(case: RuleCase) -> list[datetime]:
    rule = parse_rule(case.rule)
    found = islice(starts(rule, case.first, case.first, case.high, Meter(5_000_000)), MOST)
    return [at for at in found if at == case.first or at <= _until(case)]


def _until(case: RuleCase) -> datetime:
    return literal.until_of(case.parts.get("UNTIL", "99990101"))


def by_the_text(case: RuleCase) -> list[datetime]:
    return literal.starts(case.rule, case.first, case.high, MOST)


@dataclass
class Child:
    """An expander in a process, and why it cannot be had here."""

    command: list[str]
    missing: str = ""
    process: LineProcess = field(init=False)

    def __post_init__(self) -> None:
        self.process = LineProcess(self.command)

    def __call__(self, case: RuleCase) -> list[datetime]:
        found = self.process.ask(
            op="rule", rule=case.bounded, start=case.first.isoformat(), high=case.high.isoformat()
        )
        return [datetime.fromisoformat(at) for at in found][:MOST]


def _node() -> str:
    node = shutil.which("node")
    if node is None:
        return "there is no node"
    return (
        ""
        if (HERE / "node_modules" / "ical.js").is_dir()
        else "ical.js is not installed (make expanders-tools)"
    )


def _libical() -> str:
    try:
        ctypes.CDLL(LIBRARY)
    except OSError:
        return "libical is not installed (on Debian: the package libical3)"
    return ""


DATEUTIL = Child([sys.executable, "dateutil_child.py"])
ICAL_JS = Child(["node", "ical_js.mjs"], _node())
LIBICAL = Child([sys.executable, "libical_child.py"], _libical())
LIBRARIES: dict[str, Opinion] = {"dateutil": DATEUTIL, "ical.js": ICAL_JS, "libical": LIBICAL}
MISSING = {
    name: child.missing for name, child in (("ical.js", ICAL_JS), ("libical", LIBICAL)) if child.missing
}
