"""Rules as Hypothesis draws them: every part that RFC 5545 3.3.10 allows with a frequency, in odd combinations."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from tests.support.expanders import literal
from tests.support.expanders.rules import MOST, RuleCase

_DAY = timedelta(days=1)
_AHEAD = {
    "YEARLY": 3000 * _DAY, "MONTHLY": 1500 * _DAY, "WEEKLY": 700 * _DAY, "DAILY": 420 * _DAY,
    "HOURLY": 9 * _DAY, "MINUTELY": _DAY / 3,
}  # fmt: skip
_MONTH_DAYS = [-31, -29, -7, -3, -2, -1, 1, 2, 5, 13, 15, 28, 29, 30, 31]
_YEAR_DAYS = [1, 2, 59, 60, 61, 100, 200, 365, 366, -1, -2, -100, -365, -366]
_WEEKS = [1, 2, 5, 20, 51, 52, 53, -1, -2, -52, -53]
_ORDINALS = [1, 2, 3, 4, 5, -1, -2, -5]


def _some(values: list[Any], most: int) -> st.SearchStrategy[str]:
    listed = st.lists(st.sampled_from(values), min_size=1, max_size=most, unique=True)
    # In order, for ical.js and libical follow a list in the order it is written: a row of its own in the table.
    return listed.map(lambda chosen: ",".join(map(str, sorted(chosen, key=values.index))))


@st.composite
def rule_texts(draw: st.DrawFn) -> str:
    """A valid rule without its end."""
    frequency = draw(
        st.sampled_from(["YEARLY", "YEARLY", "MONTHLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY"])
    )
    parts = {"FREQ": frequency}

    def maybe(name: str, values: list[Any], most: int = 4, chance: int = 3) -> None:
        if draw(st.integers(1, chance)) == 1:
            parts[name] = draw(_some(values, most))

    if draw(st.booleans()):
        parts["INTERVAL"] = str(draw(st.integers(1, 40 if frequency in ("HOURLY", "MINUTELY") else 5)))
    maybe("BYMONTH", list(range(1, 13)))
    if frequency == "YEARLY":
        maybe("BYWEEKNO", _WEEKS, chance=4)
    if frequency in ("YEARLY", "HOURLY", "MINUTELY"):
        maybe("BYYEARDAY", _YEAR_DAYS, chance=4)
    if frequency != "WEEKLY":
        maybe("BYMONTHDAY", _MONTH_DAYS)
    days: list[str] = list(literal.DAYS)
    if frequency == "MONTHLY" or (frequency == "YEARLY" and "BYWEEKNO" not in parts):
        days += [f"{ordinal}{day}" for ordinal in _ORDINALS for day in literal.DAYS]
    if frequency == "YEARLY" and "BYWEEKNO" not in parts and "BYMONTH" not in parts:
        days += ["20MO", "-20TU", "53FR", "-53SU"]
    maybe("BYDAY", days, 5, 2)
    maybe("BYHOUR", list(range(24)), 3, 5)
    maybe("BYMINUTE", list(range(0, 60, 5)), 3, 6)
    maybe("BYSECOND", [0, 15, 59], 2, 8)
    if len(parts.keys() - {"FREQ", "INTERVAL"}):
        maybe("BYSETPOS", [1, 2, 3, -1, -2, -4, 366], 3)
    if draw(st.booleans()):
        parts["WKST"] = draw(st.sampled_from(literal.DAYS))
    return ";".join(f"{name}={value}" for name, value in parts.items())


@st.composite
def rule_cases(draw: st.DrawFn) -> RuleCase:
    """A rule whose DTSTART is its first instance: without that RFC 5545 3.8.5.3 leaves the set undefined."""
    rule = draw(rule_texts())
    frequency = rule.partition(";")[0].removeprefix("FREQ=")
    begin = draw(st.datetimes(datetime(2019, 1, 1), datetime(2027, 1, 1))).replace(microsecond=0)
    high = begin + _AHEAD[frequency]
    first = next(iter(literal.matched(rule, begin, high)), None)
    assume(first is not None)
    high = first + _AHEAD[frequency]
    # What the rule leaves open is taken from DTSTART, so with another start it may be another rule.
    assume(first in literal.matched(rule, first, first))
    found = literal.starts(rule, first, high, MOST)
    return RuleCase(rule + draw(_ends(found)), first, high)


@st.composite
def _ends(draw: st.DrawFn, found: list[datetime]) -> str:
    if len(found) < 2:
        return ""
    last = draw(st.sampled_from(found[1:40]))
    match draw(st.sampled_from(["", "COUNT", "UNTIL", "UNTIL between"])):
        case "COUNT":
            return f";COUNT={draw(st.integers(1, min(40, len(found))))}"
        case "UNTIL":
            return f";UNTIL={last:%Y%m%dT%H%M%S}"
        case "UNTIL between":
            return f";UNTIL={last - timedelta(seconds=1):%Y%m%dT%H%M%S}"
    return ""
