"""What somebody may ask for, as sets of starts that can be compared: what a change opens, what a release does. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from booking.availability import ask, open_starts
from booking.holds import ReleaseRow
from booking.ladder import Rule
from booking.practice import ClientStatus
from booking.world import Asker, World
from sync.model.timespan import TimeSpan

# Whoever may book anything here may be one of these: holds are for people, and these two are nobody in particular.
_ANYBODY = (Asker(), Asker(id="", status=ClientStatus.ACTIVE))

Starts = Mapping[str, Set[int]]
"""By the code of the service, in microseconds since 1970."""


def offered(world: World, asker: Asker, *, window: TimeSpan, now: datetime) -> Starts:
    """The starts of every service that the asker may ask for, however fresh the calendars are.

    An outage is no change: the question is what somebody changes, not how the calendars are read just now.
    """
    return {
        service: open_starts(
            ask(world, service=service, client=asker, window=window, now=now), leaving_out={Rule.FRESHNESS}
        ).keys()
        for service in world.offers
    }


def beyond(these: Starts, those: Starts) -> dict[str, Set[int]]:
    """What of these is not among those."""
    return {code: starts - those.get(code, frozenset()) for code, starts in these.items()}


class Difference(NamedTuple):
    """Starts, each counted once whatever the service."""

    opened: int
    closed: int


def difference(world: World, releases: Sequence[ReleaseRow], *, span: TimeSpan, now: datetime) -> Difference:
    """What other release rows change of the times around ``span`` that are on offer to just anybody."""
    longest = max((offer.service.length for offer in world.offers.values()), default=timedelta(0))
    window = span.widened(longest, timedelta(0))
    before = _to_anybody(world, window, now)
    after = _to_anybody(replace(world, releases=releases), window, now)
    return Difference(len(after - before), len(before - after))


def _to_anybody(world: World, window: TimeSpan, now: datetime) -> set[int]:
    found = [offered(world, asker, window=window, now=now) for asker in _ANYBODY]
    return {start for starts in found for each in starts.values() for start in each}
