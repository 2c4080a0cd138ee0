"""Weeks and dates of a hold as they stand at a moment, and what a hand does to one: release it, or hold it again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from booking.epoch import instant, micros
from booking.holds import (
    HeldDay,
    HoldRow,
    ReleaseRow,
    ReleaseState,
    Unit,
    dues_of,
    held_days,
    kept_for,
    release_instant,
    release_key,
    stage_count,
    stages_done,
    unit_of,
)
from booking.practice import Hold
from sync.model.timespan import TimeSpan

_WEEK_REST = timedelta(days=6)


@dataclass(frozen=True, slots=True)
class HeldTime:
    """What one release of a hold is about: a week (``key`` its Monday) or a date, with its spans, ascending.

    ``kept_for`` None: open to everyone. ``opens_at``: when the rule opens it further, None if only a hand does.
    ``reheld``: a hand holds it again, whatever the rule says.
    """

    unit: Unit
    key: date
    spans: tuple[TimeSpan, ...]
    kept_for: frozenset[str] | None
    opens_at: datetime | None
    reheld: bool

    @property
    def open(self) -> bool:
        return self.kept_for is None

    def over(self, now: datetime) -> bool:
        return self.spans[-1].end <= now


class Stage(NamedTuple):
    """A row to be as this says, by hand: one stage, its state, whom it is open to (empty: everyone)."""

    stage: int
    state: ReleaseState
    to: tuple[str, ...]
    due_at: datetime | None


def held_times(
    row: HoldRow, releases: Iterable[ReleaseRow], *, first: date, last: date, zone: str, now: datetime
) -> list[HeldTime]:
    """Every week or date of the hold that has time on the days ``first`` to ``last``, whole, ascending."""
    hold, done, at = row.hold, stages_done(row, releases), micros(now)
    rest = _WEEK_REST if unit_of(hold) == "week" else timedelta(0)
    days: dict[date, list[HeldDay]] = {}
    for held in held_days(
        hold, first=release_key(hold, first), last=release_key(hold, last) + rest, zone=zone
    ):
        days.setdefault(release_key(hold, held.day), []).append(held)
    return [_held_time(hold, key, found, done, at, zone) for key, found in days.items()]


def held_time(
    row: HoldRow, releases: Iterable[ReleaseRow], *, day: date, zone: str, now: datetime
) -> HeldTime | None:
    """The week or date that a day belongs to; None if the hold has no time in it."""
    return next(iter(held_times(row, releases, first=day, last=day, zone=zone, now=now)), None)


def released(hold: Hold, time: HeldTime, *, zone: str) -> list[Stage]:
    """What makes the time open to everyone; nothing if it is."""
    if time.open:
        return []
    last = stage_count(hold) - 1
    return [Stage(last, "released", (), _due_at(hold, time, last, zone))]


def held_again(hold: Hold, time: HeldTime, *, zone: str) -> list[Stage]:
    """What keeps the time as the hold says until a hand releases it; nothing if a hand does already."""
    if time.reheld:
        return []
    return [
        Stage(stage, "reheld", (), _due_at(hold, time, stage, zone)) for stage in range(stage_count(hold))
    ]


def with_stages(
    row: HoldRow, releases: Sequence[ReleaseRow], key: date, stages: Iterable[Stage]
) -> list[ReleaseRow]:
    """The rows as they will be once the stages are written."""
    unit = unit_of(row.hold)
    new = {each.stage: ReleaseRow(row.id, key, each.stage, each.state, each.to, unit) for each in stages}
    kept = [r for r in releases if (r.hold_id, r.unit, r.key) != (row.id, unit, key) or r.stage not in new]
    return [*kept, *new.values()]


def _held_time(
    hold: Hold,
    key: date,
    days: list[HeldDay],
    done: dict[tuple[date, int], ReleaseRow],
    now: int,
    zone: str,
) -> HeldTime:
    first = days[0].day
    audience = kept_for(hold, first, done, now=now, zone=zone)
    ahead = [due for due in dues_of(hold, first, done, zone=zone) if due > now]
    rows = [done.get((key, stage)) for stage in range(stage_count(hold))]
    return HeldTime(
        unit=unit_of(hold),
        key=key,
        spans=tuple(day.span for day in days),
        kept_for=audience,
        opens_at=None if audience is None or not ahead else instant(min(ahead)),
        reheld=all(row is not None and row.state == "reheld" for row in rows),
    )


def _due_at(hold: Hold, time: HeldTime, stage: int, zone: str) -> datetime | None:
    # The stages of a week are due once for all of it, those of a date by its start.
    return release_instant(hold, time.key, zone=zone, stage=stage)
