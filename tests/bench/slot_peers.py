"""The same works by other means: portion, intervaltree, and the leanest loop that plain Python allows.

Each gives the starts as ascending microseconds since 1970. All of them know beforehand that blocks do not overlap,
that rows come in order and that one service in one mode is asked for; ours finds that out.
"""

from __future__ import annotations

from bisect import bisect_right

import portion
from intervaltree import IntervalTree

from booking.epoch import local_days, since_midnight
from tests.bench.slot_works import BUFFER, HOURS, LENGTH, STEP, WEEKDAYS, Calendar

OPEN = [(since_midnight(opens), since_midnight(closes)) for opens, closes in HOURS]


def blocks(calendar: Calendar) -> list[tuple[int, int]]:
    """Where days begin is looked up, as ours does; a change of the clock lies at night, so hours are elapsed time."""
    days = local_days(calendar.first, (calendar.end - calendar.first).days, calendar.zone)
    weekday = calendar.first.weekday()
    return [
        (midnight + opens, midnight + closes)
        for index, midnight in enumerate(days.midnights[:-1])
        if (weekday + index) % 7 in WEEKDAYS
        for opens, closes in OPEN
    ]


def with_portion(calendar: Calendar) -> list[int]:
    stands = blocks(calendar)
    busy = portion.Interval(
        *(portion.closedopen(start - BUFFER, end + BUFFER) for start, end in calendar.busy)
    )
    free = portion.Interval(*(portion.closedopen(start, end) for start, end in stands)) - busy
    anchors = [start for start, _ in stands]
    starts = []
    for piece in free:
        anchor = anchors[bisect_right(anchors, piece.lower) - 1]
        starts += range(piece.lower + (anchor - piece.lower) % STEP, piece.upper - LENGTH + 1, STEP)
    return starts


def with_intervaltree(calendar: Calendar) -> list[int]:
    tree = IntervalTree.from_tuples((start - BUFFER, end + BUFFER) for start, end in calendar.busy)
    return [
        start
        for opens, closes in blocks(calendar)
        for start in range(opens, closes - LENGTH + 1, STEP)
        if not tree.overlaps(start, start + LENGTH)
    ]


def with_a_loop(calendar: Calendar) -> list[int]:
    lows, highs, top = [], [], 0
    for start, end in calendar.busy:
        if start - BUFFER > top:
            lows.append(start - BUFFER)
            highs.append(end + BUFFER)
            top = end + BUFFER
        elif end + BUFFER > top:
            highs[-1] = top = end + BUFFER
    starts: list[int] = []
    count = len(lows)
    for opens, closes in blocks(calendar):
        at, index = opens, bisect_right(highs, opens)
        while at + LENGTH <= closes:
            low = lows[index] if index < count else closes
            starts += range(at, min(low, closes) - LENGTH + 1, STEP)
            if index == count:
                break
            at = max(at, highs[index] + (opens - highs[index]) % STEP)
            index += 1
    return starts
