"""What a hold would have done in weeks that are over, had it stood then by its rule alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from booking.access import belongs
from booking.epoch import instant, micros
from booking.holds import HeldDay, held_days, kept_for, release_instant, stage_audience, stage_count
from booking.practice import Hold
from booking.world import Asker
from sync.model.timespan import TimeSpan


class Fate(StrEnum):
    """What became of one held time; the first that fits."""

    TURNED_AWAY = "turned_away"
    """Somebody it was not open to had asked for it: the hold would have refused a booking that was made."""
    USED = "used"
    """Those it was kept for had it before it would have been released."""
    RELEASED_BOOKED = "released_booked"
    RELEASED_FREE = "released_free"
    KEPT_FREE = "kept_free"
    """Never released, and nobody came."""


@dataclass(frozen=True, slots=True)
class Booked:
    """An appointment that took place, asked for at ``asked_at`` by whom the rules see as ``asker`` today."""

    span: TimeSpan
    asked_at: datetime
    asker: Asker


@dataclass(frozen=True, slots=True)
class ReplayedTime:
    """``released_at``: when it would have opened to everyone, None if not before its end."""

    span: TimeSpan
    released_at: datetime | None
    fate: Fate


@dataclass(frozen=True, slots=True)
class Replay:
    """The held times of the past days, ascending."""

    times: tuple[ReplayedTime, ...]

    def count(self, *fates: Fate) -> int:
        found = Counter(time.fate for time in self.times)
        return sum(found[fate] for fate in fates)

    @property
    def released(self) -> int:
        """Times that nobody had when they would have been released."""
        return self.count(Fate.RELEASED_BOOKED, Fate.RELEASED_FREE)


def replay(
    hold: Hold, bookings: Iterable[Booked], *, first: date, last: date, zone: str, now: datetime
) -> Replay:
    """The local days ``first`` to ``last`` (inclusive), as far as their time is over at ``now``."""
    found = list(bookings)
    days = [day for day in held_days(hold, first=first, last=last, zone=zone) if day.end <= micros(now)]
    return Replay(tuple(_replayed(hold, day, found, zone) for day in days))


def _replayed(hold: Hold, day: HeldDay, bookings: Sequence[Booked], zone: str) -> ReplayedTime:
    released_at = _released_at(hold, day, zone)
    taken = [booking for booking in bookings if booking.span.overlaps(day.span)]
    early = [each for each in taken if released_at is None or each.asked_at < released_at]
    if any(not _was_meant(hold, day, each, zone) for each in early):
        fate = Fate.TURNED_AWAY
    elif early:
        fate = Fate.USED
    elif released_at is None:
        fate = Fate.KEPT_FREE
    else:
        fate = Fate.RELEASED_BOOKED if taken else Fate.RELEASED_FREE
    return ReplayedTime(day.span, released_at, fate)


def _was_meant(hold: Hold, day: HeldDay, booking: Booked, zone: str) -> bool:
    audience = kept_for(hold, day.day, {}, now=micros(booking.asked_at), zone=zone)
    return audience is None or belongs(audience, booking.asker)


def _released_at(hold: Hold, day: HeldDay, zone: str) -> datetime | None:
    dues = [
        due
        for stage in range(stage_count(hold))
        if not stage_audience(hold, stage)
        and (due := release_instant(hold, day.day, zone=zone, stage=stage)) is not None
        and due < instant(day.end)
    ]
    return min(dues, default=None)
