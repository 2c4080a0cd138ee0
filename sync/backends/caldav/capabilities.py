"""What one collection can do and how far it is, asked before it is read as a whole."""

from __future__ import annotations

from dataclasses import dataclass

from sync.backends.caldav.collection import Collection
from sync.backends.caldav.dav import NO_DAV, DavConnection, demand_multistatus, raise_if_missing
from sync.backends.caldav.multistatus import Member
from sync.backends.caldav.names import (
    CALENDAR,
    CTAG,
    RESOURCETYPE,
    SUPPORTED_REPORTS,
    SYNC_COLLECTION,
    SYNC_TOKEN,
)
from sync.backends.errors import Unavailable

_PROPS = "<D:resourcetype/><D:supported-report-set/><D:sync-token/><CS:getctag/>"


@dataclass(frozen=True, slots=True)
class CollectionState:
    """``sync_token`` is None where sync-collection is not offered; ``ctag`` is empty where there is none."""

    sync_token: str | None
    ctag: str


def collection_state(dav: DavConnection, collection: Collection) -> CollectionState:
    """Raises ``CalendarMissing``, and ``Unavailable`` for anything that does not call itself a calendar."""
    answer = dav.propfind(collection.url, _PROPS, depth=0)
    states = [state for state in demand_multistatus(answer, _state).members if state is not None]
    if len(states) != 1:
        raise Unavailable(NO_DAV)
    return states[0]


def _state(member: Member) -> CollectionState | None:
    raise_if_missing(member.status)
    kind = member.found.get(RESOURCETYPE)
    if kind is None or kind.find(CALENDAR) is None:
        return None
    return state_of(member)


def state_of(member: Member) -> CollectionState:
    """What the properties of one calendar say."""
    reports = member.found.get(SUPPORTED_REPORTS)
    offered = reports is not None and next(reports.iter(SYNC_COLLECTION), None) is not None
    return CollectionState(member.text(SYNC_TOKEN) if offered else None, member.text(CTAG) or "")
