"""One drawn case, put to everybody."""

from __future__ import annotations

from typing import Any

from tests.support.expanders import objects, rules
from tests.support.expanders.deviations import class_of
from tests.support.expanders.object_deviations import object_class_of
from tests.support.expanders.objects import ObjectCase
from tests.support.expanders.rules import RuleCase
from tests.support.expanders.tally import Tally

MISSING = rules.MISSING
"""What cannot be asked on this machine, and why."""


def _rule_class(library: str, case: RuleCase, _wanted: Any, _found: Any) -> str | None:
    row = class_of(library, case)
    return row.name if row else None


def _object_class(library: str, case: ObjectCase, wanted: Any, found: Any) -> str | None:
    row = object_class_of(library, case, wanted, found)
    return row.name if row else None


def rule_tally() -> Tally:
    return Tally("rules", _rule_class)


def object_tally() -> Tally:
    return Tally("whole series", _object_class)


def compare_rule(tally: Tally, case: RuleCase) -> None:
    libraries = {name: opinion for name, opinion in rules.LIBRARIES.items() if name not in MISSING}
    tally.take(case, rules.by_the_text(case), rules.ours(case), libraries)


def compare_object(tally: Tally, case: ObjectCase) -> None:
    libraries = {name: opinion for name, opinion in objects.LIBRARIES.items() if name not in MISSING}
    if case.changes:
        libraries.pop("libical", None)  # it knows no overrides
    tally.take(case, objects.by_the_text(case), objects.ours(case), libraries)


def close() -> None:
    for child in (rules.DATEUTIL, rules.ICAL_JS, rules.LIBICAL):
        child.process.close()
