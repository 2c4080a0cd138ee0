"""Whether a calendar is true right now, and what needs a person, ordered by harm. Pure: rows in, words out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum


class Truth(StrEnum):
    TRUE = "true"
    LATE = "late"
    BROKEN = "broken"


class Harm(IntEnum):
    """The worst comes first."""

    UNREADABLE = 1
    """No times are offered."""
    HELD = 2
    PARKED = 3
    LATE = 4
    TROUBLE = 5
    QUARANTINED = 6
    MAIL = 7


@dataclass(frozen=True, slots=True)
class CalendarFacts:
    """One calendar as its rows and its provider's rules say; ``held_since`` is the oldest held deletion."""

    id: str
    account_id: str
    provider: str
    account: str
    name: str
    role: str
    state: str
    account_state: str
    account_text: str
    account_since: datetime | None
    created_at: datetime
    checked_at: datetime | None
    error: str | None
    error_since: datetime | None
    held: int
    held_since: datetime | None
    parked: int
    parked_since: datetime | None
    parked_text: str | None
    quarantined: int
    quarantined_text: str | None
    request_only_after: timedelta
    closed_after: timedelta


@dataclass(frozen=True, slots=True)
class Need:
    """Something a person has to look at. ``kind`` chooses the words; ``why`` is what the remote or the rule said."""

    harm: Harm
    kind: str
    provider: str
    account: str
    calendar: str
    since: datetime | None
    why: str
    count: int
    account_id: str
    calendar_id: str


def truth(facts: CalendarFacts, *, now: datetime) -> Truth | None:
    """None for a calendar that is not read. Age decides; what a person must settle first makes it broken at once."""
    if facts.role == "ignore":
        return None
    if facts.checked_at is None:
        fresh = facts.account_state in ("new", "ok") and now - facts.created_at <= facts.request_only_after
        return Truth.LATE if fresh and facts.state == "new" else Truth.BROKEN
    age = now - facts.checked_at
    if age > facts.closed_after or facts.held or facts.parked or facts.state == "missing":
        return Truth.BROKEN
    return Truth.LATE if age > facts.request_only_after else Truth.TRUE


def tally(truths: Iterable[Truth | None]) -> dict[Truth, int]:
    found = dict.fromkeys(Truth, 0)
    for one in truths:
        if one is not None:
            found[one] += 1
    return found


def needs(calendars: Sequence[CalendarFacts], *, now: datetime) -> list[Need]:
    """What needs a person, the greatest harm first, then the oldest."""
    found = [need for facts in calendars for need in _of_calendar(facts, now)]
    return sorted(found, key=lambda need: (need.harm, need.since or now, need.account, need.calendar))


def _of_calendar(facts: CalendarFacts, now: datetime) -> list[Need]:
    found: list[tuple[Harm, str, datetime | None, str, int]] = []
    if facts.held:
        found.append((Harm.HELD, "held", facts.held_since, "", facts.held))
    if facts.parked:
        found.append((Harm.PARKED, "parked", facts.parked_since, facts.parked_text or "", facts.parked))
    if facts.quarantined:
        found.append((Harm.QUARANTINED, "quarantined", None, facts.quarantined_text or "", facts.quarantined))
    reading = _of_reading(facts, now)
    if reading is not None:
        harm, kind, since = reading
        found.append((harm, kind, since, facts.error or facts.account_text, 1))
    return [
        Need(
            harm=harm, kind=kind, provider=facts.provider, account=facts.account, calendar=facts.name, since=since,
            why=why, count=count, account_id=facts.account_id, calendar_id=facts.id,
        )
        for harm, kind, since, why, count in found
    ]  # fmt: skip


def _of_reading(facts: CalendarFacts, now: datetime) -> tuple[Harm, str, datetime | None] | None:
    """What is wrong with how well the calendar is known; None if nothing is, or it is not read."""
    state = truth(facts, now=now)
    if state is None:
        return None
    if facts.checked_at is None:
        since = facts.account_since or facts.created_at
        return (Harm.UNREADABLE, "never_read", since) if state is Truth.BROKEN else None
    age = now - facts.checked_at
    if age > facts.closed_after:
        return Harm.UNREADABLE, "closed", facts.checked_at
    if age > facts.request_only_after:
        return Harm.LATE, "late", facts.checked_at
    if facts.state in ("failing", "missing") or facts.account_state not in ("ok", "new"):
        return Harm.TROUBLE, "trouble", facts.error_since or facts.account_since
    return None
