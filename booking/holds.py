"""Prime time: which spans are held, for whom, and when they open.

Days, weeks (Monday-Sunday) and clocks are those of the provider's zone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from booking.epoch import at_wall, instant, micros, ticks, wall_span
from booking.practice import Hold, ReleaseStage, WeeklyRelease
from booking.weekly import days, in_turn, monday_of
from sync.model.moments import instant_to_wall
from sync.model.timespan import TimeSpan

_DAY = timedelta(days=1)
ReleaseState = Literal["released", "reheld", "missed"]
Unit = Literal["week", "date"]


@dataclass(frozen=True, slots=True)
class HoldRow:
    """A hold under its stored id."""

    id: str
    hold: Hold


class ReleaseRow(NamedTuple):
    """What was done once about one hold, one key (see ``release_key``) and one stage; ``to`` empty: to everyone.

    ``unit`` is what the key stands for. A row of the other unit was made when the hold was released otherwise: it
    says nothing of the hold as it is now.
    """

    hold_id: str
    key: date
    stage: int
    state: str
    to: tuple[str, ...] = ()
    unit: str = "date"


class HeldDay(NamedTuple):
    """A hold on one local day: ``[start, end)`` in microseconds since 1970."""

    start: int
    end: int
    day: date

    @property
    def span(self) -> TimeSpan:
        return TimeSpan(instant(self.start), instant(self.end))


class Held(NamedTuple):
    """A span still kept from everyone but ``kept_for``: the hold's own audience and those it was released to."""

    start: int
    end: int
    hold_id: str
    name: str
    kept_for: frozenset[str]

    @property
    def span(self) -> TimeSpan:
        return TimeSpan(instant(self.start), instant(self.end))


@dataclass(frozen=True, slots=True)
class DueRelease:
    """A stage that is due and not yet recorded; ``to`` empty: to everyone.

    ``missed``: none of its time is ahead any more.
    """

    hold_id: str
    unit: Unit
    key: date
    stage: int
    due_at: datetime
    to: tuple[str, ...]
    state: ReleaseState


def held_on(hold: Hold, day: date) -> bool:
    """True if the hold stands on this local date; from/until are inclusive."""
    if (hold.from_date and day < hold.from_date) or (hold.until and day > hold.until):
        return False
    return day == hold.date or (day.weekday() in hold.days and in_turn(day, hold.from_date, hold.every_weeks))


def held_days(hold: Hold, *, first: date, last: date, zone: str) -> list[HeldDay]:
    """The hold's spans on the local days ``first`` to ``last`` (inclusive), ascending.

    A span whose end is not after its start once both are instants is left out.
    """
    found = []
    for day in days(first, last):
        span = wall_span(day, hold.start, hold.end, zone) if held_on(hold, day) else None
        if span is not None:
            found.append(HeldDay(span[0], span[1], day))
    return found


def release_key(hold: Hold, day: date) -> date:
    """What a release of this day is recorded under: the Monday of its week if weekly, else the day itself."""
    return monday_of(day) if isinstance(hold.release, WeeklyRelease) else day


def unit_of(hold: Hold) -> Unit:
    """What one release of the hold opens: a whole week, or one date."""
    return "week" if isinstance(hold.release, WeeklyRelease) else "date"


def stages_done(row: HoldRow, releases: Iterable[ReleaseRow]) -> dict[tuple[date, int], ReleaseRow]:
    """What was done about the hold as it is now, by key and stage."""
    unit = unit_of(row.hold)
    return {(r.key, r.stage): r for r in releases if r.hold_id == row.id and r.unit == unit}


def stage_count(hold: Hold) -> int:
    """How many stages a release of this hold has; by hand there is one. The last one opens the time furthest."""
    return len(hold.release) if isinstance(hold.release, tuple) else 1


def stage_audience(hold: Hold, stage: int) -> tuple[str, ...]:
    """Whom a stage opens the time to; empty: everyone."""
    return hold.release[stage].to if isinstance(hold.release, tuple) else ()


def release_instant(hold: Hold, day: date, *, zone: str, stage: int = 0) -> datetime | None:
    """When a stage opens the held time of a local day; None if only by hand, or if the hold has no time on that day.

    A weekly release is a wall-clock moment ``weeks_ahead`` weeks before the week of ``day``; ``before`` in days keeps
    the wall clock of the hold's start, ``before`` in hours and minutes is elapsed time.
    """
    due = _due(hold, day, stage, zone)
    return None if due is None else instant(due)


def due_releases(
    row: HoldRow, releases: Iterable[ReleaseRow], *, since: date, now: datetime, zone: str
) -> list[DueRelease]:
    """Every stage due by ``now`` that has no row yet, for held days from ``since`` on; ascending by due time.

    Recording each answer under ``(hold_id, key, stage)`` makes it happen once, however often and late this is asked.
    A release found late opens at once if any of its time is still ahead.
    """
    done = stages_done(row, releases)
    at = micros(now)
    first = release_key(row.hold, since)
    last = instant_to_wall(now, zone).date() + _look_ahead(row.hold)
    ends: dict[date, int] = {}
    starts: dict[date, date] = {}
    for held in held_days(row.hold, first=first, last=last, zone=zone):
        key = release_key(row.hold, held.day)
        starts.setdefault(key, held.day)
        ends[key] = max(held.end, ends.get(key, held.end))
    found = []
    for key, end in ends.items():
        for stage in range(stage_count(row.hold)):
            due = _due(row.hold, starts[key], stage, zone)
            if due is not None and due <= at and (key, stage) not in done:
                state: ReleaseState = "released" if end > at else "missed"
                to = stage_audience(row.hold, stage)
                found.append(DueRelease(row.id, unit_of(row.hold), key, stage, instant(due), to, state))
    return sorted(found, key=lambda release: (release.due_at, release.key, release.stage))


def active_holds(
    rows: Sequence[HoldRow], releases: Iterable[ReleaseRow], *, window: TimeSpan, zone: str, now: datetime
) -> list[Held]:
    """The held spans that meet ``window`` and are not open to everyone at ``now``, ascending.

    A stage is open from the instant it is due, whether or not a worker has recorded it; a recorded ``reheld`` closes it
    again and a recorded ``released`` (by staff, before its time) opens it early.
    """
    known = list(releases)
    at, opens, closes = micros(now), micros(window.start), micros(window.end)
    # A wall time in a gap before midnight is read as one of the next local day.
    first = instant_to_wall(window.start, zone).date() - _DAY
    last = instant_to_wall(window.end, zone).date()
    found = []
    for row in rows:
        done = stages_done(row, known)
        for held in held_days(row.hold, first=first, last=last, zone=zone):
            if held.end <= opens or held.start >= closes:
                continue
            audience = kept_for(row.hold, held.day, done, now=at, zone=zone)
            if audience is not None:
                found.append(Held(held.start, held.end, row.id, row.hold.name, audience))
    return sorted(found, key=lambda held: held[:4])


def next_opening(
    rows: Sequence[HoldRow], releases: Iterable[ReleaseRow], *, window: TimeSpan, zone: str, now: datetime
) -> int | None:
    """The first instant after ``now`` at which a stage falls due that opens held time inside ``window``; None: none."""
    known = list(releases)
    at, first = micros(now), instant_to_wall(window.start, zone).date() - _DAY
    last = instant_to_wall(window.end, zone).date()
    dues = (
        due
        for row in rows
        for done in (stages_done(row, known),)
        for held in held_days(row.hold, first=first, last=last, zone=zone)
        for due in dues_of(row.hold, held.day, done, zone=zone)
    )
    return min((due for due in dues if due > at), default=None)


def dues_of(
    hold: Hold, day: date, done: Mapping[tuple[date, int], ReleaseRow], *, zone: str
) -> Iterator[int]:
    """When the rule opens a held day, stage by stage; without those that staff hold again."""
    key = release_key(hold, day)
    for stage in range(stage_count(hold)):
        row = done.get((key, stage))
        due = _due(hold, day, stage, zone)
        if due is not None and (row is None or row.state != "reheld"):
            yield due


def kept_for(
    hold: Hold, day: date, done: Mapping[tuple[date, int], ReleaseRow], *, now: int, zone: str
) -> frozenset[str] | None:
    """Whom a held day is kept for at ``now``; None: it is open to everyone.

    What was released stays released when the hold is changed, and what the changed rule opens is open as well.
    """
    key = release_key(hold, day)
    audience = set(hold.kept_for)
    for stage in range(stage_count(hold)):
        row = done.get((key, stage))
        if row is not None and row.state == "reheld":
            continue
        due = _due(hold, day, stage, zone)
        opened = [row.to] if row is not None and row.state == "released" else []
        opened += [stage_audience(hold, stage)] if due is not None and due <= now else []
        if () in opened:
            return None
        audience.update(*opened)
    return frozenset(audience)


def _due(hold: Hold, day: date, stage: int, zone: str) -> int | None:
    release = hold.release
    if release is None:
        return None
    if isinstance(release, WeeklyRelease):
        due_day = monday_of(day) + (release.day - 7 * release.weeks_ahead) * _DAY
        return at_wall(due_day, release.time, zone)
    return _before(hold, day, release[stage], zone)


def _before(hold: Hold, day: date, stage: ReleaseStage, zone: str) -> int | None:
    if not held_on(hold, day):
        return None
    return at_wall(day - stage.days * _DAY, hold.start, zone) - ticks(stage.exact)


def _look_ahead(hold: Hold) -> timedelta:
    """How far ahead of today a held day can lie whose release is due today."""
    if isinstance(hold.release, WeeklyRelease):
        return timedelta(days=7 * hold.release.weeks_ahead + 6)
    if hold.release is None:
        return timedelta(0)
    return max(stage.days * _DAY + stage.exact for stage in hold.release) + 2 * _DAY
