"""The brake on mass deletion. Pure: counts in, verdict out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

MANY_EVENTS, EVENTS_SHARE = 10, 0.30
MANY_BOOKINGS, BOOKINGS_SHARE = 3, 0.50
READ_AGAIN_AFTER = timedelta(minutes=10)


class Verdict(StrEnum):
    ALLOW = "allow"
    HOLD = "hold"
    """Keep everything blocking and ask a person."""
    READ_AGAIN = "read_again"
    """An empty listing proves nothing the first time."""


@dataclass(frozen=True, slots=True)
class Removal:
    """What one pass would remove. Future events only; a series counts once."""

    events: int
    known_events: int
    bookings: int
    known_bookings: int
    empty_listing: bool = False
    """A full enumeration named no event at all and carried no tombstone."""
    empty_seen_at: datetime | None = None
    """When the calendar was first listed empty in a row."""


@dataclass(frozen=True, slots=True)
class Judgement:
    verdict: Verdict
    reason: str = ""


def judge(removal: Removal, *, now: datetime) -> Judgement:
    """Whether a pass may remove what it found absent. One event is never held."""
    first_sight = removal.empty_seen_at is None or now - removal.empty_seen_at < READ_AGAIN_AFTER
    if removal.empty_listing and removal.known_events > 1 and first_sight:
        return Judgement(
            Verdict.READ_AGAIN, "the calendar was listed as empty; it is read again after ten minutes"
        )
    if removal.events <= 1:
        return Judgement(Verdict.ALLOW)
    if removal.events >= MANY_EVENTS and removal.events > EVENTS_SHARE * removal.known_events:
        return Judgement(
            Verdict.HOLD, f"{removal.events} of {removal.known_events} coming events are gone at once"
        )
    if removal.bookings >= MANY_BOOKINGS and removal.bookings > BOOKINGS_SHARE * removal.known_bookings:
        return Judgement(
            Verdict.HOLD, f"{removal.bookings} of {removal.known_bookings} coming bookings are gone at once"
        )
    return Judgement(Verdict.ALLOW)
