"""Weekly blocks and their date overrides, from wall clock to instants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from booking.epoch import instant, wall_span
from booking.practice import Block, DateOverride
from sync.model.timespan import TimeSpan

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_FIRST_MONDAY = date(1970, 1, 5)
_EVERY_DAY = frozenset(range(7))


class OfferedBlock(NamedTuple):
    """One block on one local day: ``[start, end)`` in microseconds since 1970."""

    start: int
    end: int
    block: Block
    day: date

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
    found = [offered for day in days(first, last) for offered in _of_day(blocks, overrides, day, zone)]
    found.sort(key=lambda offered: offered[:2])
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
    if block.every_weeks == 1:
        return True
    return (monday_of(day) - monday_of(block.from_date or _FIRST_MONDAY)) // _WEEK % block.every_weeks == 0


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


def _of_day(
    blocks: Sequence[Block], overrides: Sequence[DateOverride], day: date, zone: str
) -> Iterator[OfferedBlock]:
    override = override_of(overrides, day) if overrides else None
    standing = [b for b in blocks if runs_on(b, day)] if override is None else _windows(override)
    for block in standing:
        span = wall_span(day, block.start, block.end, zone)
        if span is not None:
            yield OfferedBlock(span[0], span[1], block, day)


def _windows(override: DateOverride) -> list[Block]:
    """A window names no modes, services or place: it is online, for every mode and service of the provider."""
    return [Block(_EVERY_DAY, window.start, window.end) for window in override.windows]
