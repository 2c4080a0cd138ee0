"""Whether a moment is one of the starts of a series, asked of a single moment."""

from __future__ import annotations

from datetime import datetime

from sync.model.event import Recurrence
from sync.model.instances import aligned, clock_of, until_check
from sync.model.moments import Moment, WallTime, instant_to_wall
from sync.model.recurrence import BadRule, Rule, parse_rule
from sync.model.starts import BudgetSpent, Meter, starts

_STEPS = 200_000


def happens(recurrence: Recurrence, first: Moment, moment: Moment, zone: str) -> bool:
    """True if ``moment`` is a start of the series from ``first`` on, left out or not. An unreadable rule has none.

    ``zone`` is that of floating times. Of a rule that costs too much nothing is known, so it is True.
    """
    clock = clock_of(aligned(first, local_to(first, moment)))
    if clock == clock_of(first) or any(
        clock == clock_of(aligned(first, start)) for start, _ in recurrence.dates
    ):
        return True
    return any(
        _is_start(rule, first, clock, zone) for rule in map(_rule, recurrence.rules) if rule is not None
    )


def local_to(first: Moment, moment: Moment) -> Moment:
    """A moment of the series in the zone of its first start."""
    own = first.zone if isinstance(first, WallTime) else None
    if own is None or not isinstance(moment, WallTime) or moment.zone in (None, own):
        return moment
    return WallTime(instant_to_wall(moment.instant(own), own), own)


def _rule(text: str) -> Rule | None:
    try:
        return parse_rule(text)
    except BadRule:
        return None


def _is_start(rule: Rule, first: Moment, clock: datetime, zone: str) -> bool:
    allowed = until_check(rule.until, first, zone)
    try:
        return any(allowed(start) for start in starts(rule, clock_of(first), clock, clock, Meter(_STEPS)))
    except (BudgetSpent, KeyError):
        return True
