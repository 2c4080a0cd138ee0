"""Slots: the starts on the grids of the blocks that no rule forbids. Pure and exact; rows in, starts out."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from booking.access import admits
from booking.bars import Bar, merged_bars
from booking.epoch import day_start, instant, micros
from booking.ladder import Rule
from booking.obstacles import (
    ALIKE,
    MODAL,
    Question,
    bars_of,
    joinable,
    needs_room,
    room_bars,
    rooms_for,
    sits_in,
    suits,
)
from booking.practice import Mode
from booking.weekly import OfferedBlock
from booking.world import Asker, Room, World
from sync.model.timespan import TimeSpan

_TICK = timedelta(microseconds=1)

Modes = tuple[Mode, ...]
Key = tuple[Mode | None, str | None]
"""Starts under one key are forbidden alike: the mode and the location, where they matter."""


class Slot(NamedTuple):
    """A time on offer, in UTC; ``modes`` in the service's own order."""

    start: datetime
    end: datetime
    modes: Modes


@dataclass(frozen=True, slots=True)
class Placement:
    """How an offered start would be stored. ``session`` is the group to join, None for a sitting of its own."""

    span: TimeSpan
    mode: Mode
    session: str | None
    room: Room | None


def ask(world: World, *, service: str, client: Asker, window: TimeSpan, now: datetime) -> Question:
    """The question behind slots and explanations. A service the provider does not have raises ``KeyError``."""
    return Question(world, world.offers[service], client, window, micros(now))


def open_slots(
    world: World,
    *,
    service: str,
    client: Asker,
    window: TimeSpan,
    now: datetime,
    mode: Mode | None = None,
) -> list[Slot]:
    """Every start inside ``window`` (half-open) that this client may ask for now, ascending, one entry per start.

    ``mode`` narrows to one mode. A service the provider does not have raises ``KeyError``.
    """
    question = ask(world, service=service, client=client, window=window, now=now)
    length = question.offer.service.length
    return [
        Slot(begin := instant(start), begin + length, modes) for start, modes in open_starts(question, mode)
    ]


def open_starts(question: Question, mode: Mode | None = None) -> list[tuple[int, Modes]]:
    """The same as microseconds since 1970, without making a slot of each."""
    if not admits(question.world, question.offer, question.asker):
        return []
    service = question.offer.service
    wanted = [own for own in service.modes if mode in (None, own)]
    closed = _Closed(question)
    runs: list[tuple[range, Modes]] = []
    for block in question.blocks:
        if not block.block.online:
            continue
        for key, modes in _grouped(closed, block, [m for m in wanted if suits(block, question.offer, m)]):
            runs += [(run, modes) for run in _runs(question, block, *closed.bars(key, modes[0], block))]
    return _united(runs, service.modes)


def slot_at(
    world: World, *, service: str, client: Asker, start: datetime, now: datetime, mode: Mode | None = None
) -> Slot | None:
    """The slot that begins at exactly ``start``; None if it is not on offer."""
    window = TimeSpan(start, start + _TICK)
    return next(
        iter(open_slots(world, service=service, client=client, window=window, now=now, mode=mode)), None
    )


def placement(
    world: World, *, service: str, client: Asker, start: datetime, mode: Mode, now: datetime
) -> Placement | None:
    """Where an offered start would be put: the group to join, the room to claim. None if it is not on offer."""
    window = TimeSpan(start, start + _TICK)
    question = ask(world, service=service, client=client, window=window, now=now)
    if not open_starts(question, mode):
        return None
    at, offer = micros(start), question.offer
    session = joinable(question, mode).get(at)
    span = TimeSpan(start, start + offer.service.length)
    if not needs_room(offer, mode):
        return Placement(span, mode, session, None)
    blocks = standing_at(question, at, mode)
    rooms = [room for block in blocks for room in free_rooms(question, block, at, session)]
    room = max(rooms, key=lambda room: sits_in(room, session, at), default=None)
    return Placement(span, mode, session, room)


def standing_at(question: Question, at: int, mode: Mode, *, online: bool = True) -> list[OfferedBlock]:
    """The blocks that hold the whole service from this start, on their grid, in this mode."""
    return [
        block
        for block in question.blocks
        if block.start <= at
        and at + question.length <= block.end
        and (at - block.start) % question.step == 0
        and (block.block.online or not online)
        and suits(block, question.offer, mode)
    ]


def free_rooms(question: Question, block: OfferedBlock, at: int, session: str | None = None) -> list[Room]:
    """The rooms that could take a start in a block: free ones, and the one in which the group to join sits."""
    return [
        room
        for room in rooms_for(question.world, question.offer, block)
        if sits_in(room, session, at) or not any(low <= at < high for low, high in room_bars(room, question))
    ]


def nearest(slots: Iterable[Slot], wanted: datetime, *, limit: int = 3) -> list[Slot]:
    """The slots whose starts lie nearest to a time that is not free (of two as near the earlier), ascending."""
    by_distance = sorted(slots, key=lambda slot: (abs(slot.start - wanted), slot.start))
    return sorted(by_distance[:limit])


def window_of_dates(first: date, end: date, *, zone: str) -> TimeSpan:
    """The local days from ``first`` up to but without ``end``, which must lie after it (``ValueError``)."""
    return TimeSpan(instant(day_start(first, zone)), instant(day_start(end, zone)))


class _Closed:
    """The forbidden starts of one question, merged once per key."""

    def __init__(self, question: Question) -> None:
        self._question = question
        offer = question.offer
        self._modal = offer.service.capacity > 1 or bool(offer.rules.mode_gap)
        self._common: list[Bar] | None = None
        self._by_key: dict[Key, tuple[list[Bar], list[int]]] = {}

    def key(self, mode: Mode, block: OfferedBlock) -> Key:
        roomed = needs_room(self._question.offer, mode)
        return (mode if self._modal or roomed else None, block.block.location if roomed else None)

    def bars(self, key: Key, mode: Mode, block: OfferedBlock) -> tuple[list[Bar], list[int]]:
        """The bars and, to search in, their ends."""
        known = self._by_key.get(key)
        if known is None:
            own = [bar for rule in MODAL for bar in bars_of(rule, self._question, mode)]
            own += bars_of(Rule.ROOM, self._question, mode, block)
            bars = merged_bars(self._alike() + own) if own else self._alike()
            known = self._by_key[key] = (bars, [high for _, high in bars])
        return known

    def _alike(self) -> list[Bar]:
        if self._common is None:
            self._common = merged_bars(bar for forbids in ALIKE.values() for bar in forbids(self._question))
        return self._common


def _grouped(closed: _Closed, block: OfferedBlock, modes: Sequence[Mode]) -> list[tuple[Key, Modes]]:
    """The modes of a block, those together that are forbidden alike."""
    groups: dict[Key, Modes] = {}
    for mode in modes:
        key = closed.key(mode, block)
        groups[key] = (*groups.get(key, ()), mode)
    return list(groups.items())


def _runs(question: Question, block: OfferedBlock, bars: list[Bar], ends: list[int]) -> list[range]:
    """The free starts of one block's grid, as runs between the bars."""
    step, opens = question.step, question.opens
    start = block.start if opens <= block.start else _on_grid(opens, block.start, step)
    stop = min(block.end - question.length + 1, question.closes)
    runs = []
    index = bisect_right(ends, start)
    while start < stop:
        if index == len(bars) or bars[index][0] >= stop:
            runs.append(range(start, stop, step))
            break
        low, high = bars[index]
        if low > start:
            runs.append(range(start, low, step))
        start = _on_grid(high, block.start, step) if high > start else start
        index += 1
    return runs


def _on_grid(moment: int, anchor: int, step: int) -> int:
    """The first start at or after ``moment`` on the grid that begins at ``anchor``."""
    return moment + (anchor - moment) % step


def _united(runs: list[tuple[range, Modes]], order: Modes) -> list[tuple[int, Modes]]:
    """All starts ascending, once each; where blocks overlap, with the modes of all of them."""
    if all(first[0][-1] < second[0][0] for first, second in pairwise(runs)):
        return [(start, modes) for run, modes in runs for start in run]
    modes_at: dict[int, frozenset[Mode]] = {}
    for run, modes in runs:
        for start in run:
            modes_at[start] = modes_at.get(start, frozenset()).union(modes)
    return [(start, tuple(m for m in order if m in modes_at[start])) for start in sorted(modes_at)]
