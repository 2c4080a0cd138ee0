"""Google's event resources (Calendar API v3) <-> Series. What is not named in ``FIELDS`` is neither read nor kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sync.codecs import quirks
from sync.codecs.google_times import read_length, read_moment, read_recurrence
from sync.codecs.google_write import BACK_REFERENCE
from sync.codecs.ical_read import Unreadable
from sync.codecs.plain_text import plain_text
from sync.model.event import Event, Kind, Override, Recurrence, Response, Series, Status, Transparency
from sync.model.instances import key_of
from sync.model.moments import Length, Moment
from sync.model.text import multi_line, single_line

__all__ = [
    "FIELDS",
    "Unreadable",
    "is_cancelled",
    "override_of",
    "read_series",
    "series_id",
    "trimmed",
    "uid_of",
]

JsonEvent = Mapping[str, Any]

_PLAIN = (
    "id", "etag", "status", "iCalUID", "recurringEventId", "originalStartTime", "start", "end", "recurrence", "summary",
    "description", "location", "transparency", "visibility", "eventType",
)  # fmt: skip
FIELDS = ",".join((*_PLAIN, "attendees(email,self,organizer,responseStatus)", "extendedProperties/private"))
"""The partial-response mask of one event: names and addresses of other guests are dropped on arrival."""

_KINDS = {kind.value: kind for kind in Kind}
_ANSWERS = {
    "accepted": Response.ACCEPTED,
    "tentative": Response.TENTATIVE,
    "needsAction": Response.NEEDS_ACTION,
    "declined": Response.DECLINED,
}


def is_cancelled(event: JsonEvent) -> bool:
    """First to be asked: of a cancelled event nothing but its id is certain to be there."""
    return event.get("status") == "cancelled"


def series_id(event: JsonEvent) -> str:
    """The id of the master an event belongs to, or its own."""
    return str(event.get("recurringEventId") or event.get("id") or "")


def uid_of(event: JsonEvent) -> str:
    """Our own UID for an event we created, else Google's ``iCalUID``.

    Google allows no UID of ours beside an id of ours, so it stands in a private property. A copy that a person makes
    of our event may carry that property to another id; there it does not count.
    """
    ours = _private(event).get(BACK_REFERENCE)
    if isinstance(ours, str) and ours.partition("@")[0] == series_id(event):
        return ours
    return single_line(str(event.get("iCalUID") or "")) or series_id(event)


def _private(event: JsonEvent) -> Mapping[str, Any]:
    properties = event.get("extendedProperties")
    private = properties.get("private") if isinstance(properties, Mapping) else None
    return private if isinstance(private, Mapping) else {}


def trimmed(event: JsonEvent, own_addresses: frozenset[str]) -> dict[str, Any]:
    """The event as it is kept: what is read of it, of the attendees the owner alone, of the properties ours alone."""
    kept = {name: event[name] for name in _PLAIN if name in event}
    own = _own_attendees(event, own_addresses)
    if own:
        kept["attendees"] = [
            {name: entry[name] for name in ("self", "organizer", "responseStatus") if name in entry}
            | {"self": True}
            for entry in own
        ]
    ours = _private(event).get(BACK_REFERENCE)
    if ours is not None:
        kept["extendedProperties"] = {"private": {BACK_REFERENCE: ours}}
    return kept


def read_series(
    master: JsonEvent | None,
    exceptions: Iterable[JsonEvent],
    *,
    zone: str | None,
    own_addresses: frozenset[str] = frozenset(),
) -> Series:
    """One series of its master and the exceptions that belong to it, in any order; all-day events stay dates.

    ``zone`` is the calendar's, for times that name none. ``master`` None: the account sees single instances only.
    Raises Unreadable with what of it must still block.
    """
    return _Reader(zone, own_addresses).series(master, list(exceptions))


def override_of(event: JsonEvent, series: Series, zone: str | None) -> Override | None:
    """One instance of ``series`` as an override of it; None if it cannot be read."""
    try:
        return _Reader(zone, frozenset()).override(event, series.master)
    except ValueError:
        return None


class _Reader:
    """Reads the parts of one series and gathers what was wrong with them."""

    def __init__(self, zone: str | None, own_addresses: frozenset[str]) -> None:
        self._zone, self._own = zone, own_addresses
        self._problems: list[str] = []

    def series(self, stated: JsonEvent | None, exceptions: Sequence[JsonEvent]) -> Series:
        uid = uid_of(stated or (exceptions[0] if exceptions else {}))
        reason, master, recurrence = "", None, Recurrence()
        if stated is not None:
            try:
                master = self.event(stated)
                recurrence = read_recurrence(stated.get("recurrence"), master, self._problems)
            except ValueError as error:
                reason = f"its start cannot be read: {error}"
        overrides = self._overrides(exceptions, master, recurs=bool(recurrence) or master is None)
        problems = tuple(dict.fromkeys([reason, *self._problems] if reason else self._problems))
        if master is None and not overrides:
            raise Unreadable(reason or "no part of it can be read")
        found = Series(uid, master, recurrence, overrides, problems)
        if reason:
            raise Unreadable(reason, found)
        return found

    def _overrides(
        self, exceptions: Sequence[JsonEvent], master: Event | None, *, recurs: bool
    ) -> tuple[Override, ...]:
        """By recurrence key. Of an instance that cannot be read its old time goes on blocking, as the master says."""
        found: dict[str, Override] = {}
        for stated in exceptions:
            if is_cancelled(stated) and not recurs:
                # What is left of a series that happens once now must not hide that one time.
                continue
            try:
                override = self.override(stated, master)
            except ValueError as error:
                self._problems.append(f"a changed occurrence cannot be read: {error}")
                continue
            key = key_of(override.recurrence_id, master.start if master else override.recurrence_id, "UTC")
            known = found.get(key)
            if known is None or known.event.status is Status.CANCELLED:
                found[key] = override
        return tuple(found[key] for key in sorted(found))

    def override(self, stated: JsonEvent, master: Event | None) -> Override:
        was = read_moment(stated.get("originalStartTime"), self._zone)
        if not is_cancelled(stated):
            return Override(was, self.event(stated))
        start, length = quirks.cancelled_override_without_start(was, master)
        return Override(was, Event(start, length, status=Status.CANCELLED))

    def event(self, stated: JsonEvent) -> Event:
        """Raises ValueError if there is no start that can be read."""
        start = read_moment(stated.get("start"), self._zone)
        return Event(
            start=start,
            length=self._length(stated, start),
            summary=single_line(str(stated.get("summary") or "")),
            description=multi_line(plain_text(str(stated.get("description") or ""))),
            location=single_line(str(stated.get("location") or "")),
            status=Status.TENTATIVE if stated.get("status") == "tentative" else Status.CONFIRMED,
            transparency=_transparency(stated),
            own_response=self._own_response(stated),
            kind=_KINDS.get(str(stated.get("eventType")), Kind.DEFAULT),
            private=stated.get("visibility") in ("private", "confidential"),
        )

    def _length(self, stated: JsonEvent, start: Moment) -> Length:
        try:
            return read_length(start, read_moment(stated.get("end"), self._zone))
        except ValueError as error:
            self._problems.append(f"its end cannot be read ({error})")
            return quirks.end_before_start(start)

    def _own_response(self, stated: JsonEvent) -> Response | None:
        own = _own_attendees(stated, self._own)
        answers = [_ANSWERS.get(str(entry.get("responseStatus") or "needsAction")) for entry in own]
        if not answers or None in answers:
            return None
        response = next(answer for answer in _ANSWERS.values() if answer in answers)
        organizes = any(entry.get("organizer") is True for entry in own)
        return quirks.organizer_without_answer(response, organizes)


def _transparency(stated: JsonEvent) -> Transparency:
    free = stated.get("transparency") == "transparent"
    return Transparency.TRANSPARENT if free else Transparency.OPAQUE


def _own_attendees(stated: JsonEvent, own_addresses: frozenset[str]) -> list[Mapping[str, Any]]:
    """The attendee whose copy this is, as Google marks her; else those with an address of hers."""
    listed = stated.get("attendees")
    entries = [entry for entry in listed if isinstance(entry, Mapping)] if isinstance(listed, list) else []
    marked = [entry for entry in entries if entry.get("self") is True]
    return marked or [
        entry for entry in entries if str(entry.get("email") or "").strip().lower() in own_addresses
    ]
