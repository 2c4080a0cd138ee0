"""How full a provider is: the share of her hours that is booked, by which a load-aware door opens and closes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from booking.access import next_door
from booking.bars import Bar, common_bars, merged_bars
from booking.epoch import micros
from booking.rules import Door
from booking.weekly import block_spans
from booking.world import DoorState, World
from sync.model.moments import instant_to_wall
from sync.model.timespan import TimeSpan


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at a door found; ``was`` None: nobody had looked before."""

    door: Door
    was: DoorState | None
    now: DoorState

    @property
    def turned(self) -> bool:
        return self.was is None or self.was.open != self.now.open


def looks(world: World, *, now: datetime) -> list[Look]:
    """One for each load-aware door among the rules of the provider's services; one never looked at counts as open."""
    doors = {offer.rules.new_clients for offer in world.offers.values()}
    found = []
    for door in sorted((each for each in doors if isinstance(each, Door)), key=lambda each: each.window):
        was = world.doors.get(door)
        share = booked_share(world, TimeSpan(now, now + door.window), now=now)
        opens = next_door(door, was_open=was is None or was.open, booked_share=share)
        found.append(Look(door, was, DoorState(opens, share)))
    return found


def booked_share(world: World, window: TimeSpan, *, now: datetime) -> float:
    """Booked time as a share (0..1) of the hours open for booking online that no outside event takes.

    Requests count as booked: they hold their time. Without any such hours it is 1: there is nothing to give away.
    """
    at = micros(now)
    hours = _hours(world, window)
    booked = [(row.start, row.end) for row in world.bookings if row.until is None or row.until > at]
    open_hours = common_bars(hours, _but(world.busy, booked, window))
    taken = _length(common_bars(open_hours, merged_bars(booked)))
    whole = _length(open_hours)
    return taken / whole if whole else 1.0


def _hours(world: World, window: TimeSpan) -> list[Bar]:
    first, last = (instant_to_wall(at, world.zone).date() for at in (window.start, window.end))
    blocks = block_spans(world.blocks, world.overrides, first=first, last=last, zone=world.zone)
    inside = [(micros(window.start), micros(window.end))]
    return common_bars(
        merged_bars([(block.start, block.end) for block in blocks if block.block.online]), inside
    )


def _but(busy: Iterable[Bar], booked: Sequence[Bar], window: TimeSpan) -> list[Bar]:
    """The window without outside events; where one lies over a booking the booking counts."""
    free: list[Bar] = list(booked)
    at = micros(window.start)
    for start, end in merged_bars(list(busy)):
        if start > at:
            free.append((at, start))
        at = max(at, end)
    if at < micros(window.end):
        free.append((at, micros(window.end)))
    return merged_bars(free)


def _length(bars: Iterable[Bar]) -> int:
    return sum(end - start for start, end in bars)
