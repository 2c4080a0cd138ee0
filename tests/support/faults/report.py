"""What a run found, as lines of ``build/faults.json`` and as text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.faults.history import Kill
from tests.support.faults.runs import LEASE_SECONDS, Result

FILE = Path(__file__).parents[3] / "build" / "faults.json"
NAMED = tuple(f"K{number}" for number in range(12))
_REAL_LEASE = 30.0
_SLOWEST = 60.0


@dataclass(frozen=True)
class Line:
    count: str
    value: float
    bar: str
    holds: bool


def lines(where: str, result: Result, *, number: int) -> Iterator[Line]:
    """``where`` names database and remote; ``number``: how many faults were asked for."""
    struck = len(result.kills)
    yield Line(f"{where}: faults that struck", struck, f">= {number}", struck >= number)
    found = result.counts.findings()
    for name, told in found.items():
        yield Line(f"{where}: {name}", len(told), "0", not told)
    clean = not any(found.values())
    yield Line(f"{where}: 95% upper bound, a fault", round(3 / max(1, struck), 5), f"3/{struck}", clean)
    least = number // 20
    for point, strikes in sorted(
        result.per_point().items(), key=lambda item: (not item[0].startswith("K"), item)
    ):
        bar = f">= {least}" if point in NAMED else "counted"
        yield Line(f"{where}: struck at {point}", strikes, bar, point not in NAMED or strikes >= least)
    missing = [point for point in NAMED if point not in result.per_point()]
    for point in missing if least else ():
        yield Line(f"{where}: struck at {point}", 0, f">= {least}", False)
    # A killed worker's account is free a lease later, and the program's own is longer than that of these runs.
    yield from recovery(where, result.kills, most=_SLOWEST - _REAL_LEASE + LEASE_SECONDS)


def recovery(where: str, kills: Sequence[Kill], *, most: float = _SLOWEST) -> Iterator[Line]:
    times = sorted(float("inf") if kill.recovered is None else kill.recovered for kill in kills)
    if not times:
        return
    middle, late = times[len(times) // 2], times[min(len(times) - 1, len(times) * 99 // 100)]
    yield Line(f"{where}: recovery p50, s", round(middle, 2), "measured", True)
    yield Line(f"{where}: recovery p99, s", round(late, 2), f"<= {most:g}", late <= most)


def with_commands(where: str, result: Result) -> Iterator[Line]:
    """Of the episode with the real commands and the program's own lease."""
    where = f"{where}, real commands and lease"
    yield Line(f"{where}: faults that struck", len(result.kills), "counted", True)
    for name, told in result.counts.findings().items():
        yield Line(f"{where}: {name}", len(told), "0", not told)
    yield from recovery(where, result.kills)


def write(found: Sequence[Line]) -> None:
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(json.dumps([vars(line) for line in found], indent=1) + "\n", encoding="utf-8")


def told(line: Line) -> str:
    return f"{'holds' if line.holds else 'FAILS'}  {line.value:>9g}  {line.bar:<12} {line.count}"
