"""Whether anything of a series is left after an instant, found without expanding what lies before it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sync.model.event import Event, Series
from sync.model.instances import (
    EARLIEST,
    LATEST,
    aligned,
    clock_of,
    instant_of,
    like,
    shift_of,
    shifted,
    span_of,
    until_check,
)
from sync.model.moments import Length, Moment, WallTime, instant_to_wall
from sync.model.refusals import Budget, Plan, plan_for
from sync.model.starts import BudgetSpent, Meter, starts

_DAY = timedelta(days=1)
_SLACK = timedelta(days=2)
_SHARE = 5
"""What this may cost is a part of what an expansion may: a walk of COUNT begins at the first start."""


def goes_on_after(series: Series, instant: datetime, *, zone: str, budget: Budget) -> bool:
    """Whether the series may take time after ``instant``; True wherever that is not certain.

    Dates and floating times are read in the IANA ``zone``. What is excluded or cancelled counts as if it were not.
    """

    def lasts(moment: Moment, length: Length) -> bool:
        span = span_of(moment, length, zone)
        return span is not None and span.end > instant

    if any(lasts(override.event.start, override.event.length) for override in series.overrides):
        return True
    master, recurrence = series.master, series.recurrence
    if master is None:
        return False
    if lasts(master.start, master.length) or len(recurrence.rules) > budget.rules:
        return True
    dates = ((aligned(master.start, moment), length or master.length) for moment, length in recurrence.dates)
    if any(lasts(moment, length) for moment, length in dates):
        return True
    return any(
        _rule_goes_on(series, master, plan_for(rule, budget), instant, zone, budget)
        for rule in recurrence.rules
    )


def _rule_goes_on(
    series: Series, master: Event, plan: Plan, instant: datetime, zone: str, budget: Budget
) -> bool:
    later = [override for override in series.overrides if override.this_and_future]
    events = [master, *(override.event for override in later)]
    longest = max(event.length.exact + _DAY * (event.length.days + 1) for event in events)
    reach = longest + _SLACK + max([timedelta(0), *(shift_of(override, zone) for override in later)])
    if plan.until is None and (plan.problem or plan.solid):
        return True
    if plan.until is not None:
        if shifted(instant_of(plan.until, zone), reach) <= instant:
            return False
        if plan.problem or plan.solid:
            return True
    own = (master.start.zone if isinstance(master.start, WallTime) else None) or zone
    first, low = clock_of(master.start), shifted(instant_to_wall(instant, own), -reach)
    high = LATEST if plan.until is None else shifted(clock_of(plan.until), _SLACK)
    allowed = until_check(plan.until, master.start, zone)
    try:
        for clock in starts(plan.rule, first, max(low, first, EARLIEST), high, Meter(budget.steps // _SHARE)):
            if clock != first and not allowed(clock):
                return False
            span = span_of(like(master.start, clock), master.length, zone)
            if later or (span is not None and span.end > instant):
                return True
    except BudgetSpent:
        return True
    return False
