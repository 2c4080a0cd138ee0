"""The program's clock: read here and nowhere else, and shifted for tests by what the settings say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Gives the present instant, aware and in UTC."""


def system_clock() -> datetime:
    return datetime.now(UTC)


def shifted_clock(shift: timedelta | datetime | None, *, base: Clock = system_clock) -> Clock:
    """The clock moved by ``shift``, or set to that instant at this call and running on from there."""
    if shift is None:
        return base
    offset = shift - base() if isinstance(shift, datetime) else shift

    def now() -> datetime:
        return base() + offset

    return now
