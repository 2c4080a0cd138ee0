"""Changing single lines of iCalendar text while every other line keeps its bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sync.codecs.ical_event import WANTED, Properties, properties_of
from sync.codecs.lines import Component, folded, physical

_NAMES = WANTED | {"LAST-MODIFIED"}


class TextEdit:
    """Replacements, removals and insertions by line number, applied all at once by ``result``."""

    def __init__(self, text: str) -> None:
        self._pieces: list[str | None] = list(physical(text))
        self._before: dict[int, list[str]] = {}
        self._end = "\r\n" if "\r\n" in text or "\n" not in text else "\n"

    def replace(self, at: int, lines: Iterable[str]) -> None:
        """Put these unfolded lines where line ``at`` stands; none of them removes it."""
        self._pieces[at] = None
        self._before.setdefault(at, []).extend(map(self._physical, lines))

    def insert(self, at: int, lines: Iterable[str]) -> None:
        """Put these unfolded lines before line ``at``."""
        self._before.setdefault(at, []).extend(map(self._physical, lines))

    def insert_first(self, at: int, lines: Iterable[str]) -> None:
        """Put these unfolded lines before line ``at`` and before all that is inserted there."""
        self._before.setdefault(at, [])[:0] = map(self._physical, lines)

    def remove(self, component: Component) -> None:
        for at in range(component.first, component.last + 1):
            self._pieces[at] = None
            self._before.pop(at, None)

    def result(self) -> str:
        pieces: list[str] = []
        for at, piece in enumerate(self._pieces):
            pieces += self._before.get(at, [])
            if piece is not None:
                pieces.append(piece)
        return "\n".join(pieces)

    def _physical(self, line: str) -> str:
        return folded(line, self._end)[:-1]


class ComponentEdit:
    """The properties of one VEVENT under a TextEdit."""

    def __init__(self, text: TextEdit, component: Component) -> None:
        self._text = text
        self._component = component
        self.properties: Properties = properties_of(component.lines(_NAMES), component)

    def put(self, name: str, lines: Sequence[str]) -> None:
        """Let the property ``name`` be these lines: in the place of the first there was, else behind the others."""
        known = self.properties.all(name)
        if not known:
            # Alarms follow the properties (RFC 5545 3.6.1).
            children = self._component.children
            self._text.insert(children[0].first if children else self._component.last, lines)
            return
        self._text.replace(known[0].at, lines)
        for line in known[1:]:
            self._text.replace(line.at, ())

    def put_text(self, name: str, value: str) -> None:
        """An escaped text; an empty one removes the property. Of the parameters only LANGUAGE stays true."""
        language = self.properties.parameter(name, "LANGUAGE")
        parameters = f";LANGUAGE={language}" if language.replace("-", "").isalnum() else ""
        self.put(name, [f"{name}{parameters}:{value}"] if value else [])

    def stamp(self, instant: str) -> None:
        self.put("DTSTAMP", [f"DTSTAMP:{instant}"])
        if self.properties.has("LAST-MODIFIED"):
            self.put("LAST-MODIFIED", [f"LAST-MODIFIED:{instant}"])
