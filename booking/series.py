"""Appointments that repeat: their dates, how they stand in the calendar as one event, and what was done to it there.

Dates are wall clocks of the provider's zone, so a weekly ten o'clock stays ten o'clock all year. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from booking.invitation import PREFIX, Decision, event_for, read_decision
from booking.requests import Status
from sync.model.event import Event, Override, Recurrence, Series
from sync.model.instances import key_of
from sync.model.moments import WallTime, instant_to_wall, wall_to_instant
from sync.model.occurrences import occurrences
from sync.model.recurrence import BadRule, Frequency, Rule, parse_rule
from sync.model.timespan import TimeSpan

MOST = 52
"""Dates of one series."""
_DAY = timedelta(days=1)
_REACH = timedelta(days=400)


class Scope(StrEnum):
    """Which dates of a series a decision is about."""

    THIS = "this"
    FOLLOWING = "following"
    """This one and all after it."""
    ALL = "all"


class BadSeries(ValueError):
    """The rule or the dates make no series; the message says why."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The dates of a series as they were asked for, as wall clocks of ``zone``, ascending; ``rule`` or a list of them.

    ``rule`` is an RRULE without its name whose first dates these are, None for dates of one's own choice.
    """

    zone: str
    walls: tuple[datetime, ...]
    rule: str | None

    def start(self, wall: datetime) -> datetime:
        """The instant of a date. In a gap of the clock the offset before it holds."""
        return wall_to_instant(wall, self.zone)


def plan(first: datetime, zone: str, *, rule: str | None = None, dates: Iterable[date] = ()) -> Plan:
    """The series that begins at the instant ``first``: by a weekly rule with an end, or on further dates of choice.

    Raises ``BadSeries``.
    """
    wall = instant_to_wall(first, zone)
    if wall_to_instant(wall, zone) != first:
        raise BadSeries("a series does not begin in the hour that the clock reads twice")
    if rule is None:
        days = {wall.date(), *dates}
        if min(days) < wall.date():
            raise BadSeries("the first date comes first")
        walls = tuple(datetime.combine(day, wall.time()) for day in sorted(days))
        return Plan(zone, _some(walls), None)
    known = _weekly(rule, wall)
    step = timedelta(weeks=known.interval)
    found = [wall]
    while (known.count is None or len(found) < known.count) and len(found) <= MOST:
        following = found[-1] + step
        if known.count is None and not _within(following, known, zone):
            break
        found.append(following)
    walls = _some(tuple(found))
    spelled = f"FREQ=WEEKLY;INTERVAL={known.interval};COUNT={len(walls)}"
    return Plan(zone, walls, spelled)


def _some(walls: tuple[datetime, ...]) -> tuple[datetime, ...]:
    if not 2 <= len(walls) <= MOST:
        raise BadSeries(f"a series has 2 to {MOST} dates")
    return walls


def _weekly(text: str, wall: datetime) -> Rule:
    try:
        rule = parse_rule(text)
    except BadRule as error:
        raise BadSeries(str(error)) from error
    plain = replace(rule, weekdays=(), count=None, until=None, interval=1, week_start=0)
    if plain != Rule(Frequency.WEEKLY) or rule.weekdays not in ((), ((0, wall.weekday()),)):
        raise BadSeries("a series repeats every week or every n weeks, on the day of its first date")
    if rule.count is None and rule.until is None:
        raise BadSeries("a series needs an end")
    return rule


def _within(wall: datetime, rule: Rule, zone: str) -> bool:
    if isinstance(rule.until, WallTime):
        return wall_to_instant(wall, zone) <= rule.until.instant(zone)
    return rule.until is None or wall.date() <= rule.until


@dataclass(frozen=True, slots=True)
class Date:
    """One date of a series: ``wall`` as it was planned, ``span`` and ``status`` as it is; what is not live has gone."""

    wall: datetime
    span: TimeSpan
    status: Status
    live: bool


def event_of(
    name: str, plan: Plan, dates: Sequence[Date], *, label: str, page: str, current: Series | None
) -> Series:
    """One event for all dates: those that have gone are left out, those that differ stand as exceptions.

    ``current`` is the event as it stands; what the provider added to it or to one of its dates stays.
    """
    live = {each.wall: each for each in dates if each.live}
    length = min(live.values(), key=lambda each: each.span.start).span.length
    status = min(live.values(), key=lambda each: each.wall).status
    first = plan.start(plan.walls[0])
    was = None if current is None else current.master

    def written(span: TimeSpan, status: Status, known: Event | None) -> Event:
        made = event_for(
            request_id=name, status=status, span=span, zone=plan.zone, label=label, page=page, current=known
        ).master
        assert made is not None  # noqa: S101 - it is made with one
        return made

    master = written(TimeSpan(first, first + length), status, was)
    changed = _overrides(current, plan)
    overrides = []
    for wall in plan.walls:
        each = live.get(wall)
        if each is None:
            continue
        start = plan.start(wall)
        usual = TimeSpan(start, start + length)
        known = changed.get(wall)
        if known is not None and each.span == usual and each.status is status and _follows(known, was):
            known = None
        if known is None and each.span == usual and each.status is status:
            continue
        event = written(each.span, each.status, known or replace(master, start=WallTime(wall, plan.zone)))
        overrides.append(Override(WallTime(wall, plan.zone), event))
    excluded = tuple(WallTime(wall, plan.zone) for wall in plan.walls if wall not in live)
    if plan.rule is not None:
        recurrence = Recurrence(rules=(plan.rule,), excluded=excluded)
    else:
        rest = tuple((WallTime(wall, plan.zone), None) for wall in plan.walls[1:])
        recurrence = Recurrence(dates=rest, excluded=excluded)
    return Series(name, master, recurrence, tuple(overrides))


def _follows(event: Event, master: Event | None) -> bool:
    """True if an exception says nothing that the series does not say: only its time or state once differed."""
    if master is None:
        return False
    alike = replace(event, start=master.start, length=master.length, status=master.status)
    return replace(alike, summary=_bare(event.summary)) == replace(master, summary=_bare(master.summary))


def _bare(summary: str) -> str:
    return summary.removeprefix(PREFIX)


def _overrides(series: Series | None, plan: Plan) -> Mapping[datetime, Event]:
    if series is None or series.master is None:
        return {}
    by_key = _keys(series, plan)
    found = {}
    for override in series.overrides:
        wall = by_key.get(key_of(override.recurrence_id, series.master.start, plan.zone))
        if wall is not None:
            found[wall] = override.event
    return found


def _keys(series: Series, plan: Plan) -> Mapping[str, datetime]:
    """The planned dates by their recurrence ids in the event as it stands, which may have been moved as a whole."""
    first = series.master.start if series.master is not None else WallTime(plan.walls[0], plan.zone)
    by = timedelta(0)
    if isinstance(first, WallTime):
        by = instant_to_wall(first.instant(plan.zone), plan.zone) - plan.walls[0]
    return {
        key_of(WallTime(wall + by, plan.zone), WallTime(plan.walls[0] + by, plan.zone), plan.zone): wall
        for wall in plan.walls
    }


@dataclass(frozen=True, slots=True)
class Said:
    """What the calendar says of one date; ``decision`` None: it is not there any more."""

    wall: datetime
    decision: Decision | None


def read_changes(
    before: Series | None, after: Series, plan: Plan, walls: Collection[datetime], *, label: str
) -> list[Said]:
    """What the event says now of these dates, in order: where each is, whether it was accepted, or that it has gone."""
    was, now = _by_wall(before, plan), _by_wall(after, plan)
    found = []
    for wall in sorted(walls):
        event = now.get(wall)
        if event is None:
            found.append(Said(wall, None))
            continue
        earlier = None if wall not in was else Series("", was[wall])
        said = read_decision(earlier, Series("", event), label=label, zone=plan.zone)
        found.append(Said(wall, said))
    return found


def _by_wall(series: Series | None, plan: Plan) -> Mapping[datetime, Event]:
    if series is None:
        return {}
    starts = [plan.start(wall) for wall in plan.walls]
    window = TimeSpan(starts[0] - _REACH, starts[-1] + _REACH)
    by_key = _keys(series, plan)
    found: dict[datetime, Event] = {}
    for each in occurrences(series, window=window, zone=plan.zone).items:
        wall = by_key.get(each.key)
        if wall is None:
            continue
        start = WallTime(instant_to_wall(each.span.start, plan.zone), plan.zone)
        found[wall] = replace(each.event, start=start)
    return found


def chosen(scope: Scope, this: datetime, walls: Iterable[datetime]) -> list[datetime]:
    """The dates a decision about ``this`` is about, in order."""
    match scope:
        case Scope.THIS:
            return [this]
        case Scope.FOLLOWING:
            return sorted(wall for wall in walls if wall >= this)
        case Scope.ALL:
            return sorted(walls)
