"""libical (MPL-2.0) by ctypes, in a process of its own for it may crash or search for ever. See line_process.py."""

from __future__ import annotations

import ctypes
import json
import signal
import sys
from datetime import UTC, datetime
from typing import Any

LIBRARY = "libical.so.3"
_MOST = 3000
_SECONDS = 0.7


class Time(ctypes.Structure):
    """``struct icaltimetype`` of libical 3."""

    _fields_ = (
        *((name, ctypes.c_int) for name in ("year", "month", "day", "hour", "minute", "second")),
        ("is_date", ctypes.c_int),
        ("is_daylight", ctypes.c_int),
        ("zone", ctypes.c_void_p),
    )


class Span(ctypes.Structure):
    """``struct icaltime_span``."""

    _fields_ = (("start", ctypes.c_long), ("end", ctypes.c_long), ("is_busy", ctypes.c_int))


_Found = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.POINTER(Span), ctypes.c_void_p)


def library() -> ctypes.CDLL:
    """Raises OSError where it is not installed."""
    found = ctypes.CDLL(LIBRARY)
    found.icalrecur_expand_recurrence.argtypes = (
        ctypes.c_char_p, ctypes.c_long, ctypes.c_int, ctypes.POINTER(ctypes.c_long),
    )  # fmt: skip
    found.icalparser_parse_string.argtypes = (ctypes.c_char_p,)
    found.icalparser_parse_string.restype = ctypes.c_void_p
    for name in ("icalcomponent_get_first_component", "icalcomponent_get_next_component"):
        getattr(found, name).argtypes = (ctypes.c_void_p, ctypes.c_int)
        getattr(found, name).restype = ctypes.c_void_p
    found.icaltime_from_string.argtypes = (ctypes.c_char_p,)
    found.icaltime_from_string.restype = Time
    found.icalcomponent_foreach_recurrence.argtypes = (
        ctypes.c_void_p, Time, Time, _Found, ctypes.c_void_p,
    )  # fmt: skip
    found.icalcomponent_free.argtypes = (ctypes.c_void_p,)
    return found


def rule(lib: ctypes.CDLL, request: dict[str, str]) -> list[str]:
    first, high = (datetime.fromisoformat(request[name]).replace(tzinfo=UTC) for name in ("start", "high"))
    room = (ctypes.c_long * _MOST)()
    signal.setitimer(signal.ITIMER_REAL, _SECONDS)
    done = lib.icalrecur_expand_recurrence(request["rule"].encode(), int(first.timestamp()), _MOST, room)
    signal.setitimer(signal.ITIMER_REAL, 0)
    if not done:
        raise ValueError("it refuses the rule")
    starts = [datetime.fromtimestamp(second, UTC) for second in room if second]
    return [at.replace(tzinfo=None).isoformat() for at in starts if at <= high]


def object_(lib: ctypes.CDLL, request: dict[str, str]) -> list[list[int]]:
    """Spans of the first VEVENT in seconds since 1970; a floating time or a date counts as UTC. It has no overrides."""
    root = lib.icalparser_parse_string(request["text"].encode())
    vevent = 4  # ICAL_VEVENT_COMPONENT
    event = lib.icalcomponent_get_first_component(root, vevent)
    found: list[list[int]] = []

    @_Found
    def take(_component: Any, span: Any, _data: Any) -> None:
        found.append([span.contents.start, span.contents.end])

    low, high = (lib.icaltime_from_string(request[name].encode()) for name in ("low", "high"))
    signal.setitimer(signal.ITIMER_REAL, _SECONDS)
    lib.icalcomponent_foreach_recurrence(event, low, high, take, None)
    signal.setitimer(signal.ITIMER_REAL, 0)
    lib.icalcomponent_free(root)
    return found


def main() -> None:
    lib = library()
    operations = {"rule": rule, "object": object_}
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer: dict[str, object] = {"found": operations[request["op"]](lib, request)}
        except ValueError as error:
            answer = {"error": str(error)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
