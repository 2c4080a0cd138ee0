"""When a calendar is read next and when something is tried again. Pure: what is known in, a wait out.

``jitter`` in [0, 1) spreads loads. It only ever shortens the wait for a reading, so every bound here holds with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

FRESH_SHARE = 0.5
"""Of the age at which the page stops trusting a reading: those that decide about time on offer are no further apart."""
SLOW_SHARE = 0.8
"""The same for all others: seldom, yet never so late that they are shown as late."""
FULL_EVERY = timedelta(hours=24)

_BACKS_OFF_TO = 4
_LEAST = timedelta(seconds=1)
_FULL_SPREAD = timedelta(hours=6)

WorkingHours = frozenset[int]
"""Hours of the week in the provider's zone, 0 from Monday 00:00 to 167, in any part of which she usually works."""
ALWAYS: WorkingHours = frozenset(range(168))


@dataclass(frozen=True, slots=True)
class Pace:
    """What decides how often a calendar is read.

    ``poll_every`` is what the practice asks for; ``bookable``: clients can book with its provider online; ``decides``:
    its events take time on offer; ``at_work``: these are the provider's usual hours; ``pushed``: a live channel tells
    of changes, so that reading only proves that the channel is alive.
    """

    poll_every: timedelta
    request_only_after: timedelta
    bookable: bool = True
    decides: bool = True
    at_work: bool = True
    pushed: bool = False

    @property
    def longest(self) -> timedelta:
        """The longest wait from one reading to the next."""
        share = FRESH_SHARE if self.bookable and self.decides else SLOW_SHARE
        return max(_LEAST, self.request_only_after * share)

    @property
    def shortest(self) -> timedelta:
        return max(_LEAST, min(self.poll_every, self.longest))


def next_reading(pace: Pace, *, quiet: timedelta, jitter: float) -> timedelta:
    """From a reading to the next one. ``quiet`` is how long the calendar has not changed.

    At work the practice's own interval holds. Else waits double while nothing changes (the next is as long as it has
    been quiet so far), up to four intervals, and a change brings them back to one.
    """
    if pace.pushed:
        wait = pace.longest
    elif pace.at_work and pace.bookable and pace.decides:
        wait = pace.shortest
    else:
        slowest = min(pace.longest, pace.shortest * _BACKS_OFF_TO)
        wait = min(max(quiet, pace.shortest), slowest)
    return max(_LEAST, wait * (1 - jitter / 4))


def next_full(*, jitter: float) -> timedelta:
    """From a full listing to the next: at least daily, at a minute of each calendar's own."""
    return FULL_EVERY - _FULL_SPREAD * jitter


def retry_wait(
    failures: int,
    *,
    first: timedelta,
    longest: timedelta,
    jitter: float,
    retry_after: timedelta | None = None,
) -> timedelta:
    """How long to wait after the ``failures``-th failure in a row: anything up to a ceiling that doubles (full jitter).

    What the server asked for comes on top, so that those it sent away do not all come back at the same moment.
    """
    ceiling = min(longest, first * (1 << min(max(failures - 1, 0), 16)))
    return (retry_after or timedelta(0)) + max(_LEAST, ceiling * jitter)


def is_working(hours: WorkingHours, local: datetime) -> bool:
    """Whether ``local``, wall clock in the provider's zone, lies in her usual hours."""
    return local.weekday() * 24 + local.hour in hours
