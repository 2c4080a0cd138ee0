"""Ranges of forbidden starts and their arithmetic.

A ``Bar`` is half-open, in microseconds since 1970: the starts ``s`` with ``low <= s < high`` are not to be had.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Bar = tuple[int, int]

EVER = 1 << 62
"""Beyond every instant: microseconds of the year 147,000."""


def clear_of(start: int, end: int, length: int, *, before: int = 0, after: int = 0) -> Bar:
    """The starts ``s`` for which ``[s - before, s + length + after)`` would meet ``[start, end)``."""
    return start - length - after + 1, end + before


def merged_bars(bars: Iterable[Bar]) -> list[Bar]:
    """Ascending, disjoint bars over the same starts."""
    result: list[Bar] = []
    top = -EVER - 1
    for low, high in sorted(bars):
        if low > top:
            result.append((low, high))
            top = high
        elif high > top:
            result[-1] = (result[-1][0], high)
            top = high
    return result


def widened(spans: Sequence[Bar], before: int, after: int) -> list[Bar]:
    """``[start - before, end + after)`` of each span, merged: as ``merged_bars`` would, but quicker for many.

    The spans are ascending by start.
    """
    if not spans:
        return []
    result: list[Bar] = []
    # Spans are compared as they stand and widened once merged: a year of busy time passes through this loop, most of it
    # inside of what was taken before.
    gap = before + after
    low, last = spans[0]
    top = last + gap
    for start, end in spans:
        if end > last:
            if start > top:
                result.append((low - before, last + after))
                low = start
            last = end
            top = end + gap
    result.append((low - before, last + after))
    return result


def free_starts(
    spans: Iterable[Bar], bars: Sequence[Bar], *, step: int, first: int, stop: int, length: int
) -> list[int]:
    """The starts from ``first`` up to but without ``stop`` that no bar forbids, ascending.

    They lie on a grid of ``step`` that begins anew with each of the ``[begin, end)`` spans, and ``length`` must fit
    into it. The spans are ascending, the bars merged.
    """
    found: list[int] = []
    pending = iter([*bars, (EVER, EVER)])
    low, high = next(pending)
    for begin, end in spans:
        start = begin if first <= begin else first + (begin - first) % step
        limit = end - length + 1
        if limit > stop:
            limit = stop
        while start < limit:
            while high <= start:
                low, high = next(pending)
            if low > start:
                found += range(start, low if low < limit else limit, step)
            if high >= limit:
                break
            start = high + (begin - high) % step
    return found


def common_bars(first: list[Bar], second: list[Bar]) -> list[Bar]:
    """The starts that both forbid; both are merged, and so is the answer."""
    result: list[Bar] = []
    i = j = 0
    while i < len(first) and j < len(second):
        low, high = max(first[i][0], second[j][0]), min(first[i][1], second[j][1])
        if low < high:
            result.append((low, high))
        if first[i][1] < second[j][1]:
            i += 1
        else:
            j += 1
    return result


def without(bars: list[Bar], starts: Iterable[int]) -> list[Bar]:
    """The bars with single starts let through."""
    for start in starts:
        cut = [part for low, high in bars for part in _cut(low, high, start)]
        bars = [(low, high) for low, high in cut if low < high]
    return bars


def _cut(low: int, high: int, start: int) -> tuple[Bar, ...]:
    return ((low, start), (start + 1, high)) if low <= start < high else ((low, high),)
