"""Who agreed with the text how often, and in which known class each disagreement falls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.expanders.line_process import NoAnswer

Opinion = Callable[[Any], Any]
Classify = Callable[[str, Any, Any, Any], str | None]


@dataclass
class Tally:
    """The opinions of one kind of case. ``wrong`` are cases where ours is not what the text says."""

    kind: str
    classify: Classify
    cases: int = 0
    wrong: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    agreed: Counter[str] = field(default_factory=Counter)
    silent: Counter[str] = field(default_factory=Counter)
    classes: Counter[tuple[str, str]] = field(default_factory=Counter)

    def take(self, case: Any, wanted: Any, ours: Any, libraries: Mapping[str, Opinion]) -> None:
        self.cases += 1
        if ours != wanted:
            self.wrong.append(f"{case}: wanted {wanted}, ours {ours}")
        for name, opinion in libraries.items():
            self._compare(name, case, wanted, opinion)

    def _compare(self, name: str, case: Any, wanted: Any, opinion: Opinion) -> None:
        try:
            found = opinion(case)
        except NoAnswer:
            self.silent[name] += 1
            return
        if found == wanted:
            self.agreed[name] += 1
            return
        known = self.classify(name, case, wanted, found)
        self.classes[name, known or "(in no known class)"] += 1
        if known is None:
            self.unknown.append(f"{name}: {case}: wanted {wanted}, found {found}")

    def table(self) -> str:
        names = sorted(self.agreed | self.silent | Counter(name for name, _ in self.classes))
        lines = [f"{self.kind}: {self.cases} cases, ours wrong {len(self.wrong)}"]
        for name in names:
            other = sum(number for (library, _), number in self.classes.items() if library == name)
            lines.append(
                f"  {name:22} agrees {self.agreed[name]:6}  differs {other:6}  no answer {self.silent[name]:6}"
            )
            lines += [
                f"      {number:6}  {what}"
                for (library, what), number in self.classes.most_common()
                if library == name
            ]
        return "\n".join(lines)
