"""One day of a provider as a picture: what lies on it, layer by layer, and every time that could be asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from booking.availability import ask, open_starts, window_of_dates
from booking.epoch import instant, micros
from booking.explain import Explanation, explain
from booking.holds import Held, HoldRow, active_holds, release_instant, stage_count
from booking.ladder import Source
from booking.obstacles import Question
from booking.survey import grid
from booking.weekly import OfferedBlock, block_spans
from booking.world import Asker, Taken, World
from sync.model.moments import instant_to_wall
from sync.model.timespan import TimeSpan

MOST_EXPLAINED = 120
"""A grid of single minutes is thinned out to that many starts a day that are not on offer."""

_DAY = timedelta(days=1)


class Layer(StrEnum):
    """From the ground up."""

    BLOCK = "block"
    OFFLINE = "offline"
    """A block that clients cannot schedule in by themselves."""
    BUSY = "busy"
    BUFFER = "buffer"
    HELD = "held"
    BOOKING = "booking"


@dataclass(frozen=True, slots=True)
class Band:
    """What one layer shows of the day, clipped to it. ``about`` is what it stands for: of busy time the outside event,
    of held time the hold, of a booking its row."""

    layer: Layer
    span: TimeSpan
    about: Source | Opening | Taken | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """Held time: under which name, for whom, and when it opens to everyone; None: by hand only."""

    name: str
    kept_for: tuple[str, ...]
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A start on the grid, on offer or not, and why."""

    span: TimeSpan
    explanation: Explanation

    @property
    def bookable(self) -> bool:
        return self.explanation.bookable


@dataclass(frozen=True, slots=True)
class Picture:
    """``window`` is the local day; ``bands`` in the order of their layers, then by time; ``candidates`` ascending."""

    day: date
    zone: str
    window: TimeSpan
    bands: tuple[Band, ...]
    candidates: tuple[Candidate, ...]


def day_picture(
    world: World,
    *,
    service: str,
    client: Asker,
    day: date,
    now: datetime,
    sources: Sequence[Source] = (),
) -> Picture:
    """A local day of the provider, as this client would find it for this service.

    ``sources`` are the outside events of the day. A service the provider does not have raises ``KeyError``.
    """
    window = window_of_dates(day, day + _DAY, zone=world.zone)
    question = ask(world, service=service, client=client, window=window, now=now)
    bands = [
        *_blocks(question.blocks),
        *(Band(Layer.BUSY, source.span, source) for source in sources),
        *_buffers(question, sources),
        *_held(world, question.window, now),
        *(Band(Layer.BOOKING, _span(row.start, row.end), row) for row in question.bookings),
    ]
    length = question.offer.service.length
    candidates = (
        Candidate(
            TimeSpan(at := instant(start), at + length),
            explain(world, service=service, client=client, start=at, now=now, sources=sources),
        )
        for start in _thinned(grid(question), open_starts(question))
    )
    return Picture(day, world.zone, window, tuple(_clipped(bands, window)), tuple(candidates))


def ground(
    world: World, *, first: date, end: date, now: datetime, sources: Sequence[Source] = ()
) -> tuple[Band, ...]:
    """What lies on some local days (``end`` exclusive) whoever asks for what: blocks, outside events and held time.

    In the order of their layers, then by time, clipped to the days. Buffers depend on a service, so there are none.
    """
    window = window_of_dates(first, end, zone=world.zone)
    # A wall time in a gap before midnight is read as one of the next local day.
    blocks = block_spans(world.blocks, world.overrides, first=first - _DAY, last=end, zone=world.zone)
    bands = [
        *_blocks(blocks),
        *(Band(Layer.BUSY, source.span, source) for source in sources),
        *_held(world, window, now),
    ]
    return tuple(_clipped(bands, window))


def _blocks(blocks: Iterable[OfferedBlock]) -> Iterator[Band]:
    for block in blocks:
        yield Band(Layer.BLOCK if block.block.online else Layer.OFFLINE, block.span)


def _buffers(question: Question, sources: Iterable[Source]) -> Iterator[Band]:
    """The time next to what is taken that this service may not come into."""
    for source in sources:
        yield from _either_side(micros(source.start), micros(source.end), question.after, question.before)
    for row in question.bookings:
        before, after = max(question.after, row.before), max(question.before, row.after)
        yield from _either_side(row.start, row.end, before, after)


def _either_side(start: int, end: int, before: int, after: int) -> Iterator[Band]:
    if before:
        yield Band(Layer.BUFFER, _span(start - before, start))
    if after:
        yield Band(Layer.BUFFER, _span(end, end + after))


def _held(world: World, window: TimeSpan, now: datetime) -> Iterator[Band]:
    """What is held, for whoever asks or from them."""
    rows = {row.id: row for row in world.holds}
    held = active_holds(world.holds, world.releases, window=window, zone=world.zone, now=now)
    for span in held:
        yield Band(Layer.HELD, span.span, _opening(rows[span.hold_id], span, world.zone))


def _opening(row: HoldRow, held: Held, zone: str) -> Opening:
    day = instant_to_wall(instant(held.start), zone).date()
    at = release_instant(row.hold, day, zone=zone, stage=stage_count(row.hold) - 1)
    return Opening(held.name, tuple(sorted(held.kept_for)), at)


def _clipped(bands: Iterable[Band], window: TimeSpan) -> Iterator[Band]:
    order = list(Layer)
    for band in sorted(bands, key=lambda band: (order.index(band.layer), band.span)):
        inside = band.span.clipped(window)
        if inside is not None:
            yield Band(band.layer, inside, band.about)


def _thinned(starts: Sequence[int], offered: Iterable[int]) -> list[int]:
    stride = -(-len(starts) // MOST_EXPLAINED) or 1
    return sorted({*starts[::stride], *offered})


def _span(start: int, end: int) -> TimeSpan:
    return TimeSpan(instant(start), instant(end))
