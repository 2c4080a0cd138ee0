"""Writing one series: what differs and nothing else, always on a condition, and nobody is written to."""

from __future__ import annotations

from typing import NoReturn

from sync.backends.errors import PreconditionFailed, Rejected
from sync.backends.google.calls import Calls, JsonObject
from sync.backends.google.parts import Parts, load_parts, object_of, parts_of
from sync.backends.google.reading import Reader
from sync.backends.objects import same_meaning
from sync.backends.protocol import Identity, RemoteCalendar, RemoteObject, Written
from sync.codecs.google import Unreadable, is_cancelled, override_of
from sync.codecs.google_write import (
    NotWritable,
    event_patch,
    is_removal,
    master_patch,
    new_event,
    original_start,
    override_key,
    overrides_to_write,
)
from sync.model.event import Event, Override, Series

_CHANGED = "The event was changed in the calendar in the meantime."


class Writer:
    """Writes into one calendar."""

    def __init__(self, calls: Calls, calendar: RemoteCalendar, own_addresses: frozenset[str]) -> None:
        self._calls = calls
        self._calendar = calendar
        self._own = own_addresses
        self._reader = Reader(calls, calendar, own_addresses)
        self._zone = calendar.zone or "UTC"

    def create(self, identity: Identity, series: Series) -> Written:
        """One request; each override of a series is one more."""
        try:
            body = new_event(identity.name, series, self._zone)
        except NotWritable as error:
            _refuse(error)
        made = parts_of(identity.name, [self._calls.insert(self._calendar.remote_id, body)], self._own)
        if not series.overrides:
            return Written(object_of(identity.name, made, self._calendar))
        self._write_overrides(identity.name, made, self._meaning(made), series)
        return self._now(identity.name)

    def update(self, seen: RemoteObject, series: Series) -> Written:
        """The master first: its etag guards the rest. A series is read again, for Google may re-date its exceptions."""
        parts = self._parts(seen)
        current = self._meaning(parts)
        try:
            patch = master_patch(current, series, self._zone)
        except NotWritable as error:
            _refuse(error)
        if patch and parts.master is not None:
            answer = self._calls.patch(
                self._calendar.remote_id, seen.href, patch, str(parts.master.get("etag"))
            )
            if not parts.recurs and not answer.get("recurrence"):
                return Written(object_of(seen.href, parts_of(seen.href, [answer], self._own), self._calendar))
        wrote = self._write_overrides(seen.href, parts, current, series)
        if not patch and not wrote:
            return Written(object_of(seen.href, parts, self._calendar))
        return self._now(seen.href)

    def delete(self, seen: RemoteObject) -> bool:
        try:
            master = self._parts(seen).master
        except _Gone:
            return False
        if master is None:
            raise Rejected("Only single instances of this series are shown to this account.")
        return self._calls.delete(self._calendar.remote_id, seen.href, str(master.get("etag")))

    def _write_overrides(self, href: str, parts: Parts, current: Series, target: Series) -> bool:
        """True if anything was written. Each is conditional on its own etag: a repetition finds what was done."""
        master = target.master
        wanted = overrides_to_write(current, target)
        if not wanted or master is None:
            return False
        known = {}
        for event in parts.exceptions.values():
            stated = override_of(event, current, self._calendar.zone)
            if stated is not None:
                known[override_key(current, stated.recurrence_id)] = event
        for _, override in wanted:
            key = override_key(current, override.recurrence_id)
            instance = known.get(key) or self._instance(href, override, master)
            if instance is not None:
                self._write_instance(dict(instance), current, override)
        return True

    def _instance(self, href: str, override: Override, master: Event) -> JsonObject | None:
        at = original_start(override, master, self._zone)
        return self._calls.instance(self._calendar.remote_id, href, at)

    def _write_instance(self, instance: JsonObject, current: Series, override: Override) -> None:
        name, etag = str(instance["id"]), str(instance.get("etag"))
        if is_removal(override):
            if not is_cancelled(instance):
                self._calls.delete(self._calendar.remote_id, name, etag)
            return
        before = override_of(instance, current, self._calendar.zone)
        if before is None:
            raise Rejected("A changed occurrence in the calendar cannot be read, so it is not changed.")
        patch = event_patch(before.event, override.event, self._zone)
        if patch:
            self._calls.patch(self._calendar.remote_id, name, patch, etag)

    def _parts(self, seen: RemoteObject) -> Parts:
        """What ``seen`` is made of. Read without an etag, it may be written over while it means the same."""
        if seen.etag is not None and seen.raw:
            try:
                return load_parts(seen.raw)
            except (ValueError, KeyError):
                raise Rejected("The event in the calendar cannot be read, so it is not changed.") from None
        current = self._reader.read(seen.href)
        if current is None:
            raise _Gone(_CHANGED)
        if seen.etag not in (None, current.etag) or (seen.etag is None and not same_meaning(current, seen)):
            raise PreconditionFailed(_CHANGED)
        return load_parts(current.raw)

    def _meaning(self, parts: Parts) -> Series:
        try:
            return parts.series(self._calendar.zone)
        except Unreadable as error:
            raise Rejected("The event in the calendar cannot be read, so it is not changed.") from error

    def _now(self, href: str) -> Written:
        seen = self._reader.read(href)
        if seen is None:
            raise PreconditionFailed(_CHANGED)
        return Written(seen)


class _Gone(PreconditionFailed):
    """There is nothing to write over; nothing to remove either."""


def _refuse(error: NotWritable) -> NoReturn:
    raise Rejected(f"Google cannot keep this event: {error}.") from error
