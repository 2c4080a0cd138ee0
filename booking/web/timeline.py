"""A day's picture as a drawing: hours down the side, layers in the middle, times to ask for beside them. Pure.

Lengths down are pixels, lengths across per cent, so that it fits any width without a script.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from booking.picture import Band, Candidate, Layer, Picture
from booking.store.day import Booked
from sync.model.timespan import TimeSpan

_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
_LONG = timedelta(hours=12)
_LEAST, _MOST = 56, 112
"""Pixels an hour."""
_TOUCH = 26
"""Pixels that one time should have."""
_NO_BLOCKS = (8, 18)
"""Local hours that are shown when nothing stands in the day."""


@dataclass(frozen=True, slots=True)
class Shape:
    """``x`` and ``width`` in per cent, ``y`` and ``height`` in pixels; ``of`` is what it stands for."""

    kind: str
    x: float
    width: float
    y: int
    height: int
    of: Band | Booked | None = None


@dataclass(frozen=True, slots=True)
class Strip:
    """One time to ask for; ``span`` is in the zone."""

    y: int
    height: int
    start: datetime
    end: datetime
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class Timeline:
    """``hours`` are full hours with their place; ``now`` is where the present is, if it is in sight."""

    height: int
    hours: tuple[tuple[int, datetime], ...]
    shapes: tuple[Shape, ...]
    strips: tuple[Strip, ...]
    now: int | None


def timeline(picture: Picture, booked: Sequence[Booked], *, now: datetime) -> Timeline:
    zone = ZoneInfo(picture.zone)
    shown = _extent(picture, booked)
    scale = _scale(picture.candidates)

    def place(at: datetime) -> int:
        return round((at - shown.start) / _HOUR * scale)

    def shape(
        kind: str, span: TimeSpan, of: Band | Booked | None, x: float = 0, width: float = 100
    ) -> Shape | None:
        inside = span.clipped(shown)
        if inside is None:
            return None
        y = place(inside.start)
        return Shape(kind, x, width, y, max(2, place(inside.end) - y), of)

    ground = [shape(band.layer.value, band.span, band) for band in picture.bands if band.layer in _GROUND]
    taken = [
        shape(kind, span, of, 100 * lane / lanes, 100 / lanes)
        for kind, span, of, lane, lanes in _in_lanes(_taken(picture, booked))
    ]
    hours = []
    at = shown.start
    while at <= shown.end:
        hours.append((place(at), at.astimezone(zone)))
        at += _HOUR
    return Timeline(
        height=place(shown.end),
        hours=tuple(hours),
        shapes=tuple(found for found in [*ground, *taken] if found),
        strips=tuple(_strips(picture.candidates, zone, place)),
        now=place(now) if shown.holds(now) else None,
    )


_GROUND = (Layer.BLOCK, Layer.OFFLINE, Layer.BUFFER, Layer.HELD)


def _extent(picture: Picture, booked: Sequence[Booked]) -> TimeSpan:
    """Full hours around all there is; what takes most of a day does not stretch it."""
    spans = [band.span for band in picture.bands if band.layer is not Layer.BUSY or band.span.length < _LONG]
    spans += [inside for each in booked if (inside := each.span.clipped(picture.window))]
    if not spans:
        first, last = (picture.window.start + hour * _HOUR for hour in _NO_BLOCKS)
    else:
        first, last = min(span.start for span in spans), max(span.end for span in spans)
    start = picture.window.start + (first - picture.window.start) // _HOUR * _HOUR
    end = picture.window.start - (picture.window.start - last) // _HOUR * _HOUR
    return TimeSpan(start, max(min(end, picture.window.end), start + _HOUR))


def _scale(candidates: Sequence[Candidate]) -> float:
    starts = [candidate.span.start for candidate in candidates]
    gaps = [(later - first) / _MINUTE for first, later in pairwise(starts)]
    least = min(gaps, default=60.0)
    return max(_LEAST, min(_MOST, _TOUCH * 60 / least))


def _strips(
    candidates: Sequence[Candidate], zone: ZoneInfo, place: Callable[[datetime], int]
) -> Iterator[Strip]:
    for index, candidate in enumerate(candidates):
        start, end = candidate.span.start, candidate.span.end
        until = min(end, candidates[index + 1].span.start) if index + 1 < len(candidates) else end
        y = place(start)
        yield Strip(y, max(2, place(until) - y), start.astimezone(zone), end.astimezone(zone), candidate)


Taking = tuple[str, TimeSpan, Band | Booked]


def _taken(picture: Picture, booked: Sequence[Booked]) -> list[Taking]:
    busy: list[Taking] = [
        (Layer.BUSY.value, band.span, band) for band in picture.bands if band.layer is Layer.BUSY
    ]
    own: list[Taking] = [
        ("request" if each.status == "pending" else "appointment", each.span, each) for each in booked
    ]
    return sorted([*busy, *own], key=lambda taking: taking[1])


def _in_lanes(taken: Sequence[Taking]) -> list[tuple[str, TimeSpan, Band | Booked, int, int]]:
    """Things that overlap stand beside one another: each with its lane and how many there are."""
    found: list[tuple[str, TimeSpan, Band | Booked, int, int]] = []
    group: list[tuple[Taking, int]] = []
    ends: list[datetime] = []

    def close() -> None:
        found.extend((*taking, lane, len(ends)) for taking, lane in group)
        group.clear()
        ends.clear()

    for taking in taken:
        span = taking[1]
        if ends and all(end <= span.start for end in ends):
            close()
        lane = next((index for index, end in enumerate(ends) if end <= span.start), len(ends))
        ends[lane : lane + 1] = [span.end]
        group.append((taking, lane))
    close()
    return found
