"""Why somebody finds no time: the rules of access, and of all starts on the grid how many each rule of time forbids."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from booking.access import ACCESS_RULES
from booking.answers import Case, answers
from booking.availability import ask, open_starts, standing_at
from booking.bars import Bar, merged_bars
from booking.epoch import instant
from booking.ladder import Reason, Rule
from booking.obstacles import Question, bars_of, suits
from booking.practice import Block, Mode
from booking.world import Asker, World
from sync.model.timespan import TimeSpan

_OF_TIME = tuple(rule for rule in Rule if rule not in ACCESS_RULES and rule is not Rule.BLOCK)
"""A start of the grid lies in a block by itself."""


@dataclass(frozen=True, slots=True)
class Survey:
    """``access`` in ladder order; ``starts`` on the grid of the window, ``offered`` of them to this client.

    ``struck``: how many starts each rule of time forbids in every mode, most first; one start may be struck by
    several. ``first``: the earliest on offer.
    """

    access: tuple[Reason, ...]
    starts: int
    offered: int
    first: datetime | None
    struck: tuple[tuple[Rule, int], ...]

    @property
    def admitted(self) -> bool:
        return all(reason.passed for reason in self.access)


def survey(world: World, *, service: str, client: Asker, window: TimeSpan, now: datetime) -> Survey:
    """A service the provider does not have raises ``KeyError``."""
    question = ask(world, service=service, client=client, window=window, now=now)
    offered = open_starts(question)
    candidates = grid(question)
    struck = _struck(question, candidates)
    return Survey(
        access=access_answers(question),
        starts=len(candidates),
        offered=len(offered),
        first=instant(next(iter(offered))) if offered else None,
        struck=tuple((rule, count) for rule, count in struck.most_common() if count),
    )


def access_answers(question: Question) -> tuple[Reason, ...]:
    """What the rules of access say, whatever the time."""
    case = Case(question, question.opens, question.offer.service.modes[0], None, ())
    return tuple(reason for rule in ACCESS_RULES for reason in answers(rule, case))


def grid(question: Question) -> list[int]:
    """Every start inside the window at which some block, online or not, could hold the service; ascending."""
    offer = question.offer
    found: set[int] = set()
    for block in question.blocks:
        if any(suits(block.block, offer, mode) for mode in offer.service.modes):
            found.update(range(block.start, block.end - question.length + 1, question.step))
    return sorted(start for start in found if question.opens <= start < question.closes)


def _struck(question: Question, starts: Sequence[int]) -> Counter[Rule]:
    """A start counts for a rule that forbids it in each mode and block it has."""
    counts: Counter[Rule] = Counter()
    known: dict[tuple[Rule, Mode, str | None], list[Bar]] = {}

    def forbids(rule: Rule, start: int, mode: Mode, block: Block) -> bool:
        if rule is Rule.BLOCK_ONLINE:
            return not block.online
        key = (rule, mode, block.location if rule is Rule.ROOM else None)
        if key not in known:
            known[key] = merged_bars(bars_of(rule, question, mode, block))
        return _inside(known[key], start)

    for start in starts:
        ways = [
            (mode, block.block)
            for mode in question.offer.service.modes
            for block in standing_at(question, start, mode, online=False)
        ]
        counts.update(rule for rule in _OF_TIME if all(forbids(rule, start, *way) for way in ways))
    return counts


def _inside(bars: Sequence[Bar], start: int) -> bool:
    """True if one of the merged bars holds the start."""
    index = bisect_right(bars, start, key=lambda bar: bar[0]) - 1
    return index >= 0 and start < bars[index][1]
