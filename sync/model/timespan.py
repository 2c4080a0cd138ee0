"""Half-open spans of instants, the one shape in which busy and offered time is passed around."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True, order=True)
class TimeSpan:
    """``[start, end)`` in UTC. Refuses naive instants and empty spans at birth; other zones are converted."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        # A year of a busy calendar makes tens of thousands of these, nearly all in UTC already.
        if self.start.tzinfo is not UTC:
            object.__setattr__(self, "start", _in_utc(self.start))
        if self.end.tzinfo is not UTC:
            object.__setattr__(self, "end", _in_utc(self.end))
        if not self.start < self.end:
            raise ValueError(
                f"a TimeSpan must end after it starts: {self.start.isoformat()} .. {self.end.isoformat()}"
            )

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    def overlaps(self, other: TimeSpan) -> bool:
        """True if the two share an instant; touching ends do not."""
        return self.start < other.end and other.start < self.end

    def contains(self, other: TimeSpan) -> bool:
        return self.start <= other.start and other.end <= self.end

    def holds(self, instant: datetime) -> bool:
        return self.start <= instant < self.end

    def widened(self, before: timedelta, after: timedelta) -> TimeSpan:
        return TimeSpan(self.start - before, self.end + after)

    def clipped(self, to: TimeSpan) -> TimeSpan | None:
        """The part inside ``to``; None if nothing is left."""
        start, end = max(self.start, to.start), min(self.end, to.end)
        return TimeSpan(start, end) if start < end else None


def _in_utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError(f"a TimeSpan needs instants with a zone, not the naive {instant.isoformat()}")
    return instant.astimezone(UTC)


def merged(spans: Iterable[TimeSpan]) -> list[TimeSpan]:
    """Sorted, disjoint spans that cover the same instants; adjacent ones become one."""
    result: list[TimeSpan] = []
    for span in sorted(spans):
        if result and span.start <= result[-1].end:
            if span.end > result[-1].end:
                result[-1] = TimeSpan(result[-1].start, span.end)
        else:
            result.append(span)
    return result
