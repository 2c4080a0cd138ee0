"""The brake on asking a server that does not answer. Pure: what happened in, how long it is left alone out."""

from __future__ import annotations

from datetime import timedelta

FAILURES_TO_OPEN = 5
PROBE_TAKES = timedelta(minutes=2)
"""Nobody else asks while one account finds out; should its worker die, the next finds out after this."""

_SHORTEST, _LONGEST = timedelta(minutes=1), timedelta(minutes=15)


def left_alone_for(failures: int, *, outage: timedelta, probing: bool) -> timedelta | None:
    """None: it may be asked again at once. ``failures`` are those in a row, of all accounts; ``outage`` began with the
    first; ``probing``: it was left alone and this was the one look whether it is back.

    A quarter of the outage so far: the end of a short one is noticed soon, and a long one costs little.
    """
    if failures < FAILURES_TO_OPEN and not probing:
        return None
    return min(_LONGEST, max(_SHORTEST, outage / 4))
