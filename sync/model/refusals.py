"""What a rule may cost, and how one that may not be walked blocks instead.

An event that cannot be expanded must not be free time. Every rule that names no hours, minutes or seconds and does
not repeat below the day gives DTSTART's time of day only, so "every day at that time" holds all it can mean. Of a
rule below the day nothing is known but where it begins and, with luck, ends: it takes all the time between.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache

from sync.model.moments import Moment
from sync.model.recurrence import BadRule, Frequency, Rule, parse_rule


@dataclass(frozen=True, slots=True)
class Budget:
    """Bounds for one series in one window. ``steps`` are periods, days and starts looked at."""

    steps: int = 50_000
    instances: int = 6_000
    product: int = 1_000
    count: int = 10_000
    dates: int = 2_000
    rules: int = 10


@dataclass(frozen=True, slots=True)
class Plan:
    """How to follow one RRULE: walk ``rule``; with ``solid`` block from its start to ``until`` or for ``lasting``."""

    rule: Rule
    solid: bool = False
    until: Moment | None = None
    lasting: timedelta | None = None
    problem: str = ""

    def fallback(self) -> Plan:
        """What holds everything the rule can mean, when walking it cost too much."""
        solid = self.rule.frequency > Frequency.DAILY or self.rule.times_a_day > 1 or self.solid
        return replace(self, rule=Rule(Frequency.DAILY, until=self.until), solid=solid)


_BELOW_THE_DAY = re.compile("SECONDLY|MINUTELY|HOURLY|BYHOUR|BYMINUTE|BYSECOND", re.IGNORECASE)
_UNTIL = re.compile(r"UNTIL\s*=\s*([0-9TZ]{1,20})", re.IGNORECASE | re.ASCII)
_UNIT = {Frequency.MINUTELY: timedelta(minutes=1), Frequency.SECONDLY: timedelta(seconds=1)}


def plan_for(text: str, budget: Budget) -> Plan:
    """Decide before any work is done; never raises. ``problem`` says in plain words why a rule is not followed."""
    # A calendar holds few different rules, each of them many times.
    return _known_plan(text, budget) if len(text) <= _SHORT else _plan_for(text, budget)


_SHORT = 200


@lru_cache(maxsize=1024)
def _known_plan(text: str, budget: Budget) -> Plan:
    return _plan_for(text, budget)


def _plan_for(text: str, budget: Budget) -> Plan:
    try:
        rule = parse_rule(text)
    except BadRule as error:
        until = _until(text)
        solid = bool(_BELOW_THE_DAY.search(text))
        return Plan(
            Rule(Frequency.DAILY, until=until), solid, until, problem=f"its rule is not valid: {error}"
        )
    daily = Rule(Frequency.DAILY, until=rule.until)
    below = bool(_BELOW_THE_DAY.search(text))
    if rule.frequency is Frequency.SECONDLY:
        problem = "its rule repeats every second: it is not followed"
        return Plan(daily, True, rule.until, _lasting(rule), problem)
    if rule.misused:
        problem = f"its rule has {rule.misused}, which may not be: it is not followed"
        return Plan(daily, below, rule.until, problem=problem)
    if rule.product > budget.product:
        return Plan(
            daily,
            below,
            rule.until,
            problem=f"its rule lists {rule.product} combinations: it is not followed",
        )
    if rule.count is not None and rule.count > budget.count:
        problem = f"its rule counts to {rule.count}: it is read as endless"
        return Plan(replace(rule, count=None), False, rule.until, problem=problem)
    return Plan(rule, until=rule.until, lasting=_lasting(rule))


def _lasting(rule: Rule) -> timedelta | None:
    """From the first start to the last, where COUNT alone says it: any list may put the starts further apart."""
    if rule.count is None or rule.frequency not in _UNIT or rule.has_lists:
        return None
    try:
        return _UNIT[rule.frequency] * rule.interval * (rule.count - 1)
    except OverflowError:
        return None


def _until(text: str) -> Moment | None:
    found = _UNTIL.search(text)
    try:
        return parse_rule(f"FREQ=DAILY;UNTIL={found[1]}").until if found else None
    except BadRule:
        return None
