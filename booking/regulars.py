"""Regulars: series in a provider's calendar that keep an online time for the same person, week after week."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from booking.holds import held_days, held_on
from booking.practice import Block, DateOverride, Hold
from booking.weekly import override_of, runs_on
from sync.model.event import Response, Series, Status, Transparency
from sync.model.moments import instant_to_wall
from sync.model.occurrences import Occurrence, occurrences
from sync.model.recurrence import BadRule, Frequency, parse_rule
from sync.model.timespan import TimeSpan

LOOKED_AHEAD = timedelta(days=182)
_LOOKED_BACK = timedelta(days=182)
_LEAST = 4
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pattern:
    """The wall clock a series keeps in the provider's zone, as a hold states it; ``times``: in a year around now."""

    days: frozenset[int]
    start: time
    end: time
    every_weeks: int
    from_date: date
    times: int

    def hold(self, name: str, client_id: str) -> Hold:
        """What protects it: kept for the client, until a hand or a cancelled occurrence releases one date."""
        return Hold(
            name, self.start, self.end, days=self.days, kept_for=(f"client:{client_id}",),
            from_date=self.from_date, every_weeks=self.every_weeks, by_page=True,
        )  # fmt: skip


class _Clock(NamedTuple):
    start: time
    end: time


def pattern_of(series: Series, *, read_in: str, zone: str, now: datetime) -> Pattern | None:
    """None unless it is Busy, repeats weekly or every two weeks, four times or more, and still does.

    ``read_in`` is the zone of its calendar, ``zone`` the provider's.
    """
    every_weeks = _every_weeks(series)
    if every_weeks is None:
        return None
    found = _happenings(series, read_in, TimeSpan(now - _LOOKED_BACK, now + LOOKED_AHEAD))
    local = [(_local(item.span.start, zone), _local(item.span.end, zone)) for item in found]
    local = [(start, end) for start, end in local if end - start < _DAY and (end.date() == start.date())]
    clocks = Counter(_Clock(start.time(), end.time()) for start, end in local)
    if not clocks:
        return None
    clock, times = clocks.most_common(1)[0]
    kept = [start.date() for start, end in local if _Clock(start.time(), end.time()) == clock]
    today = _local(now, zone).date()
    pattern = Pattern(
        frozenset(day.weekday() for day in kept), clock.start, clock.end, every_weeks, kept[0], times
    )
    stands = all(held_on(pattern.hold("", ""), day) for day in kept)
    return pattern if times >= _LEAST and stands and kept[-1] >= today else None


def is_offered(
    pattern: Pattern, blocks: Sequence[Block], overrides: Sequence[DateOverride], *, today: date
) -> bool:
    """True if each of its weekdays next lies inside a block that is online."""
    hold = pattern.hold("", "")
    ahead = [today + count * _DAY for count in range(7 * pattern.every_weeks + 7)]
    ahead = [day for day in ahead if held_on(hold, day) and override_of(overrides, day) is None]
    return bool(ahead) and all(
        any(block.online and runs_on(block, day) and _inside(pattern, block) for block in blocks)
        for day in ahead
    )


def same_time(pattern: Pattern, holds: Iterable[Hold]) -> bool:
    """True if one of the holds keeps this very time for a client already."""
    return any(
        hold.days >= pattern.days
        and (hold.start, hold.end) == (pattern.start, pattern.end)
        and any(word.startswith("client:") for word in hold.kept_for)
        for hold in holds
    )


def called_off(series: Series, hold: Hold, *, read_in: str, zone: str, now: datetime) -> frozenset[date]:
    """The held days ahead on which the series would happen, but was cancelled or moved away.

    Days after its end are none of them: a series that runs out, or is gone, leaves its time protected.
    """
    if series.master is None:
        return frozenset()
    window = TimeSpan(now, now + LOOKED_AHEAD)
    plain = replace(series, recurrence=replace(series.recurrence, excluded=()), overrides=())
    wide = window.widened(timedelta(days=1), timedelta(days=1))
    meant = _happenings(plain, read_in, wide)
    taking = _happenings(series, read_in, wide)
    first, last = _local(now, zone).date(), _local(window.end, zone).date()
    return frozenset(
        held.day
        for held in held_days(hold, first=first, last=last, zone=zone)
        if held.span.end > now
        and any(item.span.overlaps(held.span) for item in meant)
        and not any(item.span.overlaps(held.span) for item in taking)
    )


def _every_weeks(series: Series) -> int | None:
    event = series.master
    if event is None or series.problems or len(series.recurrence.rules) != 1:
        return None
    declined = event.own_response is Response.DECLINED
    if declined or event.transparency is not Transparency.OPAQUE or event.status is Status.CANCELLED:
        return None
    try:
        rule = parse_rule(series.recurrence.rules[0])
    except BadRule:
        return None
    return rule.interval if rule.frequency is Frequency.WEEKLY and rule.interval in (1, 2) else None


def _happenings(series: Series, read_in: str, window: TimeSpan) -> list[Occurrence]:
    found = occurrences(series, window=window, zone=read_in)
    return [item for item in found.items if _takes_time(item)] if found.complete else []


def _takes_time(item: Occurrence) -> bool:
    return item.certain and not item.all_day and item.event.transparency is Transparency.OPAQUE


def _inside(pattern: Pattern, block: Block) -> bool:
    return block.start <= pattern.start and (block.end == time(0) or pattern.end <= block.end)


def _local(moment: datetime, zone: str) -> datetime:
    return instant_to_wall(moment, zone)
