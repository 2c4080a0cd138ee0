"""A hash of what a series means. Two texts of the same meaning have the same one, in every process and release.

DTSTAMP, SEQUENCE, ETags, alarms, attendees and the like are no part of a Series, so they cannot reach it. Times
enter as wall clock and zone, for that is what a calendar keeps when the law moves an offset.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import NewType

import orjson

from sync.model.event import Event, Override, Recurrence, Series
from sync.model.instances import clock_of, shifted
from sync.model.moments import Length, Moment, WallTime, instant_to_wall, wall_to_instant
from sync.model.recurrence import WEEKDAYS, BadRule, Frequency, Rule, parse_rule
from sync.model.text import multi_line, single_line

Fingerprint = NewType("Fingerprint", str)
"""``"1:"`` and 32 hex digits; the number names the canonical form, so a change of it reads as one change of all."""

_VERSION = "1"
_DAY = timedelta(days=1)


def fingerprint(series: Series) -> Fingerprint:
    """The hash of start, length, status, transparency, texts, own response, privacy, categories, kind and recurrence.

    Order of overrides, dates, rules and categories does not matter, nor do UTC or local spellings of one time,
    trailing blanks, line ends, or rule parts that only repeat what DTSTART says. Neither the UID nor problems enter.
    """
    return Fingerprint(f"{_VERSION}:{hashlib.sha256(_canonical(meaning(series))).hexdigest()[:32]}")


def _canonical(meant: dict[str, object]) -> bytes:
    """JSON in ASCII with sorted keys and without blanks."""
    try:
        quick = orjson.dumps(meant, option=orjson.OPT_SORT_KEYS)
        if quick.isascii() and b"\x7f" not in quick:
            return quick
    except orjson.JSONEncodeError:  # a lone surrogate, which json escapes
        pass
    return json.dumps(meant, ensure_ascii=True, separators=(",", ":"), sort_keys=True).encode()


def meaning(series: Series) -> dict[str, object]:
    """The canonical form that is hashed, of JSON types only."""
    master, recurrence = series.master, series.recurrence
    first = master.start if master is not None else None
    repeats = bool(recurrence) or any(override.this_and_future for override in series.overrides)
    found: dict[str, object] = {}
    if master is not None:
        found["master"] = event_meaning(master, repeats=repeats)
        found |= recurrence_meaning(recurrence, master.start)
    found["overrides"] = sorted((_override(override, first) for override in series.overrides), key=json.dumps)
    return found


def recurrence_meaning(recurrence: Recurrence, first: Moment) -> dict[str, object]:
    """Rules, extra and excluded starts in a series that begins at ``first``."""
    return {
        "rules": sorted({rule_meaning(rule, first) for rule in recurrence.rules}),
        "dates": sorted(
            [_moment(moment, first), length_meaning(moment, length, repeats=True) if length else ""]
            for moment, length in set(recurrence.dates)
        ),
        "excluded": sorted({_moment(moment, first) for moment in recurrence.excluded}),
    }


def event_meaning(event: Event, *, repeats: bool) -> dict[str, object]:
    """One component; with ``repeats`` its length is one that every instance has."""
    return {
        "start": _moment(event.start, event.start),
        "length": length_meaning(event.start, event.length, repeats=repeats),
        "summary": single_line(event.summary),
        "description": multi_line(event.description),
        "location": single_line(event.location),
        "status": event.status.value,
        "transparency": event.transparency.value,
        "response": event.own_response.value if event.own_response else "",
        "categories": sorted({single_line(category) for category in event.categories} - {""}),
        "kind": event.kind.value,
        "private": event.private,
    }


def length_meaning(start: Moment, length: Length, *, repeats: bool) -> str:
    """Days for dates. A single zoned time has one elapsed length; a repeated one keeps nominal days apart.

    Of a floating time the wall clock is all there is: 24 hours and a day are one.
    """
    if not isinstance(start, WallTime):
        return f"{max(1, length.days)}d"
    if start.zone is None:
        return _seconds(length.days * _DAY + length.exact)
    if length.days and not repeats:
        nominal = wall_to_instant(shifted(start.clock, length.days * _DAY), start.zone)
        return _seconds(nominal - wall_to_instant(start.clock, start.zone) + length.exact)
    return f"{length.days}d{_seconds(length.exact)}" if length.days else _seconds(length.exact)


def rule_meaning(text: str, first: Moment) -> str:
    """The rule with defaults left out and what DTSTART implies written out; a bad one as it stands."""
    try:
        rule = parse_rule(text).explicit(clock_of(first))
    except BadRule:
        return "?" + "".join(text.upper().split())
    parts = [f"FREQ={rule.frequency.name}"]
    if rule.interval != 1:
        parts.append(f"INTERVAL={rule.interval}")
    if rule.count is not None:
        parts.append(f"COUNT={rule.count}")
    if rule.until is not None:
        parts.append(f"UNTIL={_moment(rule.until, first)}")
    for name in (
        "months",
        "week_numbers",
        "year_days",
        "month_days",
        "hours",
        "minutes",
        "seconds",
        "positions",
    ):
        values = getattr(rule, name)
        if values:
            parts.append(f"{name}={','.join(map(str, values))}")
    if rule.weekdays:
        parts.append("BYDAY=" + ",".join(f"{ordinal or ''}{WEEKDAYS[day]}" for ordinal, day in rule.weekdays))
    if rule.week_start and _week_start_matters(rule):
        parts.append(f"WKST={WEEKDAYS[rule.week_start]}")
    return ";".join(parts)


def _week_start_matters(rule: Rule) -> bool:
    return bool(rule.week_numbers) or (
        rule.frequency is Frequency.WEEKLY and (rule.interval > 1 or rule.positions != ())
    )


def _override(override: Override, first: Moment | None) -> dict[str, object]:
    found = event_meaning(override.event, repeats=override.this_and_future)
    found["id"] = _moment(override.recurrence_id, first)
    found["later"] = override.this_and_future
    return found


def _moment(moment: Moment, first: Moment | None) -> str:
    """A date, or wall clock and zone: those of ``first`` if it has a zone, whatever the spelling."""
    if not isinstance(moment, WallTime):
        return moment.isoformat()
    zone = first.zone if isinstance(first, WallTime) else None
    clock = moment.clock
    if zone is not None and moment.zone not in (None, zone):
        clock = instant_to_wall(moment.instant(zone), zone)
    return f"{_text(clock)}/{zone or moment.zone or ''}"


def _text(clock: datetime) -> str:
    return clock.replace(tzinfo=None, microsecond=0).isoformat()


def _seconds(length: timedelta) -> str:
    return f"{int(length.total_seconds())}s"
