"""Some days of a provider as a list by day, which a page shows as it is and a script draws as a calendar. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from booking.availability import window_of_dates
from booking.desk.weeks import WeekView
from booking.picture import Band, Layer
from booking.store.day import Booked
from sync.model.timespan import TimeSpan

_DAY = timedelta(days=1)
_LONG = timedelta(hours=12)
_USUAL = (8, 18)


@dataclass(frozen=True, slots=True)
class Item:
    """``kind``: block, offline, held, busy, pending, accepted, kept (put forward, or until a decision settles) or
    offered (to somebody on the waitlist). ``start`` and ``end`` are in the provider's zone."""

    kind: str
    start: datetime
    end: datetime
    of: Band | Booked | None = None


@dataclass(frozen=True, slots=True)
class PlanDay:
    """``items`` by start; the hours before what takes time in them."""

    day: date
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """``opens`` and ``closes`` are full hours of the clock between which there is something to see, at most 24."""

    days: tuple[PlanDay, ...]
    opens: int
    closes: int


def plan(view: WeekView) -> Plan:
    """What lies over several days stands on each of them, but a booking is on the day it begins."""
    zone = ZoneInfo(view.who.timezone)
    items = sorted(_items(view, zone), key=lambda item: (item.start, _GROUND.get(item.kind, 9), item.end))
    days = [view.first + index * _DAY for index in range(view.days)]
    found = tuple(PlanDay(day, tuple(item for item in items if item.start.date() == day)) for day in days)
    return Plan(found, *_extent(items))


_GROUND = {"block": 0, "offline": 1, "held": 2}


def _items(view: WeekView, zone: ZoneInfo) -> Iterator[Item]:
    for band in view.bands:
        if band.layer is not Layer.BOOKING:
            yield from _by_day(band.layer.value, band.span, view, zone, band)
    for span in view.offered:
        yield from _by_day("offered", span, view, zone, None)
    for booked in view.booked:
        kind = booked.status if booked.own else "kept"
        span = booked.span
        yield Item(kind, span.start.astimezone(zone), span.end.astimezone(zone), booked)


def _by_day(kind: str, span: TimeSpan, view: WeekView, zone: ZoneInfo, of: Band | None) -> Iterator[Item]:
    day = max(view.first, span.start.astimezone(zone).date())
    last = min(view.first + view.days * _DAY, span.end.astimezone(zone).date() + _DAY)
    while day < last:
        inside = span.clipped(window_of_dates(day, day + _DAY, zone=zone.key))
        if inside is not None:
            yield Item(kind, inside.start.astimezone(zone), inside.end.astimezone(zone), of)
        day += _DAY


def _extent(items: Iterable[Item]) -> tuple[int, int]:
    """What takes most of a day does not stretch it."""
    opens, closes = _USUAL
    for item in items:
        if item.kind == "busy" and item.end - item.start >= _LONG:
            continue
        opens = min(opens, item.start.hour)
        over = item.end.date() > item.start.date()
        closes = 24 if over else max(closes, item.end.hour + (item.end.minute > 0))
    return opens, closes
