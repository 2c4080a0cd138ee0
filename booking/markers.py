"""Markers: held time shown in the provider's own calendar, as Free events that decide nothing. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from booking.epoch import micros
from booking.events import Wanted, new_series
from booking.holds import HoldRow, ReleaseRow, held_days, kept_for, stages_done
from sync.model.event import Series, Transparency
from sync.model.moments import Length, WallTime, instant_to_wall
from sync.model.text import single_line
from sync.model.timespan import TimeSpan

SHOWN_AHEAD = timedelta(days=28)
PREFIX = "Held: "


@dataclass(frozen=True, slots=True)
class Marker:
    """One held time of a hold, on a local day, as it is shown."""

    hold_id: str
    day: date
    span: TimeSpan
    title: str

    @property
    def key(self) -> tuple[str, date]:
        return self.hold_id, self.day


def markers(
    rows: Sequence[HoldRow], releases: Iterable[ReleaseRow], *, zone: str, now: datetime
) -> list[Marker]:
    """What is to be shown at ``now``: time of the next four weeks that is not over and not open to everyone."""
    known, today, at = list(releases), instant_to_wall(now, zone).date(), micros(now)
    return [
        Marker(row.id, held.day, held.span, PREFIX + single_line(row.hold.name))
        for row in rows
        if row.hold.marker
        for done in (stages_done(row, known),)
        for held in held_days(row.hold, first=today, last=today + SHOWN_AHEAD, zone=zone)
        if held.end > at and kept_for(row.hold, held.day, done, now=at, zone=zone) is not None
    ]


def marker_event(ref: str, marker: Marker, *, zone: str) -> Series:
    """The event that shows it: Free, private, without a text. ``ref`` is what the mirror knows it by."""
    wall = WallTime(instant_to_wall(marker.span.start, zone), zone)
    if wall.instant(zone) != marker.span.start:  # the second of two equal readings in autumn
        wall = WallTime(marker.span.start.replace(tzinfo=None), "UTC")
    length = Length(exact=marker.span.length)
    return new_series(ref, Wanted(marker.title, wall, length, Transparency.TRANSPARENT))
