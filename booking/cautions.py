"""What staff are told before they take time that would not be offered, and pass over on purpose or not. Pure.

Rules about who may book online, and how soon, are not asked: staff enter a time at any minute.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from booking.explain import explain
from booking.ladder import Reason, Rule, Source
from booking.practice import Mode
from booking.world import Asker, World

CAUTIONS = (
    Rule.BLOCK,
    Rule.PER_DAY,
    Rule.PER_WEEK,
    Rule.MODE_GAP,
    Rule.HOLD,
    Rule.FRESHNESS,
    Rule.CALENDAR,
    Rule.BOOKING,
)
"""Rules that staff may pass over. A room is not among them: it is never given twice."""

GRAVE = frozenset({Rule.FRESHNESS, Rule.CALENDAR, Rule.BOOKING})
"""Those that also keep a time from being put forward to a client, who could not be promised it."""

_MINUTE = timedelta(minutes=1)


def cautions(
    world: World,
    *,
    service: str,
    client: Asker,
    start: datetime,
    mode: Mode,
    now: datetime,
    sources: Sequence[Source] = (),
) -> tuple[Reason, ...]:
    """What speaks against a start, in ladder order; the grid of the blocks is no matter.

    A service the provider does not have raises ``KeyError``.
    """
    told = explain(
        _any_minute(world, service), service=service, client=client, start=start, now=now, mode=mode, sources=sources
    )  # fmt: skip
    return tuple(reason for reason in told.failed if reason.rule in CAUTIONS)


def unheeded(found: Iterable[Reason], despite: Collection[Rule]) -> tuple[Reason, ...]:
    """Those that nobody said they would pass over."""
    return tuple(reason for reason in found if reason.rule not in despite)


def rules_named(names: Iterable[str]) -> frozenset[Rule]:
    """The rules a form names to be passed over; what is none of them is left out."""
    known: Mapping[str, Rule] = {rule.value: rule for rule in CAUTIONS}
    return frozenset(known[name] for name in names if name in known)


def _any_minute(world: World, service: str) -> World:
    offer = world.offers[service]
    eased = replace(offer, rules=replace(offer.rules, increment=_MINUTE))
    return replace(world, offers={**world.offers, service: eased})
