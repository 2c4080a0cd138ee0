"""The coming week's hours as a drawing of seven columns. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from booking.epoch import day_start
from booking.practice import Provider
from booking.weekly import OfferedBlock, block_spans, override_of
from sync.model.moments import instant_to_wall

HEIGHT = 240
_DAY = timedelta(days=1)
_HOUR = 3_600_000_000
_USUAL = (8, 18)


@dataclass(frozen=True, slots=True)
class Column:
    """One local day; ``bars`` are y, height and whether clients may schedule themselves. ``ruled``: a date rules it."""

    day: date
    bars: tuple[tuple[int, int, bool], ...]
    blocks: tuple[OfferedBlock, ...]
    ruled: bool


@dataclass(frozen=True, slots=True)
class Week:
    """``hours``: full hours of the clock with their place; the drawing reaches from ``opens`` to ``closes`` o'clock."""

    columns: tuple[Column, ...]
    hours: tuple[tuple[int, int], ...]
    opens: int
    closes: int


def week(provider: Provider, *, now: datetime) -> Week:
    """Seven days from today on, in the provider's zone."""
    zone = provider.timezone
    first = instant_to_wall(now, zone).date()
    days = [first + index * _DAY for index in range(7)]
    by_day = {
        day: block_spans(provider.availability, provider.overrides, first=day, last=day, zone=zone)
        for day in days
    }
    clocks = [
        (block.start - day_start(day, zone), block.end - day_start(day, zone))
        for day, blocks in by_day.items()
        for block in blocks
    ]
    opens = min([_USUAL[0], *(start // _HOUR for start, _ in clocks)])
    closes = max([_USUAL[1], *(-(-end // _HOUR) for _, end in clocks)])

    def place(since: int) -> int:
        return round((since - opens * _HOUR) / ((closes - opens) * _HOUR) * HEIGHT)

    columns = []
    for day, blocks in by_day.items():
        midnight = day_start(day, zone)
        bars = tuple(
            (
                place(block.start - midnight),
                max(2, place(block.end - midnight) - place(block.start - midnight)),
                block.block.online,
            )
            for block in blocks
        )
        columns.append(Column(day, bars, tuple(blocks), override_of(provider.overrides, day) is not None))
    hours = tuple((place(hour * _HOUR), hour) for hour in range(opens, closes + 1, 2))
    return Week(tuple(columns), hours, opens, closes)
