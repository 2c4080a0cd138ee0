"""The examples of RFC 5545 3.8.5.3 as tests/data/recurrence/rfc5545_examples.txt writes them down."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta, timezone
from pathlib import Path

FILE = Path(__file__).parents[2] / "data" / "recurrence" / "rfc5545_examples.txt"
ZONE = "America/New_York"
_OFFSETS = {"EDT": timezone(timedelta(hours=-4)), "EST": timezone(timedelta(hours=-5))}
_INSTANCES = re.compile(r"(\d{4}) (EDT|EST) (.*)")


@dataclass
class Example:
    """``instances`` in UTC; of one that is ``endless`` they are the first."""

    says: str
    start: str = ""
    rules: list[str] = field(default_factory=list)
    excluded: str = ""
    instances: list[datetime] = field(default_factory=list)
    endless: bool = False


def examples() -> list[Example]:
    found: list[Example] = []
    for line in FILE.read_text().splitlines():
        word, _, rest = line.partition(" ")
        stated = _INSTANCES.fullmatch(line)
        match word:
            case "=":
                found.append(Example(rest))
            case "DTSTART":
                found[-1].start = rest
            case "RRULE":
                found[-1].rules.append(rest)
            case "EXDATE":
                found[-1].excluded = rest
            case "...":
                found[-1].endless = True
            case _ if stated is not None:
                found[-1].instances += _instances(found[-1], *stated.groups())
    return found


def _instances(example: Example, year: str, offset: str, listed: str) -> list[datetime]:
    nine = datetime.strptime(example.start, "%Y%m%dT%H%M%S").time()
    found = []
    for group in listed.split(";"):
        month, days, *times = group.split(" ")
        for piece in days.split(","):
            first, _, last = piece.partition("-")
            for day in range(int(first), int(last or first) + 1):
                date = datetime.strptime(f"{year} {month} {day}", "%Y %B %d").date()
                clocks = [time.fromisoformat(at) for at in times[0].split(",")] if times else [nine]
                found += [datetime.combine(date, at, _OFFSETS[offset]).astimezone(UTC) for at in clocks]
    return found
