"""How many times a release opens, or holding again closes, counted by asking the offer twice."""

from __future__ import annotations

from collections.abc import Sequence
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


class Difference(NamedTuple):
    """Starts, each counted once whatever the service."""

    opened: int
    closed: int


def difference(world: World, releases: Sequence[ReleaseRow], *, span: TimeSpan, now: datetime) -> Difference:
    """What other release rows change of the times around ``span`` that are on offer to just anybody.

    How fresh the calendars are is left out: the question is what the rows do, not what an outage does.
    """
    longest = max((offer.service.length for offer in world.offers.values()), default=timedelta(0))
    window = span.widened(longest, timedelta(0))
    before = _offered(world, window, now)
    after = _offered(replace(world, releases=releases), window, now)
    return Difference(len(after - before), len(before - after))


def _offered(world: World, window: TimeSpan, now: datetime) -> set[int]:
    found: set[int] = set()
    for service in world.offers:
        for asker in _ANYBODY:
            question = ask(world, service=service, client=asker, window=window, now=now)
            found |= open_starts(question, leaving_out={Rule.FRESHNESS}).keys()
    return found
