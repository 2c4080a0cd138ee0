"""The time of a series whose instances are all like the first, reckoned without an object for each step.

Most series are so: one event, or one rule without exceptions. ``occurrences`` says the same of them, and stays what
everything else is asked of.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sync.model.event import Event, Series, Status
from sync.model.instances import clock_of, like, shifted, span_of, until_check
from sync.model.moments import WallTime, instant_to_wall
from sync.model.recurrence import Frequency
from sync.model.refusals import Budget, Plan, plan_for
from sync.model.starts import BudgetSpent, Meter, starts
from sync.model.timespan import TimeSpan

_DAY = timedelta(days=1)
_SLACK = timedelta(days=2)


def plain_spans(series: Series, *, window: TimeSpan, zone: str, budget: Budget) -> list[TimeSpan] | None:
    """The sorted spans that share an instant with ``window``; None where the series is not plain.

    Dates and floating times are read in the IANA ``zone``.
    """
    master, recurrence = series.master, series.recurrence
    if master is None or series.overrides or recurrence.dates or recurrence.excluded:
        return None
    if master.status is Status.CANCELLED:
        return []
    if not recurrence.rules:
        return _within([span_of(master.start, master.length, zone)], window)
    plan = plan_for(recurrence.rules[0], budget) if len(recurrence.rules) == 1 else None
    if plan is None or plan.problem or plan.solid or plan.rule.frequency > Frequency.DAILY:
        return None
    try:
        found = _within(_walked(master, plan, window, zone, budget), window)
    except BudgetSpent:
        return None
    return found if len(found) <= budget.instances else None


def _walked(
    master: Event, plan: Plan, window: TimeSpan, zone: str, budget: Budget
) -> Iterator[TimeSpan | None]:
    first, start = clock_of(master.start), master.start
    low, high = _reach(master, window, zone)
    allowed = until_check(plan.until, start, zone)
    for clock in starts(plan.rule, first, max(low, first), high, Meter(budget.steps)):
        if clock != first and not allowed(clock):
            return
        yield span_of(like(start, clock), master.length, zone)


def _reach(master: Event, window: TimeSpan, zone: str) -> tuple[datetime, datetime]:
    """The wall-clock starts that can touch the window."""
    own = (master.start.zone if isinstance(master.start, WallTime) else None) or zone
    longest = master.length.exact + _DAY * (master.length.days + 1)
    low = shifted(instant_to_wall(window.start, own), -(longest + _SLACK))
    return low, shifted(instant_to_wall(window.end, own), _SLACK)


def _within(spans: Iterator[TimeSpan | None] | list[TimeSpan | None], window: TimeSpan) -> list[TimeSpan]:
    """Those that touch the window, one a start: in a gap two wall clocks are one instant."""
    longest: dict[datetime, TimeSpan] = {}
    for span in spans:
        if span is None or not span.overlaps(window):
            continue
        known = longest.get(span.start)
        if known is None or known.end < span.end:
            longest[span.start] = span
    return sorted(longest.values())
