"""One world from its first reading to its last: deeds with a fault each, then quiet, then everything is counted."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

from tests.support.faults.checker import LIVE, count
from tests.support.faults.history import Booked, Counts, History, Kill, Kind, Op, Rows, Span
from tests.support.faults.people import People
from tests.support.faults.points import Plan, Point
from tests.support.faults.world import FORKED, World
from tests.support.tcp_proxy import CutAnswer, Pass

_TICK_SECONDS = 0.03
_STRIKE_SECONDS = 15.0
_QUIET_SECONDS = 0.15
_REST_SECONDS = 75.0
_HALT_SECONDS = 20.0
_LOOKS = 20
_TARGETS = {
    Kind.ACCEPT: ("pending",),
    Kind.DECLINE: ("pending",),
    Kind.CONFIRM: ("pending",),
    Kind.DRAG: ("accepted",),
    Kind.CANCEL: tuple(LIVE),
    Kind.DELETE: tuple(LIVE),
    Kind.NOTE: tuple(LIVE),
}


@dataclass
class Strike:
    """The fault of one deed. ``at`` is when it was seen to have struck, ``pid`` the process, if one was."""

    point: Point
    at: float | None = None
    pid: int | None = None


@dataclass
class Episode:
    """``run`` leaves the history in ``history``; ``struck`` is called for every fault that struck."""

    world: World
    chance: random.Random
    history: History = field(default_factory=History)
    struck: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self._people = People(self.world, self.chance)
        self._pool = ThreadPoolExecutor(1)
        self._taken: list[Span] = []

    def run(self, plans: list[Plan], enough: Callable[[], bool] = lambda: False) -> Counts:
        """Every plan; one whose fault found nothing to strike is done once more. ``enough`` ends it early."""
        for plan in plans:
            if enough():
                break
            if not self._play(plan):
                self._play(plan)
        return self.count()

    def count(self) -> Counts:
        """All is quiet, the calendar is read once more, as it is every few minutes, and everything is counted."""
        self._people.read()
        self._pool.shutdown()
        return count(self.history, self._rows_at_rest(), self.world.far.everything())

    def _rows_at_rest(self) -> Rows:
        """What the database holds; with unrest only if it never came to rest, for a poll may begin at any time."""
        for _ in range(_LOOKS):
            rested, rows = self._rest(), self.world.rows()
            if rested is None or not rows.unrest:
                break
        return rows

    def _play(self, plan: Plan) -> bool:
        """One deed; True if its fault struck."""
        deed = self._deed(plan.kind, self._target(plan.kind))
        crossing = self._crossing() if plan.crossed else None
        ops: list[Op] = []
        with self._armed(plan) as strike:
            other = None if crossing is None else self._pool.submit(crossing)
            ops.append(deed())
            if other is not None:
                ops.append(other.result())
            self._await_strike(strike)
        rested, left = self._rest_of(plan, strike)
        self._note(ops, rested)
        if strike.at is not None:
            recovered = None if rested is None else max(0.0, rested - strike.at)
            self.history.kills.append(Kill(plan.point.name, strike.at, recovered, left))
            self.struck()
        return strike.at is not None

    def _rest_of(self, plan: Plan, strike: Strike) -> tuple[float | None, tuple[str, ...]]:
        """When all was at rest, and what was left if that never came. Of a halted process, that is while it is halted,
        but on SQLite: whoever halts inside a transaction there keeps every writer out until it goes on."""
        halted = strike.pid is not None and plan.point.name.startswith("halted")
        on_sqlite = self.world.runtime.database.dialect == "sqlite"
        rested = self._rest(_HALT_SECONDS if halted and on_sqlite else _REST_SECONDS)
        if halted and strike.pid is not None:
            _send(strike.pid, signal.SIGCONT)
            again = self._rest()
            rested = again if rested is None and on_sqlite else rested if again is not None else None
        return rested, () if rested is not None else tuple(self.world.unrest())

    def _note(self, ops: list[Op], rested: float | None) -> None:
        for op in ops:
            self.history.ops.append(replace(op, settled=rested))
            if op.kind is Kind.ADD and op.span is not None and rested is not None:
                self._taken.append(op.span)

    # Deeds

    def _target(self, kind: Kind) -> Booked | None:
        """A booking this can be done to; made first, in peace, if there is none."""
        wanted = _TARGETS.get(kind)
        if wanted is None:
            return None
        while not (found := [row for row in self._bookings() if row.status in wanted]):
            ops = [self._people.ask(self._people.free())]
            self._rest()
            if "pending" not in wanted and ops[0].booking:
                ops.append(self._people.decide(Kind.ACCEPT, ops[0].booking))
            self._note(ops, self._rest())
        return self.chance.choice(found)

    def _bookings(self) -> list[Booked]:
        known = {op.booking for op in self.history.ops}
        rows = self.world.rows().requests
        return sorted((row for row in rows if row.id in known and not row.proposed), key=lambda row: row.span)

    def _deed(self, kind: Kind, target: Booked | None) -> Callable[[], Op]:
        people = self._people
        if kind is Kind.ASK:
            span = people.free()
            return lambda: people.ask(span)
        if kind is Kind.READ:
            return lambda: people.read(full=True)
        if target is None:
            return lambda: people.own(kind)
        if kind in (Kind.ACCEPT, Kind.DECLINE, Kind.CANCEL):
            return lambda: people.decide(kind, target.id)
        to = people.free() if kind is Kind.DRAG else None
        return lambda: people.in_calendar(kind, target.id, to)

    def _crossing(self) -> Callable[[], Op]:
        """What somebody else does at the same time: asks for a time that is gone, decides, edits."""
        people, spans = (
            self._people,
            [*self._taken, *(row.span for row in self._bookings() if row.status in LIVE)],
        )
        deeds: list[Callable[[], Op]] = [self._deed(Kind.ASK, None)]
        deeds += [
            lambda span=span: people.ask(span) for span in self.chance.sample(spans, min(2, len(spans)))
        ]
        for row in self._bookings()[:20]:
            if row.status == "pending":
                deeds.append(self._deed(self.chance.choice((Kind.ACCEPT, Kind.DECLINE, Kind.CONFIRM)), row))
            elif row.status == "accepted":
                deeds.append(self._deed(self.chance.choice((Kind.NOTE, Kind.CANCEL, Kind.DELETE)), row))
        return self.chance.choice(deeds)

    # Faults

    @contextmanager
    def _armed(self, plan: Plan) -> Iterator[Strike]:
        """The fault is laid; what it did is in the strike when the block ends, and nothing is left of it."""
        strike, chance, world = Strike(plan.point), random.Random(plan.seed), self.world
        timer = None
        if plan.point.name.startswith("K6"):
            world.far.proxy.set(CutAnswer(world.far.write_verbs, lambda: self._kill_owner(strike)), times=1)
        elif plan.point.name == "answer lost":
            world.far.proxy.set(CutAnswer(world.far.write_verbs, lambda: _struck(strike, None)), times=1)
        elif plan.point.name == "any moment":
            name = chance.choice(FORKED)
            timer = threading.Timer(chance.uniform(0, 0.3), lambda: _struck(strike, world.parts.kill(name)))
            timer.start()
        else:
            draft = world.armed.with_suffix(".draft")
            draft.write_text(plan.point.armed(chance), encoding="ascii")
            draft.rename(world.armed)
        try:
            yield strike
        finally:
            world.armed.unlink(missing_ok=True)
            self._look(strike)
            if timer is not None:
                timer.cancel()
                timer.join()
            if not plan.point.places and timer is None:
                world.far.proxy.set(Pass())

    def _kill_owner(self, strike: Strike) -> None:
        owner = self.world.owner()
        if owner is not None and self.world.parts.kill_pid(owner):
            _struck(strike, owner)

    def _await_strike(self, strike: Strike) -> None:
        """Until it struck, or nothing is left that it could strike."""
        end, quiet = time.monotonic() + _STRIKE_SECONDS, time.monotonic()
        while strike.at is None and time.monotonic() < end:
            self._look(strike)
            if not self.world.at_rest():
                quiet = time.monotonic()
            elif time.monotonic() - quiet > _QUIET_SECONDS:
                break
            time.sleep(_TICK_SECONDS)
        self._look(strike)

    def _look(self, strike: Strike) -> None:
        for path in self.world.folder.glob("armed.[0-9]*"):
            path.unlink()
            _struck(strike, int(path.suffix[1:]))

    def _rest(self, most_seconds: float = _REST_SECONDS) -> float | None:
        """When all was at rest; None if it did not come to that."""
        end = time.monotonic() + most_seconds
        while not self.world.at_rest():
            if time.monotonic() > end:
                return None
            time.sleep(_TICK_SECONDS)
        return time.monotonic()


def _struck(strike: Strike, pid: int | None) -> None:
    if strike.at is None:
        strike.at, strike.pid = time.monotonic(), pid


def _send(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
