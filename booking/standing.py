"""What is known of a client's reliability, and whom a person should look at. Pure: nothing happens by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from booking.requests import Action, By, Standing, Status

LATE = timedelta(hours=24)
"""A client who cancels later than this before the start cancels late."""
LATELY = timedelta(days=180)
"""Late cancellations before that are forgotten."""
REPEATED = 2
LATE_MOVE = "late move"
"""The action under which the audit keeps that a client took another time late; it counts as a late cancellation."""


@dataclass(frozen=True, slots=True)
class Record:
    """``late`` are the instants of late cancellations; ``looked_at`` when somebody last decided about the client."""

    kept: int
    late: tuple[datetime, ...]
    looked_at: datetime | None

    def recent(self, now: datetime) -> tuple[datetime, ...]:
        return tuple(at for at in self.late if at > now - LATELY)

    def up_for_review(self, now: datetime) -> bool:
        """Late more than once lately, and once since somebody last looked."""
        recent = self.recent(now)
        unseen: Iterable[datetime] = (at for at in recent if self.looked_at is None or at > self.looked_at)
        return len(recent) >= REPEATED and any(True for _ in unseen)


def is_late_move(standing: Standing) -> bool:
    """True if the client gave an appointment's time up late for another, and everybody is told of it now.

    Giving up that other time too, within the same grace, is late all the same.
    """
    was, at = standing.told, standing.decided_at
    if at is None or standing.decided_by is not By.CLIENT or was.status is not Status.ACCEPTED:
        return False
    gone = standing.last_action is Action.CANCEL and standing.span.start - at >= LATE
    return (gone or standing.last_action is Action.MOVE) and was.span.start - at < LATE
