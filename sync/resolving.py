"""One decision about one event of ours, from what was in hand when it fell. Pure: recorded, it can be decided again."""

from __future__ import annotations

from dataclasses import dataclass

from sync.conflicts import arrived, merge
from sync.model.event import Series
from sync.model.fingerprint import Fingerprint, fingerprint
from sync.reconcile import Step, decide

WAIT = "wait"
NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Situation:
    """What each side meant. None: it is absent; for ``theirs`` that takes evidence.

    ``sent`` is what a write without an answer carried; ``waiting``: nothing of it is seen, and it may still arrive.
    """

    agreed: Series | None
    ours: Series | None
    theirs: Series | None
    sent: Series | None = None
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class Resolution:
    """``base`` is what both sides last shared, ``means`` what ours means from now on, ``clashes`` names fields."""

    base: Series | None
    step: Step | None
    means: Series | None
    waiting: bool = False
    clashes: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        """The decision in a word: ``wait``, ``nothing``, or a ``Step``."""
        if self.waiting:
            return WAIT
        return NOTHING if self.step is None else self.step.value


def resolve(situation: Situation) -> Resolution:
    base = _base(situation)
    ours, theirs = situation.ours, situation.theirs
    step = decide(print_of(base), print_of(ours), print_of(theirs))
    if situation.waiting:
        return Resolution(base, step, ours, waiting=True)
    if step is Step.CONFLICT:
        merged = merge(base, ours, theirs)
        return Resolution(base, step, merged.series, clashes=merged.clashes)
    return Resolution(base, step, theirs if step in (Step.PULL, Step.PULL_DELETE) else ours)


def print_of(series: Series | None) -> Fingerprint | None:
    return None if series is None else fingerprint(series)


def _base(situation: Situation) -> Series | None:
    """What both sides last shared. After an unknown outcome that is what was sent, as far as it is seen to be there."""
    agreed, sent, theirs = situation.agreed, situation.sent, situation.theirs
    if sent is None or theirs is None:
        return agreed
    if agreed is None or print_of(sent) == print_of(theirs):
        return sent
    return agreed if print_of(agreed) == print_of(theirs) else arrived(agreed, sent, theirs)
