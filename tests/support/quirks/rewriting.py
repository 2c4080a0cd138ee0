"""What servers make of the text that was put: the same event in other words."""

from __future__ import annotations

import re

_FOLD = re.compile(r"\r?\n[ \t]")
_KEPT_X = ("X-WR-", "X-LIC-")


def unfolded(text: bytes) -> list[str]:
    return [line for line in _FOLD.sub("", text.decode()).replace("\r\n", "\n").split("\n") if line]


def uid_in(text: bytes) -> str:
    """The first UID; empty if there is none."""
    return next((line[4:].strip() for line in unfolded(text) if line.upper().startswith("UID:")), "")


def has_end(text: bytes) -> bool:
    """Whether the first VEVENT says when it ends."""
    return any(line.upper().startswith(("DTEND", "DURATION")) for line in unfolded(text))


def rewritten(text: bytes) -> bytes:
    """Properties in the order of the alphabet, X- properties gone, some added; what is meant stays the same."""
    made: list[str] = []
    event: list[str] | None = None
    depth = 0
    for line in unfolded(text):
        upper = line.upper()
        if upper == "BEGIN:VEVENT":
            event, depth = [], 0
            made.append(line)
        elif event is None:
            made.append(line)
        elif upper == "END:VEVENT":
            made += [*sorted(event), *_added(event), line]
            event = None
        else:
            depth += upper.startswith("BEGIN:")
            if depth:
                made.append(line)
            elif not (upper.startswith("X-") and not upper.startswith(_KEPT_X)):
                event.append(line)
            depth -= upper.startswith("END:")
    return "".join(f"{line}\r\n" for line in made).encode()


def _added(event: list[str]) -> list[str]:
    names = {re.split("[:;]", line, maxsplit=1)[0].upper() for line in event}
    added = {
        "CREATED": "CREATED:20260101T000000Z",
        "LAST-MODIFIED": "LAST-MODIFIED:20260101T000000Z",
        "SEQUENCE": "SEQUENCE:0",
        "TRANSP": "TRANSP:OPAQUE",
        "PRIORITY": "PRIORITY:0",
    }
    return [line for name, line in added.items() if name not in names]


def with_uid(text: bytes, uid: str) -> bytes:
    """The text with another UID in each of its events."""
    lines = [f"UID:{uid}" if line.upper().startswith("UID:") else line for line in unfolded(text)]
    return "".join(f"{line}\r\n" for line in lines).encode()
