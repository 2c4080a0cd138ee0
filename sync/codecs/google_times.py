"""Times as Google states them: EventDateTime objects, and iCalendar lines for what repeats."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sync.codecs import quirks
from sync.codecs.ical_event import EventReader, Properties
from sync.codecs.ical_write import recurrence_lines
from sync.codecs.lines import Component, Line, parse_line
from sync.codecs.values import LONGEST, write_clock, write_date
from sync.codecs.zones import Zones
from sync.model.event import Event, Recurrence
from sync.model.instances import clock_of, span_of
from sync.model.moments import Length, Moment, WallTime, instant_to_wall, wall_to_instant
from sync.model.recurrence import BadRule, parse_rule

_OF_RECURRENCE = ("RRULE", "RDATE", "EXDATE", "EXRULE")


def read_moment(stated: object, zone: str | None) -> Moment:
    """``{"date"}`` or ``{"dateTime", "timeZone"}``; ``zone`` is the calendar's, for a time that names none.

    A local time that comes twice and means the second is given in UTC: a wall clock means the first. Raises ValueError.
    """
    if not isinstance(stated, Mapping):
        raise ValueError("it has no time")
    day, time = stated.get("date"), stated.get("dateTime")
    if isinstance(time, str):
        return _within(_wall(datetime.fromisoformat(time), str(stated.get("timeZone") or ""), zone))
    if isinstance(day, str):
        return _within(date.fromisoformat(day))
    raise ValueError("it has no time")


def _wall(stated: datetime, name: str, default: str | None) -> WallTime:
    zone = quirks.zone_by_another_name(name) if name else default
    stated = stated.replace(microsecond=0)
    if stated.tzinfo is None:
        return WallTime(stated, zone or default)
    instant = stated.astimezone(UTC)
    clock = instant_to_wall(instant, zone or default or "UTC")
    if wall_to_instant(clock, zone or default or "UTC") != instant:
        return WallTime(instant.replace(tzinfo=None), "UTC")
    return WallTime(clock, zone or default or "UTC")


def _within(moment: Moment) -> Moment:
    if not 1 < clock_of(moment).year < 9800:  # any event may last a century
        raise ValueError("it is in no year that can be reckoned with")
    return moment


def read_length(start: Moment, end: Moment) -> Length:
    """From start to the exclusive end. Raises ValueError for an end of another kind, before the start, or too far."""
    if isinstance(start, WallTime) is not isinstance(end, WallTime):
        raise ValueError("its start and end are not of one kind")
    if isinstance(start, WallTime) and isinstance(end, WallTime):
        ahead = end.instant("UTC") - start.instant("UTC")
        length = Length(exact=ahead)
    else:
        ahead = clock_of(end) - clock_of(start)
        length = quirks.date_ends_on_its_start(Length(days=ahead.days))
    if ahead.days < 0:
        raise ValueError("it ends before it starts")
    if ahead > LONGEST:
        raise ValueError("it is longer than a century")
    return length


def read_recurrence(lines: object, master: Event, problems: list[str]) -> Recurrence:
    """``recurrence`` of an event: RRULE, RDATE, EXDATE, EXRULE lines (RFC 5545). What is wrong goes to ``problems``."""
    found: dict[str, list[Line]] = {}
    for text in lines if isinstance(lines, list) else []:
        line = parse_line(text) if isinstance(text, str) else None
        if line is None or line.name not in _OF_RECURRENCE:
            problems.append("a part of its recurrence cannot be read")
        else:
            found.setdefault(line.name, []).append(line)
    reader = EventReader(Zones({}, [], {}), frozenset())
    recurrence = reader.recurrence(Properties(found, Component("VEVENT", 0)), master)
    problems += reader.problems
    return recurrence


def write_moment(moment: Moment, zone: str) -> dict[str, Any]:
    """An EventDateTime with its offset and its zone; ``zone`` is the calendar's, for a floating time."""
    if not isinstance(moment, WallTime):
        return {"date": moment.isoformat()}
    name = moment.zone or zone
    return {"dateTime": moment.instant(zone).astimezone(ZoneInfo(name)).isoformat(), "timeZone": name}


def write_span(event: Event, zone: str) -> dict[str, Any]:
    """``start`` and ``end``. An event without length ends where it starts."""
    start = event.start
    if isinstance(start, WallTime):
        name = start.zone or zone
        span = span_of(start, event.length, zone)
        end = start.instant(zone) if span is None else span.end
        last = {"dateTime": end.astimezone(ZoneInfo(name)).isoformat(), "timeZone": name}
        return {"start": write_moment(start, zone), "end": last}
    after = date.fromordinal(start.toordinal() + max(1, event.length.days))
    return {"start": write_moment(start, zone), "end": write_moment(after, zone)}


def write_recurrence(recurrence: Recurrence, first: Moment, zone: str) -> list[str]:
    """Lines for ``recurrence``. Google wants UNTIL in UTC for a timed series and as a date for an all-day one."""
    rules = tuple(_rule(rule, first, zone) for rule in recurrence.rules)
    dates = tuple((_zoned(moment, zone), length) for moment, length in recurrence.dates)
    excluded = tuple(_zoned(moment, zone) for moment in recurrence.excluded)
    return recurrence_lines(Recurrence(rules, dates, excluded))


def _zoned(moment: Moment, zone: str) -> Moment:
    floating = isinstance(moment, WallTime) and moment.zone is None
    return WallTime(clock_of(moment), zone) if floating else moment


def _rule(text: str, first: Moment, zone: str) -> str:
    try:
        until = parse_rule(text).until
    except BadRule:
        return text
    if until is None:
        return text
    if not isinstance(first, WallTime):
        wanted = write_date(clock_of(until).date())
    elif isinstance(until, WallTime):
        wanted = write_clock(until.instant(first.zone or zone).replace(tzinfo=None)) + "Z"
    else:
        # A date among times holds to the end of that day.
        end = wall_to_instant(clock_of(until).replace(hour=23, minute=59, second=59), first.zone or zone)
        wanted = write_clock(end.replace(tzinfo=None)) + "Z"
    return ";".join(_with_until(part, wanted) for part in text.split(";"))


def _with_until(part: str, wanted: str) -> str:
    return f"UNTIL={wanted}" if part.strip().upper().startswith("UNTIL") else part
