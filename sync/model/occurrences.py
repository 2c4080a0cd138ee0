"""Every occurrence of a series inside a window, expanded here and never by a server.

Rules are walked on the wall clock of the event's own zone, so a weekly 9:00 stays 9:00 across DST; an exact
length stays elapsed time, a nominal one (``P1D``) follows the clock (RFC 5545 3.3.6, 3.8.5.3).
What cannot be expanded takes time all the same: see ``refusals``.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta

from sync.model.event import Event, Override, Series, Status
from sync.model.freebusy import BusyInterval, BusyPolicy, weight_of
from sync.model.instances import (
    EARLIEST,
    aligned,
    clock_of,
    date_key,
    instant_key,
    instant_of,
    key_of,
    like,
    moved,
    readings,
    shift_of,
    shifted,
    span_of,
    until_check,
)
from sync.model.moments import Length, Moment, WallTime, instant_to_wall
from sync.model.plain import plain_spans
from sync.model.recurrence import Frequency
from sync.model.refusals import Budget, Plan, plan_for
from sync.model.starts import BudgetSpent, Meter, starts
from sync.model.timespan import TimeSpan

DEFAULT = Budget()
_DAY = timedelta(days=1)
_COST_OF_MOVING = 4
_SLACK = timedelta(days=2)
"""More than any zone's offset: what is cut on the wall clock is cut exactly once the instants are known."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One instance. ``key`` is its recurrence id: ``20240311T090000Z``, or ``20240311`` for an all-day series."""

    key: str
    span: TimeSpan
    event: Event
    all_day: bool = False
    certain: bool = True
    """False where the rule could not be followed and the span is the most that is known of it."""


@dataclass(frozen=True, slots=True)
class Expansion:
    """Occurrences by start, plain words on what could not be read, and whether they are exactly the series'.

    ``steps`` is what the expansion cost.
    """

    items: tuple[Occurrence, ...]
    problems: tuple[str, ...] = ()
    complete: bool = True
    steps: int = 0


def occurrences(series: Series, *, window: TimeSpan, zone: str, budget: Budget = DEFAULT) -> Expansion:
    """All occurrences that share an instant with ``window``, unclipped, sorted by span and key.

    Dates and floating times are read in the IANA ``zone``. Cancelled occurrences and those without length are
    left out. An override counts at its own time, wherever its recurrence id lies. Raises for no series whose
    zones exist.
    """
    return _Expander(series, window, zone, budget).run()


def busy_intervals(series: Series, *, window: TimeSpan, zone: str, policy: BusyPolicy) -> list[BusyInterval]:
    """What the series takes of ``window``: sorted, unclipped, possibly overlapping."""
    plain = busy_plainly(series, window=window, zone=zone, policy=policy)
    return (
        plain if plain is not None else busy_in(occurrences(series, window=window, zone=zone), series, policy)
    )


def busy_plainly(
    series: Series, *, window: TimeSpan, zone: str, policy: BusyPolicy
) -> list[BusyInterval] | None:
    """As ``busy_intervals``, for a series that nothing stands in the way of; None for any other."""
    plain = plain_spans(series, window=window, zone=zone, budget=DEFAULT)
    if plain is None or series.master is None:
        return None
    weight, all_day = weight_of(series.master, policy), not isinstance(series.master.start, WallTime)
    certain = not series.problems
    return [BusyInterval(span, weight, all_day, certain) for span in plain] if weight else []


def busy_in(expansion: Expansion, series: Series, policy: BusyPolicy) -> list[BusyInterval]:
    """What an expansion of ``series`` takes. Nothing is ``certain`` in a series that could not be read whole."""
    busy = []
    for item in expansion.items:
        weight = weight_of(item.event, policy)
        if weight is not None:
            certain = item.certain and not series.problems
            busy.append(BusyInterval(item.span, weight, all_day=item.all_day, certain=certain))
    return busy


def _key(change: tuple[str, Override, timedelta]) -> str:
    return change[0]


_Found = tuple[str, Event, Moment, Length | None, bool]


class _Expander:
    """The state of one expansion; made, run once and dropped."""

    def __init__(self, series: Series, window: TimeSpan, zone: str, budget: Budget) -> None:
        self.series, self.window, self.zone, self.budget = series, window, zone, budget
        self.meter = Meter(budget.steps)
        self.steps = 0
        self.problems: list[str] = []
        self.items: dict[str, Occurrence] = {}
        self.solid: list[Occurrence] = []
        self.hidden: set[str] = set()
        self.replaced: set[str] = set()
        self.days: dict[str, list[_Found]] = {}
        self.later: list[tuple[str, Override, timedelta]] = []
        self.reached = EARLIEST

    def run(self) -> Expansion:
        master, overrides = self.series.master, self.series.overrides
        try:
            first = master.start if master is not None else overrides[0].recurrence_id
            for override in overrides:
                self._override(override, key_of(override.recurrence_id, first, self.zone), first)
            self.later.sort(key=_key)
            if master is not None:
                self._expand(master)
        except BudgetSpent:
            self.problems.append(f"it has more than {self.budget.instances} occurrences")
            self._block(master or overrides[0].event, self.window.start, self.window.end)
        items = sorted([*self.items.values(), *self.solid], key=lambda item: (item.span, item.key))
        steps = self.steps + self.meter.spent
        return Expansion(tuple(items), tuple(dict.fromkeys(self.problems)), not self.problems, steps)

    def _override(self, override: Override, key: str, first: Moment) -> None:
        event = override.event
        if isinstance(first, WallTime) and not isinstance(override.recurrence_id, WallTime):
            self.days[key] = []
        else:
            self.replaced.add(key)
        self._add(key, event, event.start, event.length, certain=True)
        if override.this_and_future:
            self.later.append((key, override, shift_of(override, self.zone)))

    def _expand(self, master: Event) -> None:
        recurrence = self.series.recurrence
        self.hidden |= {key_of(moment, master.start, self.zone) for moment in recurrence.excluded}
        if not recurrence.rules:
            self._place(master, master.start)
        if len(recurrence.dates) > self.budget.dates:
            self._too_many_dates(master)
        else:
            for moment, length in recurrence.dates:
                self._place(master, aligned(master.start, moment), length)
        rules = dict.fromkeys(recurrence.rules)
        if len(rules) > self.budget.rules:
            self.problems.append(f"it has {len(rules)} rules: all from its start on is blocked")
            self._block(master, instant_of(master.start, self.zone), self.window.end)
            return
        for text in rules:
            self._rule(master, plan_for(text, self.budget))
        for found in self.days.values():
            self._day(found)

    def _day(self, found: list[_Found]) -> None:
        """What falls on a day by which an override names its occurrence: which of several is meant is not known."""
        if len({key for key, *_ in found}) < 2:
            return
        self.problems.append(
            "a changed occurrence is named by its day, which has several of them: all of them block"
        )
        for key, event, moment, length, certain in found:
            if key not in self.replaced:
                self._add_instance(key, event, moment, length, certain=certain)

    def _too_many_dates(self, master: Event) -> None:
        dates = self.series.recurrence.dates
        self.problems.append(
            f"it has {len(dates)} extra dates, more than {self.budget.dates}: all between is blocked"
        )
        self._place(master, master.start)
        begins = [instant_of(moment, self.zone) for moment, _ in dates]
        spans = [span_of(moment, length or master.length, self.zone) for moment, length in dates]
        self._block(
            master, min(begins), max(span.end for span in spans if span) if any(spans) else max(begins)
        )

    def _rule(self, master: Event, plan: Plan) -> None:
        if plan.problem:
            self.problems.append(plan.problem)
        self.reached = clock_of(master.start)
        if not plan.solid and self._walked(master, plan, certain=not plan.problem):
            return
        # What holds all of a rule costs little, and has a meter of its own: a second bomb finds nothing left.
        whole, self.meter = self.meter, Meter(self.budget.steps // 5)
        daily = plan.fallback()
        done = not daily.solid and self._walked(master, daily, certain=False)
        self.steps, self.meter = self.steps + self.meter.spent, whole
        if not done:
            begin = instant_of(like(master.start, self.reached), self.zone)
            self._block(master, begin, self._end(master, plan))

    def _walked(self, master: Event, plan: Plan, *, certain: bool) -> bool:
        try:
            self._walk(master, plan, certain=certain)
        except BudgetSpent:
            self.problems.append("its rule gives more occurrences than can be worked through")
            return False
        return True

    def _walk(self, master: Event, plan: Plan, *, certain: bool) -> None:
        """Place what the rule gives from ``reached`` on, and keep ``reached`` at the last start that was placed."""
        first = clock_of(master.start)
        low, high = self._reach(master)
        allowed = until_check(plan.until, master.start, self.zone)
        below_the_day = plan.rule.frequency > Frequency.DAILY
        for start in starts(plan.rule, first, max(low, self.reached), high, self.meter):
            if start != first and not allowed(start):
                return
            for moment in (
                readings(master.start, start, self.zone) if below_the_day else (like(master.start, start),)
            ):
                self._place(master, moment, certain=certain)
            self.reached = start

    def _reach(self, master: Event) -> tuple[datetime, datetime]:
        """The wall-clock starts that can touch the window, by the longest length and the widest shift there is."""
        own = (master.start.zone if isinstance(master.start, WallTime) else None) or self.zone
        events = [master, *(override.event for _, override, _ in self.later)]
        longest = max(event.length.exact + _DAY * (event.length.days + 1) for event in events)
        shifts = [timedelta(0), *(shift for _, _, shift in self.later)]
        low = shifted(instant_to_wall(self.window.start, own), -(longest + _SLACK + max(shifts)))
        return low, shifted(instant_to_wall(self.window.end, own), _SLACK - min(shifts))

    def _end(self, master: Event, plan: Plan) -> datetime:
        """The last instant that a rule which blocks everything may take."""
        whole = master.length.days if isinstance(master.start, WallTime) else max(1, master.length.days)
        length = master.length.exact + _DAY * whole
        if plan.until is not None:
            return shifted(instant_of(plan.until, self.zone), length + _SLACK)
        if plan.lasting is not None:
            return shifted(instant_of(master.start, self.zone), length + plan.lasting)
        return self.window.end

    def _place(
        self, master: Event, moment: Moment, length: Length | None = None, *, certain: bool = True
    ) -> None:
        """Add the instance whose recurrence id is ``moment`` unless it is excluded or has its own override."""
        day = None
        if isinstance(moment, WallTime):
            key = instant_key(moment.instant(self.zone))
            if self.hidden or self.days:
                day = date_key(moment.clock.date())
                if day in self.hidden:
                    return
        else:
            key = date_key(moment)
        if key in self.hidden:
            return
        if day is not None and day in self.days:
            self.meter.spend()
            self.days[day].append((key, master, moment, length, certain))
        elif key not in self.replaced:
            self._add_instance(key, master, moment, length, certain=certain)

    def _add_instance(
        self, key: str, event: Event, moment: Moment, length: Length | None, *, certain: bool
    ) -> None:
        """Under the last override that holds for it and all that come after, if there is one."""
        at = bisect_right(self.later, key, key=_key) if self.later else 0
        if at:
            self.meter.spend(_COST_OF_MOVING)
            _, override, shift = self.later[at - 1]
            event = override.event
            moment, length = moved(moment, override, shift, self.zone), event.length
        self._add(key, event, moment, length or event.length, certain=certain)

    def _add(self, key: str, event: Event, moment: Moment, length: Length, *, certain: bool) -> None:
        self.meter.spend()
        span = span_of(moment, length, self.zone)
        if event.status is Status.CANCELLED or span is None or not span.overlaps(self.window):
            return
        known = self.items.get(key)
        if known is not None and known.span.end >= span.end:
            return
        if len(self.items) >= self.budget.instances:
            raise BudgetSpent
        self.items[key] = Occurrence(key, span, event, not isinstance(moment, WallTime), certain)

    def _block(self, event: Event, begin: datetime, end: datetime) -> None:
        """Take everything between two instants that lies in the window."""
        begin, end = max(begin, self.window.start), min(end, self.window.end)
        if begin < end and event.status is not Status.CANCELLED:
            self.solid.append(Occurrence(instant_key(begin), TimeSpan(begin, end), event, certain=False))
