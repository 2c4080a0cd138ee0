"""How long one pass may read before others get their turn, by a clock that measures durations alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

TURN_SECONDS = 20.0
_MOST_DOUBLINGS = 6

Monotonic = Callable[[], float]


class TurnOver(Exception):
    """This reading has had its time: it is left where it is and goes on when others have had theirs."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One pass's turn. ``urgent`` is called between the pages of a reading: what cannot wait is done there.

    A reading that was broken off before may take twice as long each time, so that it ends even where a server can only
    begin anew.
    """

    urgent: Callable[[], None] | None = None
    clock: Monotonic = time.monotonic
    bounded: bool = True
    began: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "began", self.clock())

    def is_over(self, broken_off: int) -> bool:
        """``broken_off``: how often in a row the calendar at hand was left unfinished."""
        allowed = TURN_SECONDS * (1 << min(broken_off, _MOST_DOUBLINGS))
        return self.bounded and self.clock() - self.began >= allowed
