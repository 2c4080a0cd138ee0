"""The proof that the kill tests bite: without one of these guards they count what must never be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.support.faults.history import Kind
from tests.support.faults.runs import Run, Servers


@dataclass(frozen=True, slots=True)
class Control:
    """``shows``: the count that has to rise; ``points``: the faults that bring it out while clients ask."""

    shows: str
    points: tuple[str, ...]
    faults: int


CONTROLS: Mapping[str, Control] = {
    "a name of its own for each event": Control("duplicated", ("K6", "K7"), 4),
    "the kept answer of a key": Control("orphaned", ("K2", "K3"), 4),
}


def control(
    servers: Servers, guard: str, *, seed: int, told: Callable[[str], None] = lambda text: None
) -> int:
    """How often the count rose without this guard."""
    chosen = CONTROLS[guard]
    run = Run(
        servers, "sqlite", "radicale", chosen.faults, seed, lanes=1, without=guard, points=chosen.points,
        kinds=(Kind.ASK,), told=told,
    )  # fmt: skip
    return len(run().counts.findings()[chosen.shows])
