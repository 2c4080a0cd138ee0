"""Where every key of a TOML text stands: tomllib gives values without lines, this gives lines without values.

The text must be one that tomllib accepts; what the grammar (TOML 1.0) forbids is not looked for here.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right

Path = tuple[str | int, ...]

_BLANK = re.compile(r"[ \t]*")
_GAP = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"{1,2}(?!"))*"{3,5}'
    r"|'''(?:[^']|'{1,2}(?!'))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]+")


def line_index(text: str) -> dict[Path, int]:
    """The line (from 1) of every key, table header and list element, by its path: ``("providers", 0, "slug")``.

    A table's line is its first header's; one that only its children's headers name has the first child's line.
    """
    return _Scanner(text).scan()


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {(): 1}
        self._counts: dict[Path, int] = {}
        self._starts = [match.end() for match in re.finditer("\n", text)]

    def scan(self) -> dict[Path, int]:
        table: Path = ()
        self._skip(_GAP)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_GAP)
        return self.lines

    def _line(self) -> int:
        return bisect_right(self._starts, self.at) + 1

    def _skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        if match is None:
            return ""
        self.at = match.end()
        return match[0]

    def _header(self) -> Path:
        """Reads ``[a.b]`` or ``[[a.b]]`` and returns the path of the table it opens."""
        line = self._line()
        many = self.text.startswith("[[", self.at)
        self.at += 2 if many else 1
        *parents, last = self._key()
        self.at += 2 if many else 1
        path: Path = ()
        for name in parents:
            path = self._inside((*path, name))
            self.lines.setdefault(path, line)
        path = (*path, last)
        if many:
            count = self._counts.get(path, 0)
            self._counts[path] = count + 1
            self.lines.setdefault(path, line)
            path = (*path, count)
        else:
            path = self._inside(path)
        # A header says more than a child's header that stood before it.
        self.lines[path] = line
        return path

    def _inside(self, path: Path) -> Path:
        """The path itself or, for a list of tables, of its latest one."""
        return (*path, self._counts[path] - 1) if path in self._counts else path

    def _pair(self, table: Path) -> None:
        line = self._line()
        path = table
        for name in self._key():
            path = (*path, name)
            self.lines.setdefault(path, line)
        self._skip(_BLANK)
        self.at += 1  # the equals sign
        self._skip(_BLANK)
        self._value(path)

    def _key(self) -> list[str]:
        """Reads a dotted key with the blanks around it."""
        parts = []
        while True:
            self._skip(_BLANK)
            quoted = self._skip(_STRING)
            parts.append(_unquoted(quoted) if quoted else self._skip(_BARE))
            self._skip(_BLANK)
            if not self.text.startswith(".", self.at):
                return parts
            self.at += 1

    def _value(self, path: Path) -> None:
        opening = self.text[self.at : self.at + 1]
        if opening == "[":
            self._list(path)
        elif opening == "{":
            self._inline_table(path)
        elif opening in ('"', "'"):
            self._skip(_STRING)
        else:
            self._skip(_SCALAR)

    def _list(self, path: Path) -> None:
        self.at += 1
        index = 0
        self._skip(_GAP)
        while not self.text.startswith("]", self.at):
            self.lines[(*path, index)] = self._line()
            self._value((*path, index))
            self._skip(_GAP)
            self._comma("]")
            index += 1
        self.at += 1

    def _inline_table(self, path: Path) -> None:
        self.at += 1
        self._skip(_GAP)
        while not self.text.startswith("}", self.at):
            self._pair(path)
            self._skip(_GAP)
            self._comma("}")
        self.at += 1

    def _comma(self, closing: str) -> None:
        if self.text.startswith(",", self.at):
            self.at += 1
            self._skip(_GAP)
        elif not self.text.startswith(closing, self.at):
            raise ValueError("the text is not TOML")


def _unquoted(key: str) -> str:
    (name,) = tomllib.loads(f"{key} = 0")
    return str(name)
