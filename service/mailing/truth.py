"""Whether a mail that had to wait still says what is so.

Most kinds tell what happened, and that stays true. Those here ask for something, or speak of what is to come.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import Connection, Row

from booking.requests import Standing, Status
from booking.store import requests, waiting
from booking.waitlist import is_over


class Truth(Enum):
    TRUE = "true"
    UNTRUE = "untrue"


def truth_of(connection: Connection, row: Row[Any], *, now: datetime) -> Truth | datetime:
    """An instant: what it speaks of is not settled until then, and may yet be undone."""
    if row.kind in _OF_REQUESTS:
        return _of_request(connection, row, now)
    if row.kind in _OF_PLACES:
        return Truth.TRUE if _OF_PLACES[row.kind](connection, row.facts, now) else Truth.UNTRUE
    return Truth.TRUE


def _of_request(connection: Connection, row: Row[Any], now: datetime) -> Truth | datetime:
    found = requests.find(connection, row.request_id)
    if found is None:
        return Truth.UNTRUE
    standing = found.standing
    if _OF_REQUESTS[row.kind](standing, row.facts, now):
        return Truth.TRUE
    grace = standing.settles_at
    return Truth.UNTRUE if grace is None or grace <= now else grace


def _reminds(standing: Standing, facts: Mapping[str, Any], _now: datetime) -> bool:
    """The appointment still has the start that it was to remind of."""
    start = datetime.fromisoformat(facts["start"])
    return standing.status is Status.ACCEPTED and standing.span.start == start


def _can_be_chosen(standing: Standing, facts: Mapping[str, Any], now: datetime) -> bool:
    """The very times it puts forward are still kept for the client."""
    proposal = standing.proposal
    if proposal is None or now >= proposal.expires_at or not standing.live:
        return False
    return [span.start for span in proposal.spans] == [
        datetime.fromisoformat(start) for start in facts["proposed"]
    ]


def _is_kept(connection: Connection, facts: Mapping[str, Any], now: datetime) -> bool:
    offer = waiting.open_offer(connection, facts["waiting"])
    return (
        offer is not None
        and now < offer.until
        and bool(offer.starts_at == datetime.fromisoformat(facts["start"]))
    )


def _waits(connection: Connection, facts: Mapping[str, Any], now: datetime) -> bool:
    place = waiting.find(connection, facts["waiting"])
    return place is not None and place.state == "waiting" and not is_over(place.last, place.timezone, now=now)


_OF_REQUESTS: Mapping[str, Callable[[Standing, Mapping[str, Any], datetime], bool]] = {
    "reminder": _reminds,
    "proposed": _can_be_chosen,
}
_OF_PLACES: Mapping[str, Callable[[Connection, Mapping[str, Any], datetime], bool]] = {
    "waitlist_offer": _is_kept,
    "waitlist_joined": _waits,
}
