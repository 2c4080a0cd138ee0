"""iCalendar text to a Series (RFC 5545). Reads what availability and mirroring need and leaves the rest alone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sync.codecs import quirks
from sync.codecs.ical_event import WANTED, EventReader, Properties, properties_of
from sync.codecs.lines import LONGEST_OBJECT, Component, Malformed, parse_line, tree, unfolded
from sync.codecs.zones import Zones
from sync.model.event import Override, Recurrence, Series
from sync.model.instances import key_of
from sync.model.moments import Moment
from sync.model.text import single_line

_MOST_SALVAGED = 200
_LONGEST_SALVAGED = 10 * 1024 * 1024


class NotAnEvent(ValueError):
    """The object is well formed and holds no VEVENT: a task, a journal, free/busy."""


class Unreadable(ValueError):
    """The object cannot be trusted. ``salvage`` is what of it must still block; None if not even a start was found."""

    def __init__(self, text: str, salvage: Series | None = None) -> None:
        super().__init__(text)
        self.salvage = salvage


@dataclass(frozen=True, slots=True)
class Part:
    """One VEVENT that counts and, for an override, its recurrence id; ``losers`` are older copies of it."""

    properties: Properties
    recurrence_id: Moment | None
    losers: tuple[Component, ...] = ()


def read_object(text: str | bytes, *, own_addresses: frozenset[str] = frozenset()) -> Series:
    """The series of one calendar object resource: all VEVENTs of one UID (RFC 4791 4.1).

    ``own_addresses`` are the owner's e-mail addresses in any case, with or without ``mailto:``; her own answer is
    read from those attendees. What could not be read as written stands in ``problems``.
    Raises NotAnEvent, and Unreadable with what could be salvaged.
    """
    if isinstance(text, bytes):
        text = quirks.text_is_not_utf8(text)
    if len(text) > LONGEST_OBJECT:
        raise _unreadable(text, f"it is longer than {LONGEST_OBJECT // 1024} KiB", own_addresses)
    try:
        calendars = [root for root in tree(unfolded(text.removeprefix("\ufeff"))) if root.name == "VCALENDAR"]
    except Malformed as error:
        raise _unreadable(text, str(error), own_addresses) from error
    if not calendars:
        raise _unreadable(text, "it is no calendar", own_addresses)
    components = [event for calendar in calendars for event in calendar.children if event.name == "VEVENT"]
    if len(components) != sum(1 for calendar in calendars for _ in calendar.walk("VEVENT")):
        raise _unreadable(text, "an event stands inside something else than a calendar", own_addresses)
    if not components:
        if all(child.name == "VTIMEZONE" for calendar in calendars for child in calendar.children):
            # Emptied, not deleted: RFC 4791 4.1 knows no object without a component.
            raise _unreadable(text, "it holds nothing", own_addresses)
        raise NotAnEvent("it holds no event")
    events = [properties_of(component.lines(WANTED), component) for component in components]
    if len({event.text("UID") for event in events}) > 1:
        raise _unreadable(text, "it holds events of more than one UID", own_addresses)
    try:
        return _series(events, EventReader(Zones.of(calendars), _bare(own_addresses)))
    except ValueError as error:
        raise _unreadable(text, str(error), own_addresses) from error


def chosen_parts(events: Iterable[Properties], reader: EventReader) -> dict[str, Part]:
    """The VEVENTs that count by recurrence key, the master under ``""``.

    Of two with one RECURRENCE-ID the one with the highest SEQUENCE, then DTSTAMP, is the later word (RFC 5546 2.1.5).
    """
    ranked = sorted(events, key=lambda event: event.rank)
    if len(ranked) == 1 and not ranked[0].has("RECURRENCE-ID"):
        return {"": Part(ranked[0], None)}
    master = next((event for event in reversed(ranked) if not event.has("RECURRENCE-ID")), None)
    first = reader.start_or_none(master) if master is not None else None
    parts: dict[str, Part] = {}
    for event in ranked:
        key, moment = "", None
        if event.has("RECURRENCE-ID"):
            moment = reader.recurrence_id(event)
            key = key_of(moment, first if first is not None else moment, "UTC")
        known = parts.get(key)
        losers = () if known is None else (*known.losers, known.properties.component)
        parts[key] = Part(event, moment, losers)
    return parts


def _series(events: list[Properties], reader: EventReader) -> Series:
    _refuse_rivals([event for event in events if not event.has("RECURRENCE-ID")])
    parts = chosen_parts(events, reader)
    part = parts.pop("", None)
    master, recurrence = None, Recurrence()
    if part is not None:
        master = reader.event(part.properties)
        recurrence = reader.recurrence(part.properties, master)
    overrides = []
    for key in sorted(parts):
        override = parts[key]
        if override.recurrence_id is not None:
            event = reader.override(override.properties, override.recurrence_id, master)
            later = override.properties.parameter("RECURRENCE-ID", "RANGE").upper() == "THISANDFUTURE"
            overrides.append(Override(override.recurrence_id, event, later))
    uid = single_line(events[0].text("UID"))
    if not uid:
        reader.problem("it has no UID")
    return Series(uid, master, recurrence, tuple(overrides), reader.problems)


def _refuse_rivals(masters: list[Properties]) -> None:
    """Of two that differ and name no later word none can be left out: a UID has one event (RFC 4791 4.1)."""
    latest = max((event.rank for event in masters), default=None)
    rivals = [event.component.own for event in masters if event.rank == latest]
    if any([text for _, text in own] != [text for _, text in rivals[0]] for own in rivals[1:]):
        raise ValueError("it holds two different events of one UID")


_SALVAGED = re.compile("BEGIN|END|" + "|".join(sorted(WANTED)), re.IGNORECASE)


def _unreadable(text: str, reason: str, own_addresses: frozenset[str]) -> Unreadable:
    return Unreadable(reason, _salvage(text[:_LONGEST_SALVAGED], reason, own_addresses))


def _salvage(text: str, reason: str, own_addresses: frozenset[str]) -> Series | None:
    """What looks like events in text of any kind: the first repeating one as master, the others at their own times.

    Nothing is known of what belongs together, so none of them takes the place of another.
    """
    reader = EventReader(Zones({}, [], {}), _bare(own_addresses))
    found = []
    for component in _loose_events(text):
        event = properties_of(component.lines(WANTED), component)
        try:
            found.append((event, reader.event(event)))
        except ValueError:
            continue
    if not found:
        return None
    found.sort(key=lambda pair: (pair[0].has("RECURRENCE-ID"), not pair[0].has("RRULE")))
    (properties, master), others = found[0], found[1:]
    recurrence = reader.recurrence(properties, master)
    rules = dict.fromkeys(
        [*recurrence.rules, *(line.value.strip() for event, _ in others for line in event.all("RRULE"))]
    )
    recurrence = Recurrence(tuple(rules), recurrence.dates)
    # A day that no event is on: the id of an override hides what the series has there.
    overrides = tuple(Override(date.fromordinal(n), event) for n, (_, event) in enumerate(others, 1))
    return Series(
        single_line(properties.text("UID")), master, recurrence, overrides, (reason, *reader.problems)
    )


def _loose_events(text: str) -> list[Component]:
    """VEVENTs by their lines alone, whether or not anything ends; lines of what lies inside one are left out."""
    found: list[Component] = []
    inside = 0
    for at, line in enumerate(unfolded(text)):
        if _SALVAGED.match(line) is None:
            continue
        parsed = parse_line(line)
        name, value = (parsed.name, parsed.value.strip().upper()) if parsed is not None else ("", "")
        if name == "BEGIN":
            inside = 0 if value == "VEVENT" else inside + 1
            if value == "VEVENT":
                if len(found) >= _MOST_SALVAGED:
                    break
                found.append(Component("VEVENT", at))
        elif name == "END":
            inside = max(0, inside - 1)
        elif found and not inside:
            found[-1].own.append((at, line))
    return found


def _bare(addresses: frozenset[str]) -> frozenset[str]:
    return frozenset(quirks.bare_address(address) for address in addresses) - {""}
