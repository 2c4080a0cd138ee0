"""The table that is printed and the file ``build/<name>.json`` beside it."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from tests.bench.measuring import Spread

_FOLDER = Path(__file__).parents[2] / "build"
_HEAD = ("work", "n", "ours", "(range)", "peer", "", "(range)", "ratio", "bar", "")


@dataclass(frozen=True, slots=True)
class Line:
    """Ours against one peer. ``bar`` is the highest ratio that holds; without one the line only informs."""

    name: str
    n: int
    ours: Spread
    peer: Spread
    peer_name: str
    unit: str
    bar: float | None = None

    @property
    def ratio(self) -> float:
        return self.ours.middle / self.peer.middle if self.peer.middle else float("inf")

    @property
    def holds(self) -> bool:
        return self.bar is None or self.ratio <= self.bar

    def document(self) -> dict[str, object]:
        return {
            "name": self.name,
            "n": self.n,
            "ours": _rounded(self.ours.middle),
            "peer": _rounded(self.peer.middle),
            "peer_name": self.peer_name,
            "ratio": _rounded(self.ratio),
            "unit": self.unit,
            "bar": None if self.bar is None else _rounded(self.bar),
            "holds": self.holds,
        }

    def cells(self) -> tuple[str, ...]:
        verdict = "" if self.bar is None else "met" if self.holds else "MISSED"
        return (
            self.name,
            f"{self.n:,}",
            f"{_shown(self.ours.middle)} {self.unit}",
            _range(self.ours),
            f"{_shown(self.peer.middle)} {self.unit}",
            self.peer_name,
            _range(self.peer),
            _shown(self.ratio),
            "" if self.bar is None else f"<= {_shown(self.bar)}",
            verdict,
        )


def publish(name: str, lines: Sequence[Line], *, packages: Sequence[str], rounds: int, command: str) -> None:
    """Print where and with what was measured, then the table; write the file. Medians of ``rounds`` rounds."""
    print(f"\n{command}")
    print(
        f"{_machine()}; Python {sys.version.split()[0]}; {', '.join(f'{p} {version(p)}' for p in packages)}"
    )
    print(f"medians and ranges of {rounds} rounds, ours and the peers alternately\n")
    _print_table([_HEAD, *(line.cells() for line in lines)])
    _FOLDER.mkdir(exist_ok=True)
    path = _FOLDER / f"{name}.json"
    path.write_text(json.dumps([line.document() for line in lines], indent=1) + "\n")
    barred = [line for line in lines if line.bar is not None]
    print(f"\n{sum(line.holds for line in barred)} of {len(barred)} bars met; written to build/{path.name}")


def _print_table(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _machine() -> str:
    return f"{platform.system()} {platform.machine()}, {_processor()}, {os.cpu_count()} cores"


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor() or "unknown processor"
    names = [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")]
    return names[0] if names else "unknown processor"


def _range(spread: Spread) -> str:
    return f"({_shown(spread.low)}-{_shown(spread.high)})"


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
