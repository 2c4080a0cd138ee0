"""Slots: the starts on the grids of the blocks that no rule forbids. Pure and exact; rows in, starts out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from booking.access import admits
from booking.bars import EVER, Bar, free_starts, merged_bars
from booking.epoch import day_start, instant, micros, ticks
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
from booking.practice import Block, Mode
from booking.weekly import OfferedBlock, Span
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
    offer = world.offers[service]
    return Question(
        world,
        offer,
        client,
        window,
        now,
        now_at=micros(now),
        opens=micros(window.start),
        closes=micros(window.end),
        length=ticks(offer.service.length),
        before=ticks(offer.service.buffer_before),
        after=ticks(offer.service.buffer_after),
        step=ticks(offer.rules.increment),
    )


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
        Slot(begin := instant(start), begin + length, modes)
        for start, modes in open_starts(question, mode).items()
    ]


def open_starts(
    question: Question, mode: Mode | None = None, *, leaving_out: Collection[Rule] = ()
) -> dict[int, Modes]:
    """The same as microseconds since 1970 with their modes, ascending, without making a slot of each.

    ``leaving_out``: rules of ``obstacles.ALIKE`` that are not asked.
    """
    if not admits(question.world, question.offer, question.asker):
        return {}
    service = question.offer.service
    wanted = [own for own in service.modes if mode in (None, own)]
    closed = _Closed(question, leaving_out)
    found: dict[Modes, list[int]] = {}
    for block, spans in question.standing():
        if not block.online:
            continue
        for key, modes in _grouped(closed, block, [m for m in wanted if suits(block, question.offer, m)]):
            bars = closed.bars(key, modes[0], block)
            found.setdefault(modes, []).extend(closed.free(spans, bars))
    return _united(found, service.modes)


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
    rooms = [room for block in blocks for room in free_rooms(question, block.block, at, session)]
    room = max(rooms, key=lambda room: sits_in(room, session, at), default=None)
    return Placement(span, mode, session, room)


def seating(
    world: World, *, service: str, client: Asker, start: datetime, mode: Mode, now: datetime, room: str | None
) -> Placement | None:
    """Where a start would be put that staff choose at any minute; ``room`` is kept if it is free. None: no room is."""
    question = ask(world, service=service, client=client, window=TimeSpan(start, start + _TICK), now=now)
    at, offer = micros(start), question.offer
    session = joinable(question, mode).get(at)
    span = TimeSpan(start, start + offer.service.length)
    if not needs_room(offer, mode):
        return Placement(span, mode, session, None)
    rooms = free_rooms(question, None, at, session)
    best = max(rooms, key=lambda each: (sits_in(each, session, at), each.key == room), default=None)
    return None if best is None else Placement(span, mode, session, best)


def standing_at(question: Question, at: int, mode: Mode, *, online: bool = True) -> list[OfferedBlock]:
    """The blocks that hold the whole service from this start, on their grid, in this mode."""
    return [
        block
        for block in question.blocks
        if block.start <= at
        and at + question.length <= block.end
        and (at - block.start) % question.step == 0
        and (block.block.online or not online)
        and suits(block.block, question.offer, mode)
    ]


def free_rooms(question: Question, block: Block | None, at: int, session: str | None = None) -> list[Room]:
    """The rooms that could take a start in a block: free ones, and the one in which the group to join sits.

    Without a block those of all locations.
    """
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
    """The forbidden starts of one question, merged once per key. All that is open lies in ``[first, stop)``."""

    def __init__(self, question: Question, leaving_out: Collection[Rule] = ()) -> None:
        self._question = question
        offer = question.offer
        self._modal = offer.service.capacity > 1 or bool(offer.rules.mode_gap)
        self._by_key: dict[Key, list[Bar]] = {}
        self.first, self.stop = question.opens, question.closes
        self._alike: list[Bar] = []
        for rule, forbids in ALIKE.items():
            # Merged already, and by far the most.
            if rule is not Rule.CALENDAR and rule not in leaving_out:
                self._take(forbids(question))
        busy = ALIKE[Rule.CALENDAR](question)
        self._alike = merged_bars(busy + self._alike) if self._alike else busy

    def key(self, mode: Mode, block: Block) -> Key:
        roomed = needs_room(self._question.offer, mode)
        return (mode if self._modal or roomed else None, block.location if roomed else None)

    def bars(self, key: Key, mode: Mode, block: Block) -> list[Bar]:
        bars = self._by_key.get(key)
        if bars is None:
            own = []
            if self._question.bookings:
                own = [bar for forbids in MODAL.values() for bar in forbids(self._question, mode)]
            own += bars_of(Rule.ROOM, self._question, mode, block)
            bars = self._by_key[key] = merged_bars(self._alike + own) if own else self._alike
        return bars

    def free(self, spans: list[Span], bars: list[Bar]) -> list[int]:
        question = self._question
        return free_starts(
            spans, bars, step=question.step, first=self.first, stop=self.stop, length=question.length
        )

    def _take(self, bars: list[Bar]) -> None:
        """A bar without end on one side only narrows what is open."""
        for low, high in bars:
            if low == -EVER:
                self.first = max(self.first, high)
            elif high == EVER:
                self.stop = min(self.stop, low)
            else:
                self._alike.append((low, high))


def _grouped(closed: _Closed, block: Block, modes: Sequence[Mode]) -> list[tuple[Key, Modes]]:
    """The modes of a block, those together that are forbidden alike."""
    groups: dict[Key, Modes] = {}
    for mode in modes:
        key = closed.key(mode, block)
        groups[key] = (*groups.get(key, ()), mode)
    return list(groups.items())


def _united(found: dict[Modes, list[int]], order: Modes) -> dict[int, Modes]:
    """All starts ascending; where blocks overlap, with the modes of all of them."""
    if len(found) == 1:
        ((modes, starts),) = found.items()
        return dict.fromkeys(sorted(starts), modes)
    modes_at: dict[int, frozenset[Mode]] = {}
    for modes, starts in found.items():
        for start in starts:
            modes_at[start] = modes_at.get(start, frozenset()).union(modes)
    return {start: tuple(m for m in order if m in modes_at[start]) for start in sorted(modes_at)}
