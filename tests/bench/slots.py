"""Offered time, from rows in memory to starts: ours against portion, intervaltree and a bare loop.

python -m tests.bench.slots [--rounds 7]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import datetime

from booking.availability import ask, open_slots, open_starts
from booking.epoch import micros
from booking.world import Asker, World
from sync.model.timespan import TimeSpan
from tests.bench.measuring import alternately
from tests.bench.report import Line, publish
from tests.bench.slot_kept import kept_lines
from tests.bench.slot_peers import with_a_loop, with_intervaltree, with_portion
from tests.bench.slot_works import SERVICE, Calendar, Work, works

PEERS: dict[str, Callable[[Calendar], list[int]]] = {
    "portion": with_portion,
    "intervaltree": with_intervaltree,
    "bare loop": with_a_loop,
}
BARS = {("W1", "portion"): 1 / 40, ("W2", "portion"): 1 / 60, ("W1", "bare loop"): 1, ("W2", "bare loop"): 1}
ANYONE = Asker()


def main() -> None:
    options = argparse.ArgumentParser(description="Offered time against other means.")
    options.add_argument(
        "--rounds", type=int, default=7, help="at least five, so that a median means something"
    )
    rounds = max(5, options.parse_args().rounds)
    lines = [line for work in works().values() for line in measured(work, rounds)]
    lines += kept_lines(rounds)
    publish(
        "bench-slots",
        lines,
        packages=("portion", "intervaltree"),
        rounds=rounds,
        command=f"python -m tests.bench.slots --rounds {rounds}",
    )


def measured(work: Work, rounds: int) -> list[Line]:
    asked = [(calendar.world(), calendar.window, calendar.window.start) for calendar in work.calendars]
    _prove_equal(work, asked)
    timed: dict[str, Callable[[], object]] = {
        "starts": lambda: [_starts(*question) for question in asked],
        "slots": lambda: [_slots(*question) for question in asked],
    }
    for name, peer in PEERS.items():
        timed[name] = lambda peer=peer: [peer(calendar) for calendar in work.calendars]  # type: ignore[misc]
    found = alternately(timed, rounds)
    lines = [
        Line(
            f"{work.name} starts",
            work.rows,
            found["starts"],
            found[peer],
            peer,
            "ms",
            BARS.get((work.name, peer)),
        )
        for peer in PEERS
    ]
    # With an aware datetime for begin and end of each, which the peers do not make.
    lines.append(Line(f"{work.name} slots", work.rows, found["slots"], found["portion"], "portion", "ms"))
    return lines


def _starts(world: World, window: TimeSpan, now: datetime) -> object:
    return open_starts(ask(world, service=SERVICE.code, client=ANYONE, window=window, now=now))


def _slots(world: World, window: TimeSpan, now: datetime) -> object:
    return open_slots(world, service=SERVICE.code, client=ANYONE, window=window, now=now)


def _prove_equal(work: Work, asked: list[tuple[World, TimeSpan, datetime]]) -> None:
    """A quick answer that differs is worth nothing: all give the same starts, or nothing is measured."""
    for calendar, question in zip(work.calendars, asked, strict=True):
        world, window, now = question
        slots = open_slots(world, service=SERVICE.code, client=ANYONE, window=window, now=now)
        ours = [micros(slot.start) for slot in slots]
        for name, peer in PEERS.items():
            if peer(calendar) != ours:
                raise SystemExit(f"{work.name}: {name} does not give the starts that we give")


if __name__ == "__main__":
    main()
