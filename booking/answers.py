"""Each rule's answer for one start: passed or not, by the same functions that make slots, and in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from booking import access, notice, phrases
from booking.epoch import instant
from booking.freshness import FreshnessState, state
from booking.ladder import Fact, Reason, Rule, Source
from booking.obstacles import (
    Question,
    bars_of,
    booking_bar,
    held_from,
    mode_gap_bar,
    rooms_for,
    sessions_by,
    suits,
)
from booking.practice import Mode
from booking.rules import Door
from booking.weekly import OfferedBlock, monday_of
from booking.world import DoorState
from sync.model.timespan import TimeSpan

_MINUTE = timedelta(minutes=1)
Facts = Mapping[str, Fact]


@dataclass(frozen=True)
class Case:
    """One start in one mode. ``block`` is the block that holds it, on its grid, for this service and mode."""

    question: Question
    at: int
    mode: Mode
    block: OfferedBlock | None
    sources: tuple[Source, ...]

    @cached_property
    def covering(self) -> list[OfferedBlock]:
        """All blocks that hold the whole service from this start, whatever they serve and wherever their grid lies."""
        end = self.at + self.question.length
        return [block for block in self.question.blocks if block.start <= self.at and end <= block.end]

    @property
    def now(self) -> datetime:
        return instant(self.question.now_at)

    def local(self, moment: int) -> datetime:
        return instant(moment).astimezone(ZoneInfo(self.question.world.zone))

    def free_of(self, rule: Rule) -> bool:
        """True if the rule of time does not forbid this start."""
        stated = self.block.block if self.block else None
        bars = bars_of(rule, self.question, self.mode, stated)
        return not any(low <= self.at < high for low, high in bars)


def answers(rule: Rule, case: Case) -> list[Reason]:
    """One reason, or one for each event that takes the time."""
    if rule is Rule.CALENDAR:
        return _calendar(case)
    if rule in access.ACCESS_RULES:
        return [_access(rule, case)]
    return [_OF_TIME[rule](case)]


def _reason(
    rule: Rule, passed: bool, facts: Facts, *, staff: str | None = None, source: Source | None = None
) -> Reason:
    words = phrases.WORDS[rule]
    told = staff or (words.passed if passed else words.failed)
    return Reason(rule, passed, told, phrases.CLIENT_PASSED if passed else words.client, facts, source)


def _access(rule: Rule, case: Case) -> Reason:
    question = case.question
    asker, offer = question.asker, question.offer
    passed = access.passes(rule, question.world, offer, asker)
    facts: dict[str, Fact] = {
        "status": access.status_of(asker).value,
        "statuses": ", ".join(sorted(offer.rules.client_statuses)),
        "privilege": access.privilege_of(asker).value,
        "providers": ", ".join(asker.providers),
        "service": offer.service.name,
        "count": asker.open_requests,
        "limit": offer.rules.open_requests_per_client,
    }
    staff = None
    if rule is Rule.SERVICE_ONLINE and not passed:
        staff = _service_closed(case)
    if rule is Rule.DOOR and isinstance(offer.rules.new_clients, Door) and asker.new:
        door = offer.rules.new_clients
        state = question.world.doors.get(door)
        if state is not None:
            staff = phrases.DOOR_OPEN if passed else phrases.DOOR_SHUT
            facts |= _door_facts(door, state)
    if rule is Rule.OPEN_REQUESTS and not offer.rules.open_requests_per_client:
        staff = phrases.NO_LIMIT
    return _reason(rule, passed, facts, staff=staff)


def _door_facts(door: Door, state: DoorState) -> dict[str, Fact]:
    return {
        "share": round(state.share * 100),
        "window": door.window,
        "below": round(door.open_below * 100),
        "above": round(door.close_above * 100),
    }


def _service_closed(case: Case) -> str | None:
    service = case.question.offer.service
    if not service.active:
        return phrases.SERVICE_INACTIVE
    return phrases.SERVICE_NOT_FOR_NEW if service.online else None


def _block_facts(case: Case, block: OfferedBlock | None) -> dict[str, Fact]:
    offer = case.question.offer
    facts: dict[str, Fact] = {
        "length": offer.service.length,
        "increment": offer.rules.increment,
        "mode": case.mode.value,
    }
    return (
        facts if block is None else facts | {"start": case.local(block.start), "end": case.local(block.end)}
    )


def _block_online(case: Case) -> Reason:
    """Asked of the block that holds the start; if none does, of those around it."""
    around = [case.block] if case.block else case.covering
    passed = not around or any(block.block.online for block in around)
    return _reason(Rule.BLOCK_ONLINE, passed, _block_facts(case, around[0] if around else None))


def _block(case: Case) -> Reason:
    if case.block is not None:
        return _reason(Rule.BLOCK, True, _block_facts(case, case.block))
    staff, block = _block_missed(case)
    return _reason(Rule.BLOCK, False, _block_facts(case, block), staff=staff)


def _block_missed(case: Case) -> tuple[str | None, OfferedBlock | None]:
    """The nearest miss: off the grid, then the wrong mode, then the wrong service, then no block at all."""
    offer, mode = case.question.offer, case.mode
    off_grid = next((block for block in case.covering if suits(block.block, offer, mode)), None)
    if off_grid is not None:
        return phrases.OFF_GRID, off_grid
    if mode not in offer.service.modes:
        return phrases.WRONG_MODE, None
    for block in case.covering:
        served = block.block.services is None or offer.service.code in block.block.services
        return (phrases.WRONG_MODE if served else phrases.WRONG_SERVICE), block
    return None, None


def _notice(case: Case) -> Reason:
    question = case.question
    zone, privilege = question.world.zone, access.privilege_of(question.asker)
    latest = notice.last_instant(instant(case.at), question.offer.rules, zone=zone, privilege=privilege)
    facts = {"latest": latest.astimezone(ZoneInfo(zone))}
    return _reason(Rule.NOTICE, case.free_of(Rule.NOTICE), facts)


def _horizon(case: Case) -> Reason:
    question = case.question
    last = question.local_day(question.now_at) + timedelta(days=question.offer.rules.horizon_days)
    return _reason(Rule.HORIZON, case.free_of(Rule.HORIZON), {"last": last})


def _per_day(case: Case) -> Reason:
    day = case.question.local_day(case.at)
    count = len(sessions_by(case.question, lambda day: day).get(day, ()))
    return _counted(Rule.PER_DAY, case, count, case.question.offer.rules.max_per_day)


def _per_week(case: Case) -> Reason:
    week = monday_of(case.question.local_day(case.at))
    count = len(sessions_by(case.question, monday_of).get(week, ()))
    return _counted(Rule.PER_WEEK, case, count, case.question.offer.rules.max_per_week)


def _counted(rule: Rule, case: Case, count: int, limit: int) -> Reason:
    staff = None if limit else phrases.NO_LIMIT
    return _reason(rule, case.free_of(rule), {"count": count, "limit": limit}, staff=staff)


def _mode_gap(case: Case) -> Reason:
    passed = case.free_of(Rule.MODE_GAP)
    bars = ((row, mode_gap_bar(row, case.question, case.mode)) for row in case.question.bookings)
    near = next((row for row, bar in bars if bar and bar[0] <= case.at < bar[1]), None)
    facts: dict[str, Fact] = {"gap": case.question.offer.rules.mode_gap}
    if near is not None:
        facts |= {"start": case.local(near.start), "end": case.local(near.end)}
    return _reason(Rule.MODE_GAP, passed, facts)


def _hold(case: Case) -> Reason:
    end = case.at + case.question.length
    held = next((span for span in held_from(case.question) if span.start < end and case.at < span.end), None)
    if held is None:
        return _reason(Rule.HOLD, case.free_of(Rule.HOLD), {})
    facts: Facts = {"hold": held.name, "start": case.local(held.start), "end": case.local(held.end)}
    return _reason(Rule.HOLD, case.free_of(Rule.HOLD), facts)


def _room(case: Case) -> Reason:
    passed = case.free_of(Rule.ROOM)
    stated = case.block.block if case.block else None
    rooms = rooms_for(case.question.world, case.question.offer, stated)
    staff = phrases.NO_SUCH_ROOM if not passed and not rooms else None
    return _reason(Rule.ROOM, passed, {"rooms": ", ".join(room.name for room in rooms)}, staff=staff)


def _freshness(case: Case) -> Reason:
    freshness, rules = case.question.world.freshness, case.question.offer.rules
    staff = None
    if freshness.counted == 0:
        staff = phrases.NO_CALENDARS
    elif freshness.checked_at is None:
        staff = phrases.NEVER_READ
    elif state(freshness, now=case.now, rules=rules) is FreshnessState.REQUEST_ONLY:
        staff = phrases.REQUEST_ONLY
    facts = {"age": _age(case, freshness.checked_at), "closed_after": rules.closed_after}
    return _reason(Rule.FRESHNESS, case.free_of(Rule.FRESHNESS), facts, staff=staff)


def _age(case: Case, checked_at: datetime | None) -> timedelta:
    """The age of a reading in whole minutes; nothing for one that never was."""
    return timedelta(0) if checked_at is None else (case.now - checked_at) // _MINUTE * _MINUTE


def _calendar(case: Case) -> list[Reason]:
    if case.free_of(Rule.CALENDAR):
        return [_reason(Rule.CALENDAR, True, {})]
    question = case.question
    service = question.offer.service
    reach = TimeSpan(instant(case.at), instant(case.at) + service.length).widened(
        service.buffer_before, service.buffer_after
    )
    bookable = access.has_prime_time(question.world, question.asker)
    striking = [
        source
        for source in case.sources
        if source.start < reach.end and reach.start < source.end and not (source.soft and bookable)
    ]
    if not striking:
        return [_reason(Rule.CALENDAR, False, {}, staff=phrases.UNKNOWN_EVENT)]
    return [_taken_by(source, case) for source in sorted(striking, key=lambda source: source.start)]


def _taken_by(source: Source, case: Case) -> Reason:
    zone = ZoneInfo(case.question.world.zone)
    facts: dict[str, Fact] = {
        "calendar": source.calendar,
        "start": source.start.astimezone(zone),
        "end": source.end.astimezone(zone),
        "age": _age(case, source.checked_at),
    }
    if source.title is None:
        return _reason(Rule.CALENDAR, False, facts, staff=phrases.UNNAMED_EVENT, source=source)
    return _reason(Rule.CALENDAR, False, facts | {"title": source.title}, source=source)


def _booking(case: Case) -> Reason:
    passed = case.free_of(Rule.BOOKING)
    near = (row for row in case.question.bookings if _strikes(booking_bar(row, case.question), case.at))
    row = None if passed else next(near, None)
    facts: Facts = {} if row is None else {"start": case.local(row.start), "end": case.local(row.end)}
    return _reason(Rule.BOOKING, passed, facts)


def _strikes(bar: tuple[int, int], at: int) -> bool:
    return bar[0] <= at < bar[1]


_OF_TIME: Mapping[Rule, Callable[[Case], Reason]] = {
    Rule.BLOCK_ONLINE: _block_online,
    Rule.BLOCK: _block,
    Rule.NOTICE: _notice,
    Rule.HORIZON: _horizon,
    Rule.PER_DAY: _per_day,
    Rule.PER_WEEK: _per_week,
    Rule.MODE_GAP: _mode_gap,
    Rule.HOLD: _hold,
    Rule.ROOM: _room,
    Rule.FRESHNESS: _freshness,
    Rule.BOOKING: _booking,
}
