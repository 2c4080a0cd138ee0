"""Moving windows counted in this process: what is left of limits while the queue's server is away."""

from __future__ import annotations

import math
import threading
from collections import deque
from typing import Final

_MOST_PARTIES: Final = 10_000


class LocalWindows:
    """Times of calls by party, on a clock that the caller reads. Safe to use from threads."""

    def __init__(self) -> None:
        self._calls: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def spend(self, party: str, *, count: int, seconds: float, at: float) -> int | None:
        """Counts a call at ``at``; None if it is one of ``count`` in ``seconds``, else how many whole ones to wait."""
        with self._lock:
            calls = self._calls.pop(party, None) or deque()
            while calls and calls[0] <= at - seconds:
                calls.popleft()
            # Whoever called last stands at the end, so that those who have not for longest are forgotten first.
            self._calls[party] = calls
            if len(self._calls) > _MOST_PARTIES:
                del self._calls[next(iter(self._calls))]
            if len(calls) >= count:
                return max(1, math.ceil(calls[0] + seconds - at))
            calls.append(at)
            return None
