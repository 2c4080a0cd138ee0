"""Content lines and the tree of components (RFC 5545 3.1, 3.6), kept so close to the text that it can be edited.

Reading, salvage and editing all stand on this one reading of lines, so what was read is what gets changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

LONGEST_OBJECT = 256 * 1024
MOST_LINES = 20_000
MOST_COMPONENTS = 4_000
DEEPEST = 8

_FOLD = re.compile(r"\r?\n[ \t]")
_HEAD = re.compile(r'((?:[^":]++|"[^"]*+")*+):(.*)', re.DOTALL)
_PARAMETER = re.compile(r';\s*([A-Za-z0-9-]+)\s*=((?:[^;"]++|"[^"]*+")*+)')


# Exchange leaves the quotes off a TZID with a colon (``tzone://Microsoft/Utc``); the time is behind the last one.
_COLON_IN_ZONE = re.compile(r'([^:;"]+;(?:[^:"]*;)?TZID=[^"]*):(\d{8}[^:]*)', re.IGNORECASE | re.ASCII)


class Malformed(ValueError):
    """The lines do not nest as components do, or there are more of them than an event has."""


class Line(NamedTuple):
    """One unfolded content line. ``value`` is as written, escapes and all; ``at`` is its place in the text."""

    name: str
    parameters: str
    value: str
    at: int = -1

    def parameter(self, name: str) -> str:
        """The first value of a parameter without its quotes; empty if absent."""
        if not self.parameters:
            return ""
        # A calendar holds few different parameters, each of them many times.
        found = _known_parameter if len(self.parameters) <= _SHORT else _parameter
        return found(self.parameters, name)


def _parameter(parameters: str, name: str) -> str:
    for key, value in _PARAMETER.findall(parameters):
        if key.upper() == name:
            return str(value).strip().strip('"')
    return ""


_SHORT = 100
_known_parameter = lru_cache(maxsize=1024)(_parameter)


@dataclass(slots=True)
class Component:
    """``BEGIN`` stands at line ``first``, ``END`` at ``last``; ``own`` are the lines between that are no child's."""

    name: str
    first: int
    last: int = -1
    own: list[tuple[int, str]] = field(default_factory=list)
    children: list[Component] = field(default_factory=list)

    def lines(self, names: frozenset[str] | None = None) -> Iterator[Line]:
        """The content lines, those with the given upper-case names only. Text without a colon is passed over."""
        for at, text in self.own:
            head, colon, value = text.partition(":")
            name, semicolon, parameters = head.partition(";")
            name = name.strip().upper()
            if names is not None and name not in names:
                continue
            if colon and '"' not in head and not (semicolon and ":" in value):
                # Nearly every line: nothing in it could be read in another way, so ``parse_line`` is spared.
                yield Line(name, semicolon + parameters, value, at)
                continue
            line = parse_line(text, at)
            if line is not None:
                yield line

    def walk(self, name: str) -> Iterator[Component]:
        """Every component of this name, this one and those inside it."""
        if self.name == name:
            yield self
        for child in self.children:
            yield from child.walk(name)


def unfolded(text: str) -> list[str]:
    """Logical lines without their line ends. Only LF and CRLF end a line, whatever Unicode thinks."""
    if "\n " in text or "\n\t" in text:
        text = _FOLD.sub("", text)
    if "\r\r" in text or text.endswith("\r"):
        return [line.rstrip("\r") for line in text.split("\n")]
    return text.replace("\r\n", "\n").split("\n")


def physical(text: str) -> list[str]:
    """The same lines as ``unfolded`` gives, each as it stands: folds and line end included."""
    groups: list[str] = []
    for piece in text.split("\n"):
        if groups and piece[:1] in (" ", "\t"):
            groups[-1] += "\n" + piece
        else:
            groups.append(piece)
    return groups


def parse_line(text: str, at: int = -1) -> Line | None:
    """Name, parameters and value; None for text that is no content line."""
    head, colon, value = text.partition(":")
    if '"' in head:
        found = _HEAD.match(text)
        if found is None:
            return None
        head, value = found[1], found[2]
    elif not colon:
        return None
    elif ":" in value and "TZID=" in head.upper():
        found = _COLON_IN_ZONE.fullmatch(text)
        if found is not None:
            head, value = found[1], found[2]
    name, semicolon, parameters = head.partition(";")
    return Line(name.strip().upper(), semicolon + parameters, value, at)


_EDGES = frozenset({"B", "b", "E", "e", ""})
"""First letters of lines that may begin or end a component; an empty line is none's."""


def tree(lines: Sequence[str]) -> list[Component]:
    """The outermost components. Raises Malformed; lines outside of any component are passed over."""
    if len(lines) > MOST_LINES:
        raise Malformed(f"it has more than {MOST_LINES} lines")
    roots: list[Component] = []
    stack: list[Component] = []
    count = 0
    own: list[tuple[int, str]] | None = None
    for at, text in enumerate(lines):
        if text[:1] not in _EDGES:
            if own is not None:
                own.append((at, text))
            continue
        start = text[:6].upper()
        if start == "BEGIN:":
            count += 1
            component = Component(text[6:].strip().upper(), at)
            (stack[-1].children if stack else roots).append(component)
            stack.append(component)
            if count > MOST_COMPONENTS or len(stack) > DEEPEST:
                raise Malformed("it has more components than an event has")
            own = component.own
        elif start.startswith("END:"):
            name = text[4:].strip().upper()
            if not stack or stack[-1].name != name:
                raise Malformed(f"line {at + 1} ends a {name[:20]} that was not begun")
            stack.pop().last = at
            own = stack[-1].own if stack else None
        elif own is not None and text:
            own.append((at, text))
    if stack:
        raise Malformed(f"its {stack[-1].name[:20]} does not end")
    return roots


def folded(line: str, end: str = "\r\n") -> str:
    """The line in pieces of at most 75 octets, never cut inside a character, with its line end (RFC 5545 3.1)."""
    if len(line) <= 75 and line.isascii():
        return line + end
    pieces, piece, size = [], "", 0
    for character in line:
        width = len(character.encode())
        if size + width > 75:
            pieces.append(piece)
            piece, size = " ", 1
        piece += character
        size += width
    return end.join([*pieces, piece]) + end
