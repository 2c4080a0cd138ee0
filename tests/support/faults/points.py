"""Where a process is struck, and how: the named points K0 to K11, any moment, a halt, a lost answer. Values only."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.support.faults.history import Kind

DESK = (Kind.ASK, Kind.ACCEPT, Kind.DECLINE, Kind.CANCEL)
"""Deeds with a transaction in the web process."""
WRITTEN = (*DESK, Kind.CONFIRM)
"""Deeds after which a worker writes to the calendar."""
READ = (Kind.CONFIRM, Kind.DELETE, Kind.DRAG, Kind.NOTE, Kind.ADD, Kind.EDIT, Kind.REMOVE, Kind.READ)
"""Deeds that have to be read from the calendar."""
ANY = (*DESK, *READ)


@dataclass(frozen=True, slots=True)
class Point:
    """``places``: failpoints with their action, one of which is armed; none: the harness strikes by other means."""

    name: str
    kinds: tuple[Kind, ...]
    places: tuple[str, ...] = ()

    def armed(self, chance: random.Random) -> str:
        """What stands in the file of the failpoints."""
        if not self.places:
            return ""
        return chance.choice(self.places).replace("SOON", f"{chance.uniform(0.0001, 0.004):.4f}")


POINTS: Mapping[str, Point] = {
    point.name: point
    for point in (
        Point("K0 before the transaction", DESK, ("desk.before_transaction=kill",)),
        Point("K1 before its commit", DESK, ("desk.before_commit=kill",)),
        Point("K2 before the bell", DESK, ("desk.after_commit=kill", "web.before_ring=kill")),
        Point("K3 before the answer", DESK, ("web.before_answer=kill",)),
        Point("K4 before the lease", ANY, ("worker.before_work=kill",)),
        Point("K5 before sending", WRITTEN, ("push.before_send=kill",)),
        Point("K6 sent, answer not read", WRITTEN),
        Point("K7 answer read, not stored", WRITTEN, ("push.before_confirm=kill",)),
        Point("K8 inside the commit", WRITTEN, ("push.inside_confirm=kill", "push.inside_confirm=kill:SOON")),
        Point("K8 inside the commit of a settled change", (Kind.CONFIRM, Kind.DELETE, Kind.DRAG),
              ("settle.before_close=kill", "settle.before_commit=kill", "settle.before_commit=kill:SOON")),
        Point("K9 before the job is done", ANY, ("worker.before_done=kill",)),
        Point("K10 between pages", READ, ("pull.between_pages=kill",)),
        Point("K11 before the cursor", READ, ("pull.before_cursor=kill",)),
        Point("any moment", ANY),
        Point("halted past its lease", WRITTEN, ("push.before_send=stop", "push.before_confirm=stop")),
        Point("answer lost", WRITTEN),
    )
}  # fmt: skip

HARNESS = ("K6 sent, answer not read", "any moment", "answer lost")
"""Those the harness carries out itself."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One deed with one fault. ``crossed``: somebody else does something at the same time."""

    kind: Kind
    point: Point
    crossed: bool
    seed: int


def plans(seed: int, number: int, points: Sequence[str] = (), kinds: Sequence[Kind] = ANY) -> list[Plan]:
    """As many of each point (or of those whose names begin so) as possible, in a random order, each with a deed of
    ``kinds`` that it can strike; the same for the same seed."""
    chance = random.Random(seed)
    deck: list[str] = []
    found = []
    for _ in range(number):
        if not deck:
            deck = [name for name in POINTS if not points or name.startswith(tuple(points))]
            chance.shuffle(deck)
        point = POINTS[deck.pop()]
        kind = chance.choice([kind for kind in point.kinds if kind in kinds])
        found.append(Plan(kind, point, chance.random() < _CROSSED, chance.randrange(2**31)))
    return found


_CROSSED = 0.3
