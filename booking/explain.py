"""Why a time can or cannot be booked: every rule's answer for one start, in ladder order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from booking.answers import Case, answers
from booking.availability import ask, free_rooms, standing_at
from booking.epoch import micros
from booking.ladder import Reason, Rule, Source
from booking.obstacles import Question, joinable, needs_room
from booking.practice import Mode
from booking.weekly import OfferedBlock
from booking.world import Asker, World
from sync.model.timespan import TimeSpan

_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Explanation:
    """``bookable`` is true exactly if all reasons passed, and exactly if the start is on offer.

    Every rule is there at least once, in ladder order; where several events take the time, each has its reason.
    """

    mode: Mode
    reasons: tuple[Reason, ...]

    @property
    def bookable(self) -> bool:
        return all(reason.passed for reason in self.reasons)

    @property
    def failed(self) -> tuple[Reason, ...]:
        return tuple(reason for reason in self.reasons if not reason.passed)


def explain(
    world: World,
    *,
    service: str,
    client: Asker,
    start: datetime,
    now: datetime,
    mode: Mode | None = None,
    sources: Sequence[Source] = (),
) -> Explanation:
    """Each rule's answer for a start, on a grid or off it.

    ``sources`` are the outside events around the start, to be named where they take it; what takes it is decided
    by ``world`` alone. Without ``mode`` the service's mode with the fewest refusals is explained, which is one
    without any if there is one. A service the provider does not have raises ``KeyError``.
    """
    window = TimeSpan(start, start + _TICK)
    question = ask(world, service=service, client=client, window=window, now=now)
    modes = question.offer.service.modes if mode is None else (mode,)
    every = [_in_mode(question, each, sources) for each in modes]
    return min(every, key=lambda explanation: len({reason.rule for reason in explanation.failed}))


def _in_mode(question: Question, mode: Mode, sources: Sequence[Source]) -> Explanation:
    at = micros(question.window.start)
    case = Case(question, at, mode, _likeliest_block(question, at, mode), tuple(sources))
    return Explanation(mode, tuple(reason for rule in Rule for reason in answers(rule, case)))


def _likeliest_block(question: Question, at: int, mode: Mode) -> OfferedBlock | None:
    """Of the blocks that could hold the start, one that is online and has a room, if there is one."""
    session = joinable(question, mode).get(at)

    def missing(block: OfferedBlock) -> int:
        roomless = needs_room(question.offer, mode) and not free_rooms(question, block.block, at, session)
        return (not block.block.online) * 2 + roomless

    return min(standing_at(question, at, mode, online=False), key=missing, default=None)
