"""Weekly blocks and their date overrides, from wall clock to instants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from booking.epoch import DAY, LocalDays, instant, local_days, since_midnight, wall_span
from booking.practice import Block, DateOverride
from sync.model.timespan import TimeSpan

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_FIRST_MONDAY = date(1970, 1, 5)
_EVERY_DAY = frozenset(range(7))

Span = tuple[int, int]
"""``[start, end)`` in microseconds since 1970."""


class OfferedBlock(NamedTuple):
    """One block on one local day: ``[start, end)`` in microseconds since 1970."""

    start: int
    end: int
    block: Block

    @property
    def span(self) -> TimeSpan:
        return TimeSpan(instant(self.start), instant(self.end))


def block_spans(
    blocks: Sequence[Block], overrides: Sequence[DateOverride], *, first: date, last: date, zone: str
) -> list[OfferedBlock]:
    """The blocks of the local days ``first`` to ``last`` (both inclusive), ascending by start, then end.

    Blocks that touch or overlap stay apart. A block's end of 00:00 is the midnight that ends its day. A wall time in
    a gap is read with the offset before it, an ambiguous one is the first; a block that is then empty is left out.
    """
    calendar = local_days(first, (last - first).days + 1, zone)
    stands = standing(blocks, overrides, calendar)
    found = [OfferedBlock(start, end, block) for block, spans in stands for start, end in spans]
    found.sort(key=itemgetter(0, 1))
    return found


def standing(
    blocks: Sequence[Block], overrides: Sequence[DateOverride], calendar: LocalDays
) -> list[tuple[Block, list[Span]]]:
    """The same by block: each with its spans, ascending. The windows of an override are blocks of their own."""
    ruling = _ruling(overrides, calendar)
    found = []
    for block in blocks:
        indexes = _indexes(block, calendar)
        if ruling:
            indexes = [index for index in indexes if index not in ruling]
        found.append((block, _spans(block, indexes, calendar)))
    for index, override in ruling.items():
        found += [(window, _spans(window, [index], calendar)) for window in _windows(override)]
    return found


def days(first: date, last: date) -> Iterator[date]:
    """Every date from ``first`` to ``last``, both inclusive."""
    day = first
    while day <= last:
        yield day
        day += _DAY


def monday_of(day: date) -> date:
    return day - day.weekday() * _DAY


def runs_on(block: Block, day: date) -> bool:
    """True if the block stands on this local date: weekday, from/until (both inclusive), every n weeks."""
    if day.weekday() not in block.days:
        return False
    if (block.from_date and day < block.from_date) or (block.until and day > block.until):
        return False
    return in_turn(day, block.from_date, block.every_weeks)


def in_turn(day: date, from_date: date | None, every_weeks: int) -> bool:
    """True if the week of ``day`` is one of every n, counted from the week of ``from_date``, else of 1970-01-05."""
    if every_weeks == 1:
        return True
    return (monday_of(day) - monday_of(from_date or _FIRST_MONDAY)) // _WEEK % every_weeks == 0


def override_of(overrides: Iterable[DateOverride], day: date) -> DateOverride | None:
    """The override that rules a date: the one over the fewest days, so that one date can be opened inside a closed
    range; of equally long ones the one stated last."""
    best: DateOverride | None = None
    for override in overrides:
        if override.first <= day <= override.last and (best is None or _length(override) <= _length(best)):
            best = override
    return best


def _length(override: DateOverride) -> timedelta:
    return override.last - override.first


def _ruling(overrides: Sequence[DateOverride], calendar: LocalDays) -> dict[int, DateOverride]:
    """The override that rules each day that has one, by the day's index in the calendar."""
    if not overrides:
        return {}
    ruled = ((index, override_of(overrides, calendar.day(index))) for index in range(calendar.size))
    return {index: override for index, override in ruled if override is not None}


def _indexes(block: Block, calendar: LocalDays) -> Sequence[int]:
    """The days on which a block stands, ascending, as indexes into the calendar."""
    found = _on_weekdays(block.days, calendar.first.weekday(), calendar.size)
    if block.from_date is None and block.until is None and block.every_weeks == 1:
        return found
    return [index for index in found if runs_on(block, calendar.day(index))]


@lru_cache(maxsize=512)
def _on_weekdays(weekdays: frozenset[int], first: int, count: int) -> tuple[int, ...]:
    """Which of ``count`` days in a row, the first on weekday ``first``, fall on these weekdays."""
    return tuple(index for index in range(count) if (first + index) % 7 in weekdays)


def _spans(block: Block, indexes: Sequence[int], calendar: LocalDays) -> list[Span]:
    midnights, uneven = calendar.midnights, calendar.uneven
    opens, closes = since_midnight(block.start), since_midnight(block.end) or DAY
    if not uneven or uneven.isdisjoint(indexes):
        return [(midnights[i] + opens, midnights[i] + closes) for i in indexes] if opens < closes else []
    spans = (wall_span(calendar.day(i), block.start, block.end, calendar.zone) for i in indexes)
    return [span for span in spans if span is not None]


def _windows(override: DateOverride) -> list[Block]:
    """A window names no modes, services or place: it is online, for every mode and service of the provider."""
    return [Block(_EVERY_DAY, window.start, window.end) for window in override.windows]
