"""An edit of somebody else's text: only properties whose meaning differs are rewritten, all else stays byte for byte.

Alarms, attendees, colours, X- properties and whole unknown components belong to the calendar's owner and her other
programs. ATTENDEE and ORGANIZER are never touched, SEQUENCE is never raised.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sync.codecs.editing import ComponentEdit, TextEdit
from sync.codecs.ical_event import WANTED, EventReader, properties_of
from sync.codecs.ical_read import Part, chosen_parts, read_object
from sync.codecs.ical_write import (
    categories_text,
    date_lines,
    end_line,
    event_lines,
    excluded_lines,
    line_text,
    long_text,
    moment_line,
    override_lines,
    repeating,
    rule_lines,
    zones_of,
)
from sync.codecs.lines import tree, unfolded
from sync.codecs.timezones import timezone_lines
from sync.codecs.values import write_instant
from sync.codecs.zones import Zones
from sync.model.event import Event, Override, Series, Status, Transparency
from sync.model.fingerprint import event_meaning, fingerprint, recurrence_meaning
from sync.model.instances import clock_of, key_of
from sync.model.moments import Moment

_TIMED = ("DTSTART", "DTEND", "RECURRENCE-ID", "EXDATE", "RDATE")


def update_object(
    raw: str, target: Series, *, stamp: datetime, own_addresses: frozenset[str] = frozenset()
) -> str:
    """``raw`` with the meaning of ``target``: reading it back gives the target's fingerprint.

    Own response and kind are not written: in ``target`` they must be those of ``raw``. Where nothing differs ``raw``
    comes back as it is; else DTSTAMP and LAST-MODIFIED of the changed components become ``stamp``. Components of
    ``raw`` that ``target`` lacks are removed, those it has more are added. Raises Unreadable and NotAnEvent.
    """
    current = read_object(raw, own_addresses=own_addresses)
    if fingerprint(current) == fingerprint(target):
        return raw
    return _SeriesEdit(raw.removeprefix("\ufeff"), current, target, write_instant(stamp), stamp).result()


class _SeriesEdit:
    """One edit of one object."""

    def __init__(self, raw: str, current: Series, target: Series, instant: str, stamp: datetime) -> None:
        self._text = TextEdit(raw)
        self._current, self._target = current, target
        self._instant, self._stamp = instant, stamp
        calendars = [root for root in tree(unfolded(raw)) if root.name == "VCALENDAR"]
        self._events = [
            event for calendar in calendars for event in calendar.children if event.name == "VEVENT"
        ]
        properties = [properties_of(event.lines(WANTED), event) for event in self._events]
        zones = Zones.of(calendars)
        self._parts = chosen_parts(properties, EventReader(zones, frozenset()))
        self._spellings: dict[str, str] = {}
        year = clock_of((current.master or current.overrides[0].event).start).year
        for event in properties:
            for line in (line for name in _TIMED for line in event.all(name)):
                tzid = line.parameter("TZID")
                zone = zones.find(tzid, year) if tzid else None
                if zone is not None:
                    self._spellings.setdefault(zone, tzid)

    def result(self) -> str:
        self._master()
        self._overrides()
        missing = {zone: year for zone, year in zones_of(self._target).items() if zone not in self._spellings}
        for zone, year in missing.items():
            self._text.insert_first(self._events[0].first, timezone_lines(zone, year))
        return self._text.result()

    def _master(self) -> None:
        part, target, current = self._parts.get(""), self._target.master, self._current.master
        repeats = repeating(self._target)
        if part is None or current is None:
            if target is not None:
                recurrence = self._target.recurrence
                self._add(
                    event_lines(
                        self._current.uid, target, self._stamp, recurrence=recurrence, repeats=repeats
                    )
                )
        elif target is None:
            self._remove(part)
        else:
            edit = ComponentEdit(self._text, part.properties.component)
            changed = self._change(edit, current, target, repeats=repeats)
            if self._change_recurrence(edit, target.start) or changed:
                self._finish(edit, part)

    def _overrides(self) -> None:
        current, wanted = _by_key(self._current), _by_key(self._target)
        for key, override in current.items():
            if key not in wanted or wanted[key].this_and_future is not override.this_and_future:
                self._remove(self._parts[key])
                current = {other: value for other, value in current.items() if other != key}
        for key, override in wanted.items():
            if key not in current:
                self._add(override_lines(self._current.uid, override, self._stamp))
                continue
            part = self._parts[key]
            edit = ComponentEdit(self._text, part.properties.component)
            if self._change(edit, current[key].event, override.event, repeats=override.this_and_future):
                self._finish(edit, part)

    def _change(self, edit: ComponentEdit, current: Event, target: Event, *, repeats: bool) -> bool:
        """Rewrite what differs; True if anything did."""
        was, wanted = event_meaning(current, repeats=repeats), event_meaning(target, repeats=repeats)
        changed = {name for name in wanted if was[name] != wanted[name]}
        if not edit.properties.has("DTSTART"):  # its time hangs on the master's, which may be changing
            changed |= {"start", "length"}
        if "start" in changed:
            edit.put("DTSTART", [self._spelled(moment_line("DTSTART", target.start))])
        if "length" in changed or ("start" in changed and not edit.properties.has("DURATION")):
            edit.put("DURATION", [])
            edit.put("DTEND", [self._spelled(end_line(target, repeats=repeats))])
        if "summary" in changed:
            edit.put_text("SUMMARY", line_text(target.summary))
        if "description" in changed:
            edit.put_text("DESCRIPTION", long_text(target.description))
        if "location" in changed:
            edit.put_text("LOCATION", line_text(target.location))
        if "categories" in changed:
            edit.put_text("CATEGORIES", categories_text(target.categories))
        if "private" in changed:
            edit.put("CLASS", ["CLASS:PRIVATE" if target.private else "CLASS:PUBLIC"])
        _change_marks(edit, target, changed)
        return bool(changed - {"response", "kind"})

    def _change_recurrence(self, edit: ComponentEdit, first: Moment) -> bool:
        was = recurrence_meaning(self._current.recurrence, first)
        wanted = recurrence_meaning(self._target.recurrence, first)
        recurrence = self._target.recurrence
        if was["rules"] != wanted["rules"]:
            edit.put("RRULE", rule_lines(recurrence.rules))
        if was["dates"] != wanted["dates"]:
            edit.put("RDATE", list(map(self._spelled, date_lines(recurrence.dates))))
        if was["excluded"] != wanted["excluded"]:
            edit.put("EXDATE", list(map(self._spelled, excluded_lines(recurrence.excluded))))
        return was != wanted

    def _finish(self, edit: ComponentEdit, part: Part) -> None:
        edit.stamp(self._instant)
        for loser in part.losers:  # with a new stamp the ranking of copies could turn
            self._text.remove(loser)

    def _remove(self, part: Part) -> None:
        for component in (part.properties.component, *part.losers):
            self._text.remove(component)

    def _add(self, lines: Iterable[str]) -> None:
        self._text.insert(self._events[-1].last + 1, [self._spelled(line) for line in lines])

    def _spelled(self, line: str) -> str:
        """The line with the TZID by which this object knows the zone."""
        head, colon, value = line.partition(":")
        name, parameter, zone = head.partition(";TZID=")
        tzid = self._spellings.get(zone, zone)
        return f"{name}{parameter}{_quoted(tzid)}{colon}{value}" if parameter else line


def _change_marks(edit: ComponentEdit, target: Event, changed: set[str]) -> None:
    """STATUS and TRANSP, and Exchange's own word for both where it stands, for it outranks a TRANSP."""
    if changed.isdisjoint({"status", "transparency"}):
        return
    microsoft = edit.properties.has("X-MICROSOFT-CDO-BUSYSTATUS")
    if "status" in changed or microsoft:
        edit.put("STATUS", [f"STATUS:{target.status.value}"])
    if "transparency" in changed or microsoft:
        edit.put("TRANSP", [f"TRANSP:{target.transparency.value}"])
    if microsoft:
        busy = "TENTATIVE" if target.status is Status.TENTATIVE else "BUSY"
        word = "FREE" if target.transparency is Transparency.TRANSPARENT else busy
        edit.put("X-MICROSOFT-CDO-BUSYSTATUS", [f"X-MICROSOFT-CDO-BUSYSTATUS:{word}"])


def _by_key(series: Series) -> dict[str, Override]:
    first = series.master.start if series.master is not None else None
    return {
        key_of(
            override.recurrence_id, first if first is not None else override.recurrence_id, "UTC"
        ): override
        for override in series.overrides
    }


def _quoted(tzid: str) -> str:
    return f'"{tzid}"' if any(character in tzid for character in ":;,") else tzid
