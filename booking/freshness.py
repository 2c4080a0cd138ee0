"""How far the knowledge of a provider's calendars can be trusted. Never open on doubt."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from booking.rules import Rules
from sync.model.freebusy import Freshness


class FreshnessState(StrEnum):
    FRESH = "fresh"
    REQUEST_ONLY = "request_only"
    """Requests are taken, marked as to be checked; nothing is accepted by itself."""
    CLOSED = "closed"


def state(freshness: Freshness, *, now: datetime, rules: Rules) -> FreshnessState:
    """Fresh up to and including ``request_only_after``, request-only up to and including ``closed_after``, else closed.

    With no calendar that counts there is nothing to be late: fresh. A calendar that was never read: closed.
    """
    if freshness.counted == 0:
        return FreshnessState.FRESH
    if freshness.checked_at is None:
        return FreshnessState.CLOSED
    age = now - freshness.checked_at
    if age > rules.closed_after:
        return FreshnessState.CLOSED
    return FreshnessState.REQUEST_ONLY if age > rules.request_only_after else FreshnessState.FRESH
