"""A Series as new iCalendar text (RFC 5545), and the single properties that an edit of other text needs too.

Nothing written here ever names an attendee, an organizer or a method: no server has anybody to write to.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sync.codecs.lines import folded
from sync.codecs.timezones import timezone_lines
from sync.codecs.values import (
    write_clock,
    write_date,
    write_duration,
    write_instant,
    write_moment,
    write_text,
)
from sync.model.event import Event, Override, Recurrence, Series
from sync.model.instances import clock_of
from sync.model.moments import Length, Moment, WallTime, instant_to_wall, wall_to_instant
from sync.model.text import multi_line, single_line

LONGEST_LINE = 2_000
LONGEST_TEXT = 32_000
_DAY = timedelta(days=1)


def write_object(
    series: Series, *, stamp: datetime, url: str | None = None, product: str = "-//Freehold//EN"
) -> str:
    """A whole calendar object with CRLF and folded lines: what ``read_object`` reads back with the same fingerprint.

    ``stamp`` becomes DTSTAMP. Own response and kind have no place in it. Texts are cut at 2,000 characters, the
    description at 32,000. DTEND is always written, but where every instance of a series has a nominal length,
    which only DURATION can say.
    """
    repeats = repeating(series)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{write_text(single_line(product))}",
        "CALSCALE:GREGORIAN",
    ]
    for zone, year in zones_of(series).items():
        lines += timezone_lines(zone, year)
    if series.master is not None:
        lines += event_lines(
            series.uid, series.master, stamp, recurrence=series.recurrence, repeats=repeats, url=url
        )
    for override in series.overrides:
        lines += override_lines(series.uid, override, stamp)
    return "".join(map(folded, [*lines, "END:VCALENDAR"]))


def repeating(series: Series) -> bool:
    """Whether the master's length is the length of more than one instance."""
    return bool(series.recurrence) or any(override.this_and_future for override in series.overrides)


def event_lines(
    uid: str,
    event: Event,
    stamp: datetime,
    *,
    recurrence: Recurrence | None = None,
    recurrence_id: str = "",
    repeats: bool = False,
    url: str | None = None,
) -> list[str]:
    """One VEVENT, unfolded. ``recurrence_id`` is that property's whole line."""
    lines = ["BEGIN:VEVENT", f"UID:{write_text(single_line(uid))}", f"DTSTAMP:{write_instant(stamp)}"]
    lines += [recurrence_id] if recurrence_id else []
    lines += [moment_line("DTSTART", event.start), end_line(event, repeats=repeats)]
    if recurrence is not None:
        lines += recurrence_lines(recurrence)
    lines += texts_of(event)
    lines += [f"STATUS:{event.status.value}", f"TRANSP:{event.transparency.value}"]
    lines += ["CLASS:PRIVATE"] if event.private else []
    lines += [f"URL:{single_line(url)}"] if url else []
    return [*lines, "END:VEVENT"]


def override_lines(uid: str, override: Override, stamp: datetime) -> list[str]:
    name = "RECURRENCE-ID;RANGE=THISANDFUTURE" if override.this_and_future else "RECURRENCE-ID"
    line = moment_line(name, override.recurrence_id)
    return event_lines(uid, override.event, stamp, recurrence_id=line, repeats=override.this_and_future)


def texts_of(event: Event) -> list[str]:
    """SUMMARY always, for some servers demand one; the others if there is anything to say."""
    lines = [f"SUMMARY:{line_text(event.summary)}"]
    lines += [f"DESCRIPTION:{long_text(event.description)}"] if long_text(event.description) else []
    lines += [f"LOCATION:{line_text(event.location)}"] if line_text(event.location) else []
    return lines + ([f"CATEGORIES:{categories_text(event.categories)}"] if event.categories else [])


def line_text(text: str) -> str:
    return write_text(single_line(single_line(text)[:LONGEST_LINE]))


def long_text(text: str) -> str:
    return write_text(multi_line(multi_line(text)[:LONGEST_TEXT]))


def categories_text(categories: Iterable[str]) -> str:
    return ",".join(filter(None, map(line_text, categories)))


def moment_line(name: str, moment: Moment) -> str:
    parameters, value = write_moment(moment)
    return f"{name}{parameters}:{value}"


def end_line(event: Event, *, repeats: bool) -> str:
    start, length = event.start, event.length
    if not isinstance(start, WallTime):
        return f"DTEND;VALUE=DATE:{write_date(start + _DAY * max(1, length.days))}"
    if start.zone is None:
        return f"DTEND:{write_clock(start.clock + _DAY * length.days + length.exact)}"
    if length.days and repeats:
        return f"DURATION:{write_duration(length)}"
    end = wall_to_instant(start.clock + _DAY * length.days, start.zone) + length.exact
    clock = instant_to_wall(end, start.zone)
    if wall_to_instant(clock, start.zone) != end:  # the second of two equal readings has no local spelling
        return f"DTEND:{write_instant(end)}"
    return moment_line("DTEND", WallTime(clock, start.zone))


def recurrence_lines(recurrence: Recurrence) -> list[str]:
    dates, excluded = date_lines(recurrence.dates), excluded_lines(recurrence.excluded)
    return [*rule_lines(recurrence.rules), *dates, *excluded]


def rule_lines(rules: Iterable[str]) -> list[str]:
    return [f"RRULE:{single_line(rule)}" for rule in rules]


def date_lines(dates: Iterable[tuple[Moment, Length | None]]) -> list[str]:
    lines = []
    for moment, length in dates:
        if length is None or not isinstance(moment, WallTime):
            lines.append(moment_line("RDATE", moment))
        else:
            parameters, value = write_moment(moment)
            lines.append(f"RDATE;VALUE=PERIOD{parameters}:{value}/{write_duration(length)}")
    return lines


def excluded_lines(excluded: Iterable[Moment]) -> list[str]:
    return [moment_line("EXDATE", moment) for moment in excluded]


def zones_of(series: Series) -> dict[str, int]:
    """Every zone that needs a VTIMEZONE, with the first year it is used in."""
    events = [series.master] if series.master is not None else []
    moments = [event.start for event in [*events, *(override.event for override in series.overrides)]]
    moments += [override.recurrence_id for override in series.overrides]
    moments += [*(moment for moment, _ in series.recurrence.dates), *series.recurrence.excluded]
    years: dict[str, int] = {}
    for moment in moments:
        if isinstance(moment, WallTime) and moment.zone not in (None, "UTC"):
            zone, year = str(moment.zone), clock_of(moment).year
            years[zone] = min(year, years.get(zone, year))
    return dict(sorted(years.items()))
