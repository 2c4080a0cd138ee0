"""Starts that stay on offer while nothing but time changes, kept small; and what of them is on offer at a moment."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import heapify, heappop, heapreplace

from booking.availability import Modes, open_starts
from booking.bars import EVER
from booking.epoch import micros
from booking.holds import next_opening
from booking.notice import earliest_start, horizon_end
from booking.obstacles import PASSING, Question
from booking.practice import Mode
from booking.rules import Rules

_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Lasting:
    """One question's starts in ``[opens, closes)`` but for notice, horizon and freshness, good in ``[since, until)``.

    Instants are microseconds since 1970, but ``starts`` are seconds, ascending: five bytes a start in all. ``kinds``
    says for each which of ``modes`` it has.
    """

    opens: int
    closes: int
    since: int
    until: int
    starts: array[int]
    kinds: bytes
    modes: tuple[Modes, ...]

    def holds_at(self, now: int) -> bool:
        return self.since <= now < self.until

    def between(self, first: int, stop: int) -> range:
        """Indexes of the starts with ``first <= start < stop`` (seconds)."""
        low = bisect_left(self.starts, first)
        return range(low, max(low, bisect_left(self.starts, stop)))

    def at(self, indexes: range, mode: Mode | None = None) -> Iterator[tuple[int, Modes]]:
        """Starts in seconds with their modes; with ``mode`` those that can be had in it, in it alone."""
        modes: Sequence[Modes | None] = self.modes
        if mode is not None:
            modes = [(mode,) if mode in each else None for each in self.modes]
        part = slice(indexes.start, indexes.stop)
        found = (
            (start, modes[kind]) for start, kind in zip(self.starts[part], self.kinds[part], strict=True)
        )
        return ((start, each) for start, each in found if each is not None)


def lasting(question: Question) -> Lasting:
    """What of the question's window lasts. Its blocks begin on whole seconds, as wall clocks to the minute do."""
    found = open_starts(question, leaving_out=PASSING)
    modes = tuple(dict.fromkeys(found.values()))
    index = {each: number for number, each in enumerate(modes)}
    return Lasting(
        question.opens,
        question.closes,
        question.now_at,
        _until(question),
        # Unsigned and of four bytes: seconds until the year 2106.
        array("I", (start // _SECOND for start in found)),
        bytes(index[each] for each in found.values()),
        modes,
    )


class OfferedSpans:
    """From and up to when strangers may ask at ``now``, in seconds: the notice and the horizon.

    Providers mostly share their rules and zone, so each pair is worked out once.
    """

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._known: dict[tuple[object, int, str], tuple[int, int]] = {}

    def of(self, rules: Rules, zone: str) -> tuple[int, int]:
        terms = (rules.minimum_notice, rules.horizon_days, zone)
        found = self._known.get(terms)
        if found is None:
            earliest = micros(earliest_start(self._now, rules, zone=zone))
            latest = micros(horizon_end(self._now, rules, zone=zone))
            found = self._known[terms] = (-(-earliest // _SECOND), -(-latest // _SECOND))
        return found


def earliest(
    rows: Sequence[tuple[Lasting, int, int]], *, limit: int, mode: Mode | None = None
) -> list[tuple[int, int, Modes]]:
    """The first ``limit`` starts of all rows together: second, index of the row, modes; ascending.

    A row is what lasts, and from and up to when (seconds) it may be asked for.
    """
    heads = []
    for index, (kept, first, stop) in enumerate(rows):
        starts = kept.starts
        at = bisect_left(starts, first)
        if at < len(starts) and starts[at] < stop:
            heads.append((starts[at], index, at))
    heapify(heads)
    taken: list[tuple[int, int, Modes]] = []
    while heads and len(taken) < limit:
        start, index, at = heads[0]
        kept, _, stop = rows[index]
        modes = kept.modes[kept.kinds[at]]
        if mode is None or mode in modes:
            taken.append((start, index, modes if mode is None else (mode,)))
        at += 1
        if at < len(kept.starts) and kept.starts[at] < stop:
            heapreplace(heads, (kept.starts[at], index, at))
        else:
            heappop(heads)
    return taken


def _until(question: Question) -> int:
    """When time alone first changes the answer: a claim lapses, a stage of a hold opens."""
    world, now = question.world, question.now_at
    lapses = [row.until for row in world.bookings if row.until is not None and row.until > now]
    lapses += [
        use.until for room in world.rooms for use in room.uses if use.until is not None and use.until > now
    ]
    opening = next_opening(
        world.holds, world.releases, window=question.window, zone=world.zone, now=question.now
    )
    return min([*lapses, *([] if opening is None else [opening])], default=EVER)
