"""Rules of offering time as values: practice default, narrowed by the provider, then by the service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import time, timedelta
from enum import StrEnum
from typing import Any


class TitleMode(StrEnum):
    """What a calendar entry says about the client."""

    ID = "id"
    INITIALS = "initials"
    FIRST_NAME = "first_name"
    FULL_NAME = "full_name"
    GENERIC = "generic"


@dataclass(frozen=True, slots=True)
class NoticeByClock:
    """Notice as a deadline on the wall clock: for a start on day D, until ``until`` on day D - ``days``."""

    days: int
    until: time


@dataclass(frozen=True, slots=True)
class Door:
    """Load-aware door for new clients: open below, closed above, in between as it was."""

    open_below: float
    close_above: float
    window: timedelta


@dataclass(frozen=True, slots=True)
class Rules:
    """Every rule with its default. Durations are elapsed time, a day is 24 h; a limit of 0 is none."""

    minimum_notice: timedelta | NoticeByClock = timedelta(hours=24)
    cancel_notice: timedelta = timedelta(hours=24)
    reschedule_notice: timedelta = timedelta(hours=24)
    reminders: tuple[timedelta, ...] = (timedelta(days=2), timedelta(hours=2))
    unsure: bool = False
    horizon_days: int = 60
    increment: timedelta = timedelta(minutes=15)
    max_per_day: int = 8
    max_per_week: int = 0
    mode_gap: timedelta = timedelta(0)
    open_requests_per_client: int = 2
    request_expiry: timedelta = timedelta(hours=24)
    tentative: str = "busy"
    unanswered: str = "busy"
    request_only_after: timedelta = timedelta(minutes=15)
    closed_after: timedelta = timedelta(minutes=60)
    client_statuses: frozenset[str] = frozenset({"new", "active"})
    new_clients: str | Door = "open"
    title: TitleMode = TitleMode.INITIALS
    moved_in_calendar: str = "propose"
    auto_accept: str = "never"
    decision_grace: timedelta = timedelta(minutes=2)
    longer_notice: timedelta = timedelta(hours=72)
    poll_interval: timedelta = timedelta(minutes=5)
    soft_busy: tuple[str, ...] = ()

    def narrowed(self, changes: Mapping[str, Any]) -> Rules:
        """These rules with the stated ones replaced; unknown names raise ``KeyError``."""
        unknown = set(changes) - RULE_NAMES
        if unknown:
            raise KeyError(", ".join(sorted(unknown)))
        return replace(self, **changes)


RULE_NAMES = frozenset(f.name for f in fields(Rules))


def effective(*layers: Mapping[str, Any]) -> Rules:
    """Defaults narrowed by each layer in turn: practice, provider, service."""
    rules = Rules()
    for layer in layers:
        rules = rules.narrowed(layer)
    return rules


@dataclass(frozen=True, slots=True)
class RuleLayer:
    """The rules one level states itself. What it leaves out comes from the level above."""

    stated: Mapping[str, Any] = field(default_factory=dict)
