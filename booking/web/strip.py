"""The hours around a request as a strip: where each thing lies, in units of a drawing 1000 wide."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sync.model.timespan import TimeSpan

WIDTH = 1000
_HOUR = timedelta(hours=1)
_SIDE = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class Bar:
    x: int
    width: int
    kind: str


@dataclass(frozen=True, slots=True)
class Strip:
    """``hours`` are the whole hours that begin inside, each with its place; they and ``ends`` are in the zone."""

    bars: tuple[Bar, ...]
    hours: tuple[tuple[int, datetime], ...]
    ends: datetime


def strip(asked: TimeSpan, others: Iterable[tuple[TimeSpan, str]], *, zone: str) -> Strip:
    """Whole hours from three before the request to three after it; ``others`` are spans with their kind."""
    own = ZoneInfo(zone)
    first = (asked.start - _SIDE).astimezone(own).replace(minute=0, second=0, microsecond=0)
    window = TimeSpan(first, _up_to_hour(asked.end + _SIDE, own))
    length = window.length

    def place(at: datetime) -> int:
        return round((at - window.start) / length * WIDTH)

    def bar(span: TimeSpan, kind: str) -> Bar | None:
        inside = span.clipped(window)
        if inside is None:
            return None
        return Bar(place(inside.start), max(4, place(inside.end) - place(inside.start)), kind)

    bars = [bar(span, kind) for span, kind in others] + [bar(asked, "asked")]
    hours = []
    at = window.start
    while at < window.end:
        hours.append((place(at), at.astimezone(own)))
        at += _HOUR
    return Strip(tuple(found for found in bars if found), tuple(hours), window.end.astimezone(own))


def _up_to_hour(at: datetime, zone: ZoneInfo) -> datetime:
    local = at.astimezone(zone)
    floor = local.replace(minute=0, second=0, microsecond=0)
    return floor if floor == local else floor + _HOUR
