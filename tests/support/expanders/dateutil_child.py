"""python-dateutil in a process of its own, for it may search to the year 9999. See line_process.py."""

from __future__ import annotations

import json
import signal
import sys
from datetime import datetime

from dateutil.rrule import rrulestr

_SECONDS = 0.7


class _Enough(Exception):
    pass


def _enough(_signal: int, _frame: object) -> None:
    raise _Enough("it does not end")


def rule(request: dict[str, str]) -> list[str]:
    first, high = (datetime.fromisoformat(request[name]) for name in ("start", "high"))
    found = []
    signal.setitimer(signal.ITIMER_REAL, _SECONDS)
    try:
        for at in rrulestr(request["rule"], dtstart=first):
            if at > high:
                break
            found.append(at.isoformat())
    except _Enough:
        # What it found is all there is up to ``high`` if it went on searching behind that.
        if not found:
            raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return found


def main() -> None:
    signal.signal(signal.SIGALRM, _enough)
    for line in sys.stdin:
        try:
            answer: dict[str, object] = {"found": rule(json.loads(line))}
        except (_Enough, ValueError, TypeError, IndexError) as error:
            answer = {"error": str(error)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
