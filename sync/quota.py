"""How many requests a remote allows, shared out by urgency. Pure: when a bucket is full again in, and out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from typing import Protocol


class Urgency(IntEnum):
    """The most urgent first."""

    WRITE = 0
    LOOK = 1
    """Somebody waits for it: the look before a request."""
    NEWS = 2
    WHOLE = 3
    """A whole listing, or a further page of one."""


KEPT_BACK: Mapping[Urgency, float] = {
    Urgency.WRITE: 0.0,
    Urgency.LOOK: 0.1,
    Urgency.NEWS: 0.2,
    Urgency.WHOLE: 0.4,
}
"""The share of a shared bucket that each leaves to what is more urgent."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """``per_minute`` requests in the long run, ``burst`` of them at once. ``shared``: urgency decides how deep one may
    reach; else it is one party's own."""

    name: str
    per_minute: float
    burst: float
    shared: bool = False

    @property
    def seconds_each(self) -> float:
        return 60 / self.per_minute

    def reach(self, urgency: Urgency) -> float:
        """Seconds until full again that a request of this urgency may leave the bucket at, at the most."""
        share = 1 - KEPT_BACK[urgency] if self.shared else 1.0
        return max(1.0, self.burst * share) * self.seconds_each


def take(
    full_at: Sequence[float], buckets: Sequence[Bucket], *, now: float, urgency: Urgency
) -> tuple[list[float], float]:
    """One request out of every bucket, or out of none: when each is full again, and the seconds to wait (0: granted).

    ``full_at`` and ``now`` are seconds of one clock. (The generic cell rate algorithm.)
    """
    after = [max(full, now) + bucket.seconds_each for full, bucket in zip(full_at, buckets, strict=True)]
    # Sums of floats: a bucket that is exactly used up is not overdrawn.
    over = [at - now - bucket.reach(urgency) for at, bucket in zip(after, buckets, strict=True)]
    wait = max(0.0, *over)
    return (list(full_at), wait) if wait > 1e-6 else (after, 0.0)


class Quota(Protocol):
    """Counts requests for all that share a project. Never raises."""

    def spend(self, account: str, urgency: Urgency, *, writes_to: str | None = None) -> timedelta:
        """Zero if the request may be sent now, and it is counted; else how long to wait, and nothing is counted."""
