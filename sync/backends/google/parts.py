"""A series as Google keeps it: the master and its exceptions, each an event with an etag of its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sync.backends.protocol import RemoteCalendar, RemoteObject
from sync.codecs.google import Unreadable, read_series, series_id, trimmed, uid_of
from sync.model.event import Series

JsonEvent = Mapping[str, Any]
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Parts:
    """``exceptions`` by id. ``master`` None: this account is shown single instances only, or not yet the master."""

    master: JsonEvent | None
    exceptions: Mapping[str, JsonEvent] = field(default_factory=dict)

    @property
    def etag(self) -> str:
        """The master's own; with exceptions, one that changes with any of them too."""
        own = str(self.master.get("etag") or "") if self.master is not None else ""
        if not self.exceptions:
            return own
        others = sorted(f"{name}={event.get('etag')}" for name, event in self.exceptions.items())
        return f"{own}+{hashlib.sha256('|'.join(others).encode()).hexdigest()[:20]}"

    @property
    def recurs(self) -> bool:
        return bool(self.exceptions) or self.master is None or bool(self.master.get("recurrence"))

    def series(self, zone: str | None) -> Series:
        """Raises Unreadable."""
        return read_series(self.master, self.exceptions.values(), zone=zone)

    def dump(self) -> bytes:
        stated = {"v": _VERSION, "master": self.master, "exceptions": dict(self.exceptions)}
        return json.dumps(stated, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def load_parts(raw: bytes) -> Parts:
    """What ``dump`` wrote. Raises ValueError for anything else."""
    stated = json.loads(raw)
    if not isinstance(stated, dict) or stated.get("v") != _VERSION:
        raise ValueError("these are no parts of a series")
    return Parts(stated["master"], stated["exceptions"])


def parts_of(href: str, events: Iterable[JsonEvent], own_addresses: frozenset[str]) -> Parts:
    """The parts of series ``href`` among ``events``; of the others nothing is taken."""
    master: JsonEvent | None = None
    exceptions: dict[str, JsonEvent] = {}
    for event in events:
        if event.get("id") == href:
            master = trimmed(event, own_addresses)
        elif series_id(event) == href:
            exceptions[str(event["id"])] = trimmed(event, own_addresses)
    return Parts(master, exceptions)


def object_of(href: str, parts: Parts, calendar: RemoteCalendar) -> RemoteObject:
    """Never raises for what Google says: a series that cannot be understood has ``problem`` and what could be saved.

    A series is kept, for the next reading names only those parts of it that changed; a single event is named whole.
    """
    raw, etag = parts.dump(), parts.etag or None
    try:
        series = parts.series(calendar.zone)
    except Unreadable as error:
        uid = uid_of(parts.master or next(iter(parts.exceptions.values()), {})) or href
        return RemoteObject(href, etag, raw, error.salvage, str(error), uid, keep=parts.recurs)
    return RemoteObject(href, etag, raw, series, None, series.uid, keep=parts.recurs)
