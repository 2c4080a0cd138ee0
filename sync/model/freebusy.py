"""Which events take time (RFC 5545 3.8.2.7, 3.8.1.11; Google Calendar API ``transparency``, ``eventType``)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sync.model.event import Event, Kind, Response, Status, Transparency
from sync.model.timespan import TimeSpan


class Reading(StrEnum):
    """What a provider wants an uncertain event to count as."""

    BUSY = "busy"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class BusyPolicy:
    """The provider's wish for tentative events and unanswered invitations, and the tags that keep an event bookable.

    ``soft`` holds categories or hash tags (``"#flex"``), compared without regard to case.
    """

    tentative: Reading = Reading.BUSY
    unanswered: Reading = Reading.BUSY
    soft: frozenset[str] = frozenset()


class Weight(StrEnum):
    BUSY = "busy"
    SOFT = "soft"
    """Blocks everyone but the clients a prime-time hold is for."""


@dataclass(frozen=True, slots=True)
class BusyInterval:
    """A span that one occurrence of a series takes. ``all_day`` spans run from local midnight to local midnight."""

    span: TimeSpan
    weight: Weight = Weight.BUSY
    all_day: bool = False
    certain: bool = True
    """False where the event could not be read whole and the span is the most that is known of it."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old the knowledge of a provider's calendars is.

    ``checked_at`` is the oldest good reading among those that count, None if one was never read.
    ``counted`` is how many count; with none of them everything is fresh.
    """

    checked_at: datetime | None
    counted: int


def weight_of(event: Event, policy: BusyPolicy) -> Weight | None:
    """What an occurrence with these fields takes; None: it leaves its time free."""
    if event.status is Status.CANCELLED or event.own_response is Response.DECLINED:
        return None
    if event.kind in (Kind.WORKING_LOCATION, Kind.BIRTHDAY):
        return None
    if event.kind is not Kind.OUT_OF_OFFICE and event.transparency is Transparency.TRANSPARENT:
        return None
    tentative = event.status is Status.TENTATIVE or event.own_response is Response.TENTATIVE
    if tentative and policy.tentative is Reading.FREE:
        return None
    if event.own_response is Response.NEEDS_ACTION and policy.unanswered is Reading.FREE:
        return None
    return Weight.SOFT if _is_soft(event, policy.soft) else Weight.BUSY


def _is_soft(event: Event, soft: frozenset[str]) -> bool:
    if not soft:
        return False
    wanted = {tag.casefold().lstrip("#") for tag in soft}
    tags = {word.casefold()[1:] for word in event.summary.split() if word.startswith("#")}
    return not wanted.isdisjoint(tags | {category.casefold().lstrip("#") for category in event.categories})
