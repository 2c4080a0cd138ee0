"""Each rule of time, once: the starts it forbids.

Slots are what no rule forbids; an explanation asks each rule about one start.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from booking import access, notice
from booking.bars import EVER, Bar, clear_of, common_bars, merged_bars, widened, without
from booking.epoch import day_start, instant, local_days, micros, ticks
from booking.freshness import FreshnessState, state
from booking.holds import Held, active_holds
from booking.ladder import Rule
from booking.practice import ANY_ROOM, Block, Mode
from booking.weekly import OfferedBlock, Span, block_spans, monday_of, standing
from booking.world import Asker, Offer, Room, Taken, World
from sync.model.moments import instant_to_wall
from sync.model.timespan import TimeSpan

_ALWAYS: list[Bar] = [(-EVER, EVER)]
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Question:
    """One asker wants one service of one provider, for starts inside ``window``; made by ``ask``.

    ``now_at``, ``opens`` and ``closes`` (of the window) are microseconds since 1970; ``length``, ``before`` and
    ``after`` (the service's) and ``step`` (of the grid) are lengths in microseconds.
    """

    world: World
    offer: Offer
    asker: Asker
    window: TimeSpan
    now: datetime
    now_at: int
    opens: int
    closes: int
    length: int
    before: int
    after: int
    step: int

    @cached_property
    def bookings(self) -> list[Taken]:
        """What is held at this moment: lapsed rows hold nothing, whether or not they were cleared away."""
        return [row for row in self.world.bookings if row.until is None or row.until > self.now_at]

    @cached_property
    def blocks(self) -> list[OfferedBlock]:
        """All blocks of the window's local days, online or not, whatever they serve."""
        first, last = self._days
        world = self.world
        return block_spans(world.blocks, world.overrides, first=first, last=last, zone=world.zone)

    def standing(self) -> list[tuple[Block, list[Span]]]:
        """The same by block."""
        first, last = self._days
        calendar = local_days(first, (last - first).days + 1, self.world.zone)
        return standing(self.world.blocks, self.world.overrides, calendar)

    @property
    def _days(self) -> tuple[date, date]:
        """The local days that matter to the window, both inclusive."""
        zone = self.world.zone
        # A wall time in a gap before midnight is read as one of the next local day.
        first = instant_to_wall(self.window.start, zone).date() - _DAY
        return first, instant_to_wall(self.window.end, zone).date()

    def local_day(self, moment: int) -> date:
        return instant_to_wall(instant(moment), self.world.zone).date()


def bars_of(rule: Rule, question: Question, mode: Mode, block: Block | None = None) -> list[Bar]:
    """The starts a rule of time forbids in a mode, in any order; for rooms the block says at which location."""
    if rule is Rule.ROOM:
        return _room(question, mode, block)
    return MODAL[rule](question, mode) if rule in MODAL else ALIKE[rule](question)


def joinable(question: Question, mode: Mode) -> dict[int, str]:
    """Starts at which the asker would join a group's session that still has seats, with the session's name."""
    capacity = question.offer.service.capacity
    return {start: session for (session, start), count in _seats(question, mode).items() if count < capacity}


def places_left(question: Question, mode: Mode) -> dict[int, int]:
    """Starts at which the asker would join a group that has begun to fill, with how many places are left in it."""
    capacity = question.offer.service.capacity
    return {
        start: capacity - count for (_, start), count in _seats(question, mode).items() if count < capacity
    }


def _seats(question: Question, mode: Mode) -> dict[tuple[str, int], int]:
    """How many sit in each session of the group that others can join, by the session and its start."""
    service = question.offer.service
    if service.capacity == 1:
        return {}
    seats: dict[tuple[str, int], int] = defaultdict(int)
    for row in question.bookings:
        alike = (row.service, row.mode, row.end - row.start) == (service.code, mode, question.length)
        if alike and not row.moving:
            seats[row.session, row.start] += 1
    return seats


def suits(block: Block, offer: Offer, mode: Mode) -> bool:
    """True if the block serves this service in this mode, online or not."""
    served = block.services is None or offer.service.code in block.services
    return served and mode in block.modes and mode in offer.service.modes


def rooms_for(world: World, offer: Offer, block: Block | None) -> list[Room]:
    """The rooms the service could use: ``any`` or the named one, at the block's location if it has one."""
    place = block.location if block else None
    return [
        room
        for room in world.rooms
        if (place is None or room.location == place) and offer.service.room in (ANY_ROOM, room.name)
    ]


def room_bars(room: Room, question: Question) -> list[Bar]:
    """The starts at which the service would meet another use of the room."""
    return [
        clear_of(use.start, use.end, question.length)
        for use in room.uses
        if use.until is None or use.until > question.now_at
    ]


def sits_in(room: Room, session: str | None, start: int) -> bool:
    """True if the session that begins at ``start`` already has this room."""
    return any(use.session == session and use.start == start for use in room.uses)


def needs_room(offer: Offer, mode: Mode) -> bool:
    """A room is for people who meet in it."""
    return offer.service.room is not None and mode is Mode.IN_PERSON


def booking_bar(row: Taken, question: Question) -> Bar:
    """Two bookings keep max(after of the first, before of the second) apart, not the sum."""
    before, after = max(question.before, row.after), max(question.after, row.before)
    return clear_of(row.start, row.end, question.length, before=before, after=after)


def held_from(question: Question) -> list[Held]:
    """The held spans that keep this asker out of the window's starts, ascending."""
    world = question.world
    if not world.holds:
        return []
    window = question.window.widened(timedelta(0), question.offer.service.length)
    held = active_holds(world.holds, world.releases, window=window, zone=world.zone, now=question.now)
    return [span for span in held if not access.belongs(span.kept_for, question.asker)]


def sessions_by(question: Question, first_day: Callable[[date], date]) -> Mapping[date, set[str]]:
    """The sessions that start on each local day, or in each week, under the date ``first_day`` gives."""
    sessions: Mapping[date, set[str]] = defaultdict(set)
    for row in question.bookings:
        sessions[first_day(question.local_day(row.start))].add(row.session)
    return sessions


def mode_gap_bar(row: Taken, question: Question, mode: Mode) -> Bar | None:
    """The starts too near to a booking in another mode; None if the mode is the same."""
    gap = ticks(question.offer.rules.mode_gap)
    if not gap or row.mode == mode:
        return None
    return clear_of(row.start, row.end, question.length, before=gap, after=gap)


def _notice(question: Question) -> list[Bar]:
    earliest = notice.earliest_start(
        question.now,
        question.offer.rules,
        zone=question.world.zone,
        privilege=access.privilege_of(question.asker),
    )
    return [(-EVER, micros(earliest))]


def _horizon(question: Question) -> list[Bar]:
    end = notice.horizon_end(question.now, question.offer.rules, zone=question.world.zone)
    return [(micros(end), EVER)]


def _per_day(question: Question, mode: Mode) -> list[Bar]:
    return _full(question, mode, question.offer.rules.max_per_day, lambda day: day, _DAY)


def _per_week(question: Question, mode: Mode) -> list[Bar]:
    return _full(question, mode, question.offer.rules.max_per_week, monday_of, 7 * _DAY)


def _full(
    question: Question, mode: Mode, limit: int, first_day: Callable[[date], date], length: timedelta
) -> list[Bar]:
    """Whole local days or weeks with ``limit`` sessions that start in them; another seat in one of them is no more."""
    if not limit:
        return []
    zone = question.world.zone
    full = [first for first, held in sessions_by(question, first_day).items() if len(held) >= limit]
    bars = [(day_start(first, zone), day_start(first + length, zone)) for first in full]
    return without(bars, joinable(question, mode))


def _mode_gap(question: Question, mode: Mode) -> list[Bar]:
    if not question.offer.rules.mode_gap:
        return []
    bars = (mode_gap_bar(row, question, mode) for row in question.bookings)
    return [bar for bar in bars if bar is not None]


def _hold(question: Question) -> list[Bar]:
    return [clear_of(span.start, span.end, question.length) for span in held_from(question)]


def _room(question: Question, mode: Mode, block: Block | None) -> list[Bar]:
    """Starts at which none of the possible rooms is free."""
    if not needs_room(question.offer, mode):
        return []
    rooms = rooms_for(question.world, question.offer, block)
    none_free = _ALWAYS
    for room in rooms:
        none_free = common_bars(none_free, merged_bars(room_bars(room, question)))
    joins = joinable(question, mode).items()
    seated = [start for start, session in joins if any(sits_in(room, session, start) for room in rooms)]
    return without(none_free, seated)


def _freshness(question: Question) -> list[Bar]:
    known = state(question.world.freshness, now=question.now, rules=question.offer.rules)
    return _ALWAYS if known is FreshnessState.CLOSED else []


def _calendar(question: Question) -> list[Bar]:
    """Outside busy time keeps everyone away, soft busy time those whom no hold is for."""
    busy: Sequence[Bar] = question.world.busy
    if question.world.soft and not access.has_prime_time(question.world, question.asker):
        busy = sorted([*busy, *question.world.soft])
    # As clear_of has it.
    return widened(busy, question.length + question.after - 1, question.before)


def _booking(question: Question, mode: Mode) -> list[Bar]:
    joins = joinable(question, mode)
    bars: list[Bar] = []
    for row in question.bookings:
        bar = [booking_bar(row, question)]
        bars += without(bar, [row.start]) if joins.get(row.start) == row.session else bar
    return bars


ALIKE: Mapping[Rule, Callable[[Question], list[Bar]]] = {
    Rule.NOTICE: _notice,
    Rule.HORIZON: _horizon,
    Rule.HOLD: _hold,
    Rule.FRESHNESS: _freshness,
    Rule.CALENDAR: _calendar,
}
"""Rules that forbid the same starts in every mode."""

PASSING = frozenset({Rule.NOTICE, Rule.HORIZON, Rule.FRESHNESS})
"""Rules that move with every moment. They forbid all before one instant, all from another on, or everything."""

MODAL: Mapping[Rule, Callable[[Question, Mode], list[Bar]]] = {
    Rule.PER_DAY: _per_day,
    Rule.PER_WEEK: _per_week,
    Rule.MODE_GAP: _mode_gap,
    Rule.BOOKING: _booking,
}
"""Rules that may forbid other starts in another mode: where there is a mode gap, or a group to join.

They all speak of our own bookings: without one they forbid nothing.
"""
