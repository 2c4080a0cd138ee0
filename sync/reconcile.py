"""The three-way merge of one series, as a decision. Pure; the engine carries it out."""

from __future__ import annotations

from enum import StrEnum

from sync.model.fingerprint import Fingerprint


class Step(StrEnum):
    FORGET = "forget"
    """Both sides removed it: close the entry."""
    ADOPT = "adopt"
    """Both sides came to mean the same: agree on it."""
    PULL = "pull"
    PULL_DELETE = "pull_delete"
    PUSH = "push"
    PUSH_DELETE = "push_delete"
    CONFLICT = "conflict"
    """Both sides changed, differently: ``sync.conflicts`` merges."""


def decide(was: Fingerprint | None, ours: Fingerprint | None, theirs: Fingerprint | None) -> Step | None:
    """Three-way merge of one series; ``None`` means nothing to do.

    ``was`` is what both sides were last known to share. ``theirs`` is None only with evidence of absence:
    what was not read never gets here.
    """
    if ours == theirs:
        return None if ours == was else (Step.FORGET if ours is None else Step.ADOPT)
    if ours == was:
        return Step.PULL_DELETE if theirs is None else Step.PULL
    if theirs == was:
        return Step.PUSH_DELETE if ours is None else Step.PUSH
    return Step.CONFLICT
