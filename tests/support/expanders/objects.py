"""Whole calendar objects: what RFC 5545 makes of one, word by word, and every opinion on it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events

from sync.codecs.ical import read_object
from sync.codecs.timezones import timezone_lines
from sync.model.occurrences import occurrences
from sync.model.timespan import TimeSpan
from tests.support.expanders import literal
from tests.support.expanders.line_process import NoAnswer
from tests.support.expanders.rules import ICAL_JS, LIBICAL

DEFAULT = "Europe/Berlin"
"""The zone of the calendar: floating times and dates are read in it."""

Spans = list[tuple[datetime, datetime]]
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stated:
    """A wall clock and how it is written: in DTSTART's own form, in ``UTC``, or as a ``DATE``."""

    clock: datetime
    form: str = "own"


@dataclass(frozen=True, slots=True)
class Lasting:
    """``DTEND``, ``DURATION`` or neither; ``days`` are nominal where it is a DURATION."""

    name: str
    days: int = 0
    exact: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Change:
    """An override: where the instance was, where it is, whether it is cancelled or holds for all later ones."""

    was: Stated
    start: datetime
    minutes: int
    cancelled: bool = False
    future: bool = False


@dataclass(frozen=True, slots=True)
class ObjectCase:
    """``zone`` None is floating. Dates have their clock at midnight. ``until`` ends ``rule``; ``count`` does too."""

    zone: str | None
    first: datetime
    lasting: Lasting
    all_day: bool = False
    rule: str = ""
    count: int | None = None
    until: Stated | None = None
    extra: tuple[tuple[Stated, int | None], ...] = ()
    excluded: tuple[Stated, ...] = ()
    changes: tuple[Change, ...] = ()

    @property
    def window(self) -> TimeSpan:
        begin = datetime.combine(self.first.date(), time(), UTC) - 2 * _DAY
        return TimeSpan(begin, begin + 45 * _DAY)

    def instant(self, clock: datetime) -> datetime:
        """3.3.5: in a gap the offset before it, of two the first."""
        return clock.replace(tzinfo=ZoneInfo(self.zone or DEFAULT), fold=0).astimezone(UTC)


def text_of(case: ObjectCase) -> str:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Expanders//EN"]
    if case.zone not in (None, "UTC"):
        lines += timezone_lines(str(case.zone), case.first.year)
    lines += [
        "BEGIN:VEVENT",
        "UID:drawn",
        "DTSTAMP:20260101T000000Z",
        _line(case, "DTSTART", Stated(case.first)),
    ]
    lines += _end_lines(case)
    if case.rule:
        end = f";COUNT={case.count}" if case.count else ""
        end = f";UNTIL={_value(case, case.until)[1]}" if case.until else end
        lines.append(f"RRULE:{case.rule}{end}")
    for at, minutes in case.extra:
        parameters, value = _value(case, at)
        period = f"/PT{minutes}M" if minutes else ""
        lines.append(f"RDATE{';VALUE=PERIOD' if period else ''}{parameters}:{value}{period}")
    lines += [_line(case, "EXDATE", at) for at in case.excluded]
    lines.append("END:VEVENT")
    for change in case.changes:
        lines += _change_lines(case, change)
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def _end_lines(case: ObjectCase) -> list[str]:
    lasting = case.lasting
    if lasting.name == "DTEND":
        return [_line(case, "DTEND", Stated(case.first + lasting.days * _DAY + lasting.exact))]
    minutes = int(lasting.exact / timedelta(minutes=1))
    parts = (f"{lasting.days}D" if lasting.days else "") + (f"T{minutes}M" if minutes else "")
    return [f"DURATION:P{parts}"] if lasting.name == "DURATION" else []


def _change_lines(case: ObjectCase, change: Change) -> list[str]:
    name = "RECURRENCE-ID;RANGE=THISANDFUTURE" if change.future else "RECURRENCE-ID"
    return [
        "BEGIN:VEVENT", "UID:drawn", "DTSTAMP:20260101T000000Z",
        _line(case, name, change.was), _line(case, "DTSTART", Stated(change.start)),
        *([] if case.all_day else [f"DURATION:PT{change.minutes}M"]),
        *(["STATUS:CANCELLED"] if change.cancelled else []), "END:VEVENT",
    ]  # fmt: skip


def _line(case: ObjectCase, name: str, at: Stated) -> str:
    return f"{name}{':'.join(_value(case, at))}"


def _value(case: ObjectCase, at: Stated) -> tuple[str, str]:
    if case.all_day or at.form == "DATE":
        return ";VALUE=DATE", f"{at.clock:%Y%m%d}"
    if at.form == "UTC" or case.zone == "UTC":
        return "", f"{case.instant(at.clock):%Y%m%dT%H%M%SZ}"
    return f";TZID={case.zone}" if case.zone else "", f"{at.clock:%Y%m%dT%H%M%S}"


def by_the_text(case: ObjectCase) -> Spans:
    """3.8.5.3: gather what DTSTART, RRULE and RDATE give, take EXDATE away, then put overrides in their places."""
    lasting: dict[datetime, int | None] = {case.first: None}
    if case.rule:
        rule = f"{case.rule};COUNT={case.count}" if case.count else case.rule
        high = case.window.end.replace(tzinfo=None) + 20 * _DAY
        lasting |= {at: None for at in literal.starts(rule, case.first, high, 2_000) if _allowed(case, at)}
    lasting |= {at.clock: minutes for at, minutes in case.extra}
    instances = {at: minutes for at, minutes in lasting.items() if not _is_excluded(case, at)}
    spans = [
        _changed_span(case, at, minutes) for at, minutes in instances.items() if not _has_override(case, at)
    ]
    spans += [_span(case, c.start, Lasting("DURATION", 1, timedelta(0)) if case.all_day else _minutes(c.minutes))
              for c in case.changes if not c.cancelled]  # fmt: skip
    window = case.window
    return sorted({span for span in spans if span and span[0] < window.end and span[1] > window.start})


def _minutes(minutes: int) -> Lasting:
    return Lasting("DURATION", 0, timedelta(minutes=minutes))


def _allowed(case: ObjectCase, at: datetime) -> bool:
    """UNTIL is inclusive; in UTC it compares instants, as a DATE it holds to the end of its day."""
    if case.until is None or at == case.first:
        return True
    if case.until.form == "DATE" or case.all_day:
        return at.date() <= case.until.clock.date()
    return case.instant(at) <= case.instant(case.until.clock)


def _is_excluded(case: ObjectCase, at: datetime) -> bool:
    return any(
        at.date() == out.clock.date()
        if out.form == "DATE" or case.all_day
        else case.instant(at) == case.instant(out.clock)
        for out in case.excluded
    )


def _has_override(case: ObjectCase, at: datetime) -> bool:
    return any(case.instant(at) == case.instant(change.was.clock) for change in case.changes)


def _changed_span(case: ObjectCase, at: datetime, minutes: int | None) -> tuple[datetime, datetime] | None:
    """3.2.13: under THISANDFUTURE the difference of start and the length hold for all later instances."""
    ruling = [c for c in case.changes if c.future and case.instant(c.was.clock) <= case.instant(at)]
    if ruling:
        change = max(ruling, key=lambda c: c.was.clock)
        if change.cancelled:
            return None
        lasting = Lasting("DURATION", 1) if case.all_day else _minutes(change.minutes)
        return _span(case, at + (_shown(case, change.start) - _shown(case, change.was.clock)), lasting)
    return _span(case, at, _minutes(minutes) if minutes else case.lasting)


def _shown(case: ObjectCase, clock: datetime) -> datetime:
    """What clocks show at that instant: another time than is written in a gap."""
    return case.instant(clock).astimezone(ZoneInfo(case.zone or DEFAULT)).replace(tzinfo=None)


def _span(case: ObjectCase, at: datetime, lasting: Lasting) -> tuple[datetime, datetime] | None:
    """3.8.5.3: DTEND gives every instance the same exact length, DURATION the same nominal one."""
    begin = case.instant(at)
    if case.all_day:
        end = case.instant(at + max(1, lasting.days) * _DAY)
    elif lasting.name == "DTEND" and case.zone is not None:
        last = case.first + lasting.days * _DAY + lasting.exact
        end = begin + (case.instant(last) - case.instant(case.first))
    elif case.zone is None:
        # A floating time is all wall clock, its length too.
        end = case.instant(at + lasting.days * _DAY + lasting.exact)
    else:
        end = (case.instant(at + lasting.days * _DAY) if lasting.days else begin) + lasting.exact
    return (begin, end) if begin < end else None


def ours(case: ObjectCase) -> Spans:
    series = read_object(text_of(case))
    found = occurrences(series, window=case.window, zone=DEFAULT)
    return sorted({(item.span.start, item.span.end) for item in found.items})


def recurring_events(case: ObjectCase) -> Spans:
    return recurring_events_of(text_of(case), case.window)


def recurring_events_of(text: str | bytes, window: TimeSpan) -> Spans:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            calendar = icalendar.Calendar.from_ical(text)
            found = recurring_ical_events.of(calendar).between(window.start - _DAY, window.end + _DAY)
            spans = [(_utc(e.start), _utc(e.end)) for e in found if e.get("STATUS") != "CANCELLED"]
        except Exception as error:
            raise NoAnswer(f"{type(error).__name__}: {error}") from error
    return _in(window, spans)


def ical_js(case: ObjectCase) -> Spans:
    return ical_js_of(text_of(case), case.window)


def ical_js_of(text: str, window: TimeSpan) -> Spans:
    high = window.end + _DAY
    found = ICAL_JS.process.ask(op="object", text=text, high=f"{high:%Y-%m-%dT%H:%M:%SZ}")
    return _in(window, [(_moment(begin), _moment(end)) for begin, end in found])


def libical(case: ObjectCase) -> Spans:
    """It has no overrides: only the master is expanded."""
    return libical_of(text_of(case), case.window, floating=case.all_day or case.zone is None)


def libical_of(text: str, window: TimeSpan, *, floating: bool) -> Spans:
    low, high = (f"{at:%Y%m%dT%H%M%SZ}" for at in (window.start - 8 * _DAY, window.end + _DAY))
    found = LIBICAL.process.ask(op="object", text=text, low=low, high=high)
    spans = [(datetime.fromtimestamp(begin, UTC), datetime.fromtimestamp(end, UTC)) for begin, end in found]
    if floating:
        spans = [(_utc(begin.replace(tzinfo=None)), _utc(end.replace(tzinfo=None))) for begin, end in spans]
    return _in(window, spans)


def _moment(stated: int | str) -> datetime:
    return (
        datetime.fromtimestamp(stated, UTC)
        if isinstance(stated, int)
        else _utc(datetime.fromisoformat(stated))
    )


def _utc(moment: date) -> datetime:
    at = moment if isinstance(moment, datetime) else datetime.combine(moment, time())
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(DEFAULT))).astimezone(UTC)


def _in(window: TimeSpan, spans: Spans) -> Spans:
    return sorted(
        {span for span in spans if span[0] < span[1] and span[0] < window.end and span[1] > window.start}
    )


LIBRARIES: dict[str, Callable[[ObjectCase], Spans]] = {
    "recurring-ical-events": recurring_events,
    "ical.js": ical_js,
    "libical": libical,
}
