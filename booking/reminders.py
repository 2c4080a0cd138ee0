"""When clients are reminded of an appointment, and when a reminder has lost its point."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from booking.requests import Standing, Status


class Outcome(StrEnum):
    """What became of a reminder whose time had come."""

    SENT = "sent"
    MOVED = "moved"
    """The appointment has another start by now, or is none any more."""
    OVER = "over"
    """It has begun."""
    OVERTAKEN = "overtaken"
    """A later reminder is due too, and says the same."""
    DROPPED = "dropped"
    """The practice reminds at other times by now."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """One mail before one start; ``before`` is exact, so a day is 24 hours."""

    starts_at: datetime
    before: timedelta

    @property
    def due_at(self) -> datetime:
        return self.starts_at - self.before


def planned(standing: Standing, before: Iterable[timedelta], *, now: datetime) -> list[Reminder]:
    """The reminders of an appointment that are still ahead; none of anything else.

    One whose time is past already is not sent: the client has just been told.
    """
    if standing.status is not Status.ACCEPTED:
        return []
    found = [Reminder(standing.span.start, each) for each in before]
    return [each for each in found if each.due_at > now]


def outcome(reminder: Reminder, standing: Standing, before: Iterable[timedelta], *, now: datetime) -> Outcome:
    """What a due reminder comes to. ``before`` are the times of the practice's rule as it stands."""
    if standing.status is not Status.ACCEPTED or standing.span.start != reminder.starts_at:
        return Outcome.MOVED
    if now >= reminder.starts_at:
        return Outcome.OVER
    rule = tuple(before)
    if reminder.before not in rule:
        return Outcome.DROPPED
    if any(each < reminder.before and reminder.starts_at - each <= now for each in rule):
        return Outcome.OVERTAKEN
    return Outcome.SENT
