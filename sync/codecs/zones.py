"""From the TZID of an object to an IANA zone. A VTIMEZONE is asked only where the name is unknown.

A hostile VTIMEZONE of 400 bytes can cost its reader seconds, so only yearly rules, few observances and sane offsets are
worked out, and only for five years. What results is not a zone of its own but the IANA zone that has the
same offsets.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from sync.codecs.lines import Component
from sync.codecs.quirks import zone_by_another_name
from sync.codecs.values import read_moment
from sync.model.moments import WallTime
from sync.model.recurrence import BadRule, Frequency, parse_rule
from sync.model.starts import BudgetSpent, Meter, starts

MOST_OBSERVANCES = 20
MOST_ZONES = 20
_WIDEST = 14 * 3600
_STEPS = 20_000
_YEARS = 5
_NAMES = frozenset({"TZID", "X-LIC-LOCATION", "DTSTART", "RRULE", "RDATE", "TZOFFSETFROM", "TZOFFSETTO"})

Change = tuple[datetime, int, int]
"""Naive UTC instant, seconds east of UTC before it and from it on."""


class BadZone(ValueError):
    """The VTIMEZONE is not one that is worked out; the message says why."""


@dataclass(slots=True)
class Zones:
    """The VTIMEZONEs of one object; ``problems`` grows with every TZID that had to be guessed."""

    definitions: dict[str, Component]
    problems: list[str]
    found: dict[str, str | None]

    @classmethod
    def of(cls, calendars: Iterable[Component]) -> Zones:
        definitions: dict[str, Component] = {}
        for calendar in calendars:
            for component in calendar.walk("VTIMEZONE"):
                for line in component.lines(frozenset({"TZID"})):
                    definitions.setdefault(line.value.strip(), component)
        return cls(definitions, [], {})

    def find(self, tzid: str, year: int) -> str | None:
        """The IANA name, or None for a floating time. ``year`` is where a definition is compared."""
        known = zone_by_another_name(tzid)
        if known is not None:
            return known
        if tzid not in self.found:
            self.found[tzid] = self._guess(tzid, year)
        return self.found[tzid]

    def _guess(self, tzid: str, year: int) -> str | None:
        if len(self.found) >= MOST_ZONES:
            self.problems.append(
                "it has too many time zones of its own: times are read in the calendar's zone"
            )
            return None
        shown = tzid[:60]
        definition = self.definitions.get(tzid)
        if definition is None:
            self.problems.append(
                f"its time zone {shown!r} is not known: times are read in the calendar's zone"
            )
            return None
        try:
            located = [line.value for line in definition.lines(frozenset({"X-LIC-LOCATION"}))]
            for location in located:
                known = zone_by_another_name(location)
                if known is not None:
                    return known
            changes = changes_of(definition, year)
        except BadZone as error:
            self.problems.append(
                f"its time zone {shown!r} cannot be worked out ({error}): read in the calendar's zone"
            )
            return None
        zone = same_offsets(changes, year)
        if zone is not None:
            return zone
        hours, rest = divmod(_offset(changes, datetime(year, 1, 1)), 3600)  # noqa: DTZ001 - naive UTC
        if rest or not -12 <= hours <= 12:
            self.problems.append(f"its time zone {shown!r} is like no known one: read in the calendar's zone")
            return None
        self.problems.append(
            f"its time zone {shown!r} is like no known one: read as {hours:+d} h from UTC all year"
        )
        return f"Etc/GMT{-hours:+d}" if hours else "UTC"


def changes_of(definition: Component, year: int) -> tuple[Change, ...]:
    """What a VTIMEZONE says of the years from ``year - 1`` on, and the last change before. Raises BadZone."""
    observances = [child for child in definition.children if child.name in ("STANDARD", "DAYLIGHT")]
    if not observances:
        raise BadZone("it says nothing")
    if len(observances) > MOST_OBSERVANCES:
        raise BadZone("it has too many parts")
    meter = Meter(_STEPS)
    try:
        changes = sorted({change for part in observances for change in _onsets(part, year, meter)})
    except BudgetSpent:
        raise BadZone("its rules are too many") from None
    except (BadRule, ValueError, OverflowError) as error:
        raise BadZone(str(error)[:80]) from error
    if not changes:
        raise BadZone("it says nothing of that year")
    return tuple(changes)


def _onsets(part: Component, year: int, meter: Meter) -> list[Change]:
    lines = list(part.lines(_NAMES))
    values = {line.name: line.value for line in lines}
    before, after = _seconds(values.get("TZOFFSETFROM", "")), _seconds(values.get("TZOFFSETTO", ""))
    first = _clock(values.get("DTSTART", ""))
    clocks = [first]
    for line in lines:
        if line.name == "RDATE":
            pieces = line.value.split(",")
            meter.spend(len(pieces))
            clocks += [_clock(piece.partition("/")[0]) for piece in pieces]
        elif line.name == "RRULE":
            clocks += _yearly(line.value, first, year, meter)
    last = datetime(year + _YEARS, 1, 1)  # noqa: DTZ001 - naive wall clock by contract
    return [(clock - timedelta(seconds=before), before, after) for clock in clocks if clock < last]


def _yearly(text: str, first: datetime, year: int, meter: Meter) -> list[datetime]:
    rule = parse_rule(text)
    if (
        rule.frequency is not Frequency.YEARLY
        or rule.product > 31
        or rule.hours
        or rule.minutes
        or rule.seconds
    ):
        raise BadZone("its rule is not a simple yearly one")
    until = rule.until
    limit = until.clock if isinstance(until, WallTime) else None
    low = datetime(min(year - 1, limit.year) if limit else year - 1, 1, 1)  # noqa: DTZ001
    high = datetime(year + _YEARS, 1, 1)  # noqa: DTZ001
    if limit is not None:
        # UNTIL is in UTC and offsets are below a day: the change of the day after is not meant by anyone.
        high = min(high, limit + timedelta(days=1))
    return list(starts(rule, first, low, high, meter))


def _clock(value: str) -> datetime:
    moment = read_moment(value, "", lambda _tzid, _year: None)
    if not isinstance(moment, WallTime):
        raise BadZone("a change has no time of day")
    return moment.clock


def _seconds(text: str) -> int:
    text = text.strip()
    digits = text[1:]
    if text[:1] not in ("+", "-") or not (digits.isascii() and digits.isdigit() and len(digits) in (4, 6)):
        raise BadZone("an offset cannot be read")
    seconds = int(digits[:2]) * 3600 + int(digits[2:4]) * 60 + int(digits[4:] or 0)
    if seconds > _WIDEST:
        raise BadZone("an offset is more than 14 hours")
    return -seconds if text[0] == "-" else seconds


def _offset(changes: tuple[Change, ...], at: datetime) -> int:
    offset = changes[0][1]
    for instant, _, after in changes:
        if instant > at:
            break
        offset = after
    return offset


@lru_cache(maxsize=256)
def same_offsets(changes: tuple[Change, ...], year: int) -> str | None:
    """The first of CLDR's representative zones with these offsets from ``year`` on; their number bounds the work."""
    begin, end = datetime(year, 1, 1), datetime(year + _YEARS - 1, 1, 1)  # noqa: DTZ001 - naive UTC
    samples = [begin + timedelta(days=15 * step) for step in range((_YEARS - 1) * 24)]
    for instant, _, _ in changes:
        samples += [instant - timedelta(minutes=1), instant + timedelta(minutes=1)]
    wanted = [(at.replace(tzinfo=UTC), _offset(changes, at)) for at in samples if begin <= at < end]
    for name in dict.fromkeys(["UTC", *WINDOWS_TO_OLSON.values()]):
        zone = ZoneInfo(name)
        if all(_offset_at(zone, at) == offset for at, offset in wanted):
            return name
    return None


def _offset_at(zone: ZoneInfo, at: datetime) -> int:
    offset = at.astimezone(zone).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0
