"""Starts, instances and zones, reckoned with dateutil so that no code under test is its own witness."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil import rrule

from tests.support.google_server.refusal import Refusal, invalid

Body = dict[str, Any]
_SUFFIX = re.compile(r"(.+)_(\d{8}(?:T\d{6}Z)?)")
_PART_ORDER = ("FREQ", "WKST", "UNTIL", "COUNT", "INTERVAL")


def zone_of(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise invalid(f"Invalid time zone definition for {name}") from None


def normal_time(stated: Any, field: str, default_zone: str, *, recurs: bool) -> Body:
    """An EventDateTime as it is stored; exactly one of date and dateTime, a zone where one is needed."""
    value = {name: part for name, part in (stated or {}).items() if part is not None}
    if ("date" in value) == ("dateTime" in value):
        raise Refusal(400, "required", f"Missing {field} time.", location=field)
    if "date" in value:
        return {"date": value["date"]}
    moment, zone = datetime.fromisoformat(value["dateTime"]), value.get("timeZone")
    if zone is None and (recurs or moment.tzinfo is None):
        raise Refusal(400, "required", f"Missing time zone definition for {field} time.", location=field)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone_of(str(zone)))
    name = zone or default_zone
    return {"dateTime": moment.astimezone(zone_of(name)).isoformat(timespec="seconds"), "timeZone": name}


def check_span(start: Body, end: Body) -> None:
    if ("date" in start) != ("date" in end):
        raise invalid("Start and end times must either both be date or both be dateTime.")
    if instant_of(start, "UTC") > instant_of(end, "UTC"):
        raise Refusal(400, "timeRangeEmpty", "The specified time range is empty.", domain="calendar")


def instant_of(time: Body, zone: str) -> datetime:
    if "date" in time:
        return datetime.combine(date.fromisoformat(time["date"]), datetime.min.time(), zone_of(zone))
    return datetime.fromisoformat(time["dateTime"])


def shown(time: Body, zone: str) -> Body:
    """As a response states it: the offset is that of the zone that was asked for."""
    if "date" in time:
        return dict(time)
    moment = datetime.fromisoformat(time["dateTime"]).astimezone(zone_of(zone))
    return {"dateTime": moment.isoformat(timespec="seconds").replace("+00:00", "Z")} | {
        "timeZone": time["timeZone"]
    }


def normal_recurrence(lines: list[str], start: Body) -> list[str]:
    """Checked lines, with the parts of a rule in Google's own order."""
    found = []
    for line in lines:
        name, colon, value = line.partition(":")
        kind = name.partition(";")[0].upper()
        if kind not in ("RRULE", "EXRULE", "RDATE", "EXDATE") or not colon:
            raise invalid(f"Invalid recurrence line: {line}")
        found.append(f"RRULE:{_normal_rule(value, start)}" if kind == "RRULE" else line)
    return found


def _normal_rule(value: str, start: Body) -> str:
    parts = dict(part.partition("=")[::2] for part in value.split(";"))
    until = parts.get("UNTIL")
    if until is not None and ("T" in until) != ("dateTime" in start):
        raise invalid(f"Invalid recurrence rule: UNTIL={until} is of another kind than the start")
    if until is not None and "T" in until and not until.endswith("Z"):
        raise invalid(f"Invalid recurrence rule: UNTIL={until} is not in UTC")
    try:
        rrule.rrulestr(value, dtstart=_naive_start(start), ignoretz=True)
    except (ValueError, KeyError, TypeError):
        raise invalid(f"Invalid recurrence rule: {value}") from None
    ordered = [name for name in _PART_ORDER if name in parts] + [
        name for name in parts if name not in _PART_ORDER
    ]
    return ";".join(f"{name}={parts[name]}" for name in ordered)


def split_instance_id(event_id: str) -> tuple[str, str] | None:
    """The master's id and the suffix, of an id that looks like an instance's."""
    found = _SUFFIX.fullmatch(event_id)
    return None if found is None else (found[1], found[2])


def suffix_of(original: Body) -> str:
    if "date" in original:
        return str(original["date"]).replace("-", "")
    return datetime.fromisoformat(original["dateTime"]).astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def instances(master: Body) -> Iterator[tuple[Body, Body]]:
    """Original start and end of every instance, by start; endless for an endless rule."""
    start, end = master["start"], master["end"]
    first = _naive_start(start)
    rules = rrule.rruleset()
    for line in master["recurrence"]:
        _add_line(rules, line, start, first)
    if not any(line.upper().startswith("RRULE") for line in master["recurrence"]):
        rules.rdate(first)
    length = instant_of(end, "UTC") - instant_of(start, "UTC")
    for clock in rules:
        yield _moment(clock, start), _ending(clock, start, length)


def _add_line(rules: rrule.rruleset, line: str, start: Body, first: datetime) -> None:
    head, _, value = line.partition(":")
    kind = head.partition(";")[0].upper()
    if kind == "RRULE":
        rules.rrule(rrule.rrulestr(_local_until(value, start), dtstart=first, ignoretz=True))  # type: ignore[arg-type]
        return
    for piece in value.split(","):
        clock = _naive(piece.partition("/")[0], start)
        if kind == "RDATE":
            rules.rdate(clock)
        elif kind == "EXDATE":
            rules.exdate(clock)


def _local_until(rule: str, start: Body) -> str:
    found = re.search(r"UNTIL=(\d{8}T\d{6})Z", rule)
    if found is None or "date" in start:
        return rule
    until = datetime.strptime(found[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    return rule.replace(found[0], f"UNTIL={until.astimezone(zone_of(start['timeZone'])):%Y%m%dT%H%M%S}")


def _naive(text: str, start: Body) -> datetime:
    if text.endswith("Z") and "timeZone" in start:
        moment = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return moment.astimezone(zone_of(start["timeZone"])).replace(tzinfo=None)
    if "T" in text:
        return datetime.strptime(text.removesuffix("Z"), "%Y%m%dT%H%M%S")
    day = datetime.strptime(text, "%Y%m%d")
    return day if "date" in start else datetime.combine(day, _naive_start(start).time())


def _naive_start(start: Body) -> datetime:
    if "date" in start:
        return datetime.combine(date.fromisoformat(start["date"]), datetime.min.time())
    moment = datetime.fromisoformat(start["dateTime"])
    return (moment.astimezone(zone_of(start["timeZone"])) if "timeZone" in start else moment).replace(
        tzinfo=None
    )


def _moment(clock: datetime, start: Body) -> Body:
    if "date" in start:
        return {"date": clock.date().isoformat()}
    zone = zone_of(start["timeZone"])
    return {
        "dateTime": clock.replace(tzinfo=zone).isoformat(timespec="seconds"),
        "timeZone": start["timeZone"],
    }


def _ending(clock: datetime, start: Body, length: timedelta) -> Body:
    if "date" in start:
        return {"date": (clock.date() + length).isoformat()}
    zone = zone_of(start["timeZone"])
    end = (clock.replace(tzinfo=zone).astimezone(UTC) + length).astimezone(zone)
    return {"dateTime": end.isoformat(timespec="seconds"), "timeZone": start["timeZone"]}
