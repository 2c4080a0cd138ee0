"""What is wrong with a practice file, as one line each: ``FILE:LINE: providers[0].name: text``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from booking.plain.table import Fault, Path

_BARE = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """``path`` is empty where the text is no TOML at all."""

    line: int
    path: str
    text: str

    def told(self, file: str) -> str:
        return ": ".join(part for part in (f"{file}:{self.line}", self.path, self.text) if part)


class PracticeFileWrong(Exception):
    """The file cannot be applied; ``problems`` are all there are, by line."""

    def __init__(self, file: str, problems: Iterable[Problem]) -> None:
        self.file = file
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(self.lines))

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(problem.told(self.file) for problem in self.problems)


def located(faults: Iterable[Fault], lines: Mapping[Path, int]) -> list[Problem]:
    """The faults with their lines; what is missing stands at the header of the table it is missing from."""
    return [Problem(_line(fault.path, lines), path_text(fault.path), fault.text) for fault in faults]


def _line(path: Path, lines: Mapping[Path, int]) -> int:
    while path not in lines:
        path = path[:-1]
    return lines[path]


def path_text(path: Path) -> str:
    """``providers[0].accounts[1].kind``; names that need it are quoted."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            name = part if _BARE.fullmatch(part) else '"' + part.encode("unicode_escape").decode() + '"'
            text += f".{name}" if text else name
    return text
