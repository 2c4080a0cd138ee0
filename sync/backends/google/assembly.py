"""Whole series out of the single events that a listing names, in whatever order and on whatever pages they come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sync.backends.google.parts import JsonEvent, Parts, load_parts
from sync.backends.protocol import Known
from sync.codecs.google import is_cancelled, series_id, trimmed

Lookup = Callable[[str], Parts | None]
"""The whole series of this href as Google has it now; None if it is not shown."""


@dataclass(slots=True)
class Assembly:
    """One reading. ``own`` are the owner's addresses; ``full``: what is not named is not there."""

    own: frozenset[str]
    full: bool
    gone: set[str] = field(default_factory=set)
    _singles: set[str] = field(default_factory=set)
    _masters: dict[str, JsonEvent] = field(default_factory=dict)
    _exceptions: dict[str, dict[str, JsonEvent]] = field(default_factory=dict)

    def take(self, event: Mapping[str, Any]) -> tuple[str, Parts] | None:
        """One event of a page; a single one is whole at once, the parts of a series wait for ``rest``.

        One that changes while pages are asked for may be named on several: the last of them says what it is.
        """
        event_id, kept = str(event["id"]), trimmed(event, self.own)
        if event.get("recurringEventId"):
            self._exceptions.setdefault(series_id(event), {})[event_id] = kept
            return None
        self.gone.discard(event_id)
        self._singles.discard(event_id)
        self._masters.pop(event_id, None)
        if is_cancelled(event):
            self.gone.add(event_id)
            return None
        if event.get("recurrence"):
            self._masters[event_id] = kept
            return None
        self._singles.add(event_id)
        return event_id, Parts(kept)

    def rest(self, known: Known, lookup: Lookup) -> Iterator[tuple[str, Parts]]:
        """The series, once every page was taken; ``gone`` is complete when this ends.

        What a listing since a token leaves unsaid of a series is taken from the mirror. Google is asked again only
        for one whose exceptions are named while neither it nor the mirror knows the master.
        """
        hrefs = [*self._masters, *(href for href in self._exceptions if href not in self._masters)]
        texts = {} if self.full or not hrefs else known.texts(hrefs)
        for href in hrefs:
            parts = self._whole(href, texts.get(href), lookup)
            if parts is None or _is_empty(parts):
                if href not in self._singles:
                    self.gone.add(href)
                continue
            self.gone.discard(href)
            yield href, parts

    def _whole(self, href: str, text: bytes | None, lookup: Lookup) -> Parts | None:
        named = self._exceptions.get(href, {})
        if href in self.gone:
            # Its exceptions went with it, but for those that stay shown without it.
            return Parts(None, {name: event for name, event in named.items() if not is_cancelled(event)})
        master = self._masters.get(href)
        if master is not None or (self.full and href not in self._singles):
            before = _load(text)
            return Parts(master, {**(before.exceptions if before else {}), **named})
        if href in self._singles:
            # It happens once now; what is left of its instances is asked for only if some of them still stand.
            standing = any(not is_cancelled(event) for event in named.values())
            return lookup(href) if standing else None
        before = _load(text)
        if before is None:
            return lookup(href) or Parts(None, named)
        return Parts(before.master, {**before.exceptions, **named})


def _load(text: bytes | None) -> Parts | None:
    try:
        return None if text is None else load_parts(text)
    except (ValueError, KeyError):
        return None


def _is_empty(parts: Parts) -> bool:
    return parts.master is None and all(is_cancelled(event) for event in parts.exceptions.values())
