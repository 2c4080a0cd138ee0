"""Named points at which a test may kill, stop or fail the program. Inert unless a trigger was set.

The trigger is set by the composition root, in testing alone; a point costs one comparison otherwise.
"""

from __future__ import annotations

from collections.abc import Callable

_trigger: Callable[[str], None] | None = None


def set_trigger(trigger: Callable[[str], None] | None) -> None:
    """Call ``trigger`` with the name of each point that is passed; None makes all points inert again."""
    global _trigger  # noqa: PLW0603 - one switch for the whole process, set once at start
    _trigger = trigger


def failpoint(name: str) -> None:
    """Pass the point ``name``."""
    if _trigger is not None:
        _trigger(name)
