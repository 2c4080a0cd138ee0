"""The rules in the order in which they are asked, what each answers, and who may change it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from sync.model.timespan import TimeSpan

Fact = str | int | date | datetime | timedelta
"""What a text is filled with; the page that shows it chooses the form of dates, times and lengths."""


class Rule(StrEnum):
    """One name per rule, in ladder order. A time is bookable when every rule has passed."""

    PRACTICE_SWITCH = "practice_switch"
    PROVIDER_OPT_IN = "provider_opt_in"
    CLIENT_STATUS = "client_status"
    CLIENT_PRIVILEGE = "client_privilege"
    ASSIGNED = "assigned"
    SERVICE_ONLINE = "service_online"
    BLOCK_ONLINE = "block_online"
    BLOCK = "block"
    NOTICE = "notice"
    HORIZON = "horizon"
    PER_DAY = "per_day"
    PER_WEEK = "per_week"
    MODE_GAP = "mode_gap"
    OPEN_REQUESTS = "open_requests"
    DOOR = "door"
    HOLD = "hold"
    ROOM = "room"
    FRESHNESS = "freshness"
    CALENDAR = "calendar"
    BOOKING = "booking"


STAFF = ("owner", "manager")

MAY_CHANGE: Mapping[Rule, tuple[str, ...]] = {
    Rule.PRACTICE_SWITCH: STAFF,
    Rule.ASSIGNED: (*STAFF, "provider"),
    Rule.FRESHNESS: (*STAFF, "provider", "ops"),
    Rule.CALENDAR: ("provider",),
}
"""Roles that may change what a rule rests on; rules not named: owner, manager and the provider."""


def may_change(rule: Rule) -> tuple[str, ...]:
    return MAY_CHANGE.get(rule, (*STAFF, "provider"))


@dataclass(frozen=True, slots=True)
class Source:
    """The outside event that takes a time, for the provider and those she permits; ``title`` None: not to be told.

    ``checked_at`` is when its calendar was last read whole. ``soft`` events stay bookable for prime-time clients.
    """

    calendar: str
    title: str | None
    start: datetime
    end: datetime
    checked_at: datetime | None
    soft: bool = False

    @property
    def span(self) -> TimeSpan:
        return TimeSpan(self.start, self.end)


def plain(fact: Fact) -> str:
    """A fact in a neutral English form: ISO dates, times to the minute with their offset, lengths in words."""
    if isinstance(fact, datetime):
        return fact.isoformat(sep=" ", timespec="minutes")
    if isinstance(fact, timedelta):
        return _length(fact)
    return fact.isoformat() if isinstance(fact, date) else str(fact)


_UNITS = ((1440, "day"), (60, "hour"), (1, "minute"))


def _length(length: timedelta) -> str:
    minutes = length // timedelta(minutes=1)
    if not minutes:
        return "less than a minute"
    size, word = next(unit for unit in _UNITS if minutes % unit[0] == 0)
    count = minutes // size
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule's answer for one time.

    ``staff`` and ``client`` are message templates with ``%(name)s`` fields, English and marked for translation;
    the one for clients is kind and tells nothing of others, of events or of holds. ``facts`` fill both; instants
    among them are in the provider's zone. ``source`` names the outside event, for the provider and staff only.
    """

    rule: Rule
    passed: bool
    staff: str
    client: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
    source: Source | None = None

    @property
    def may_change(self) -> tuple[str, ...]:
        return may_change(self.rule)

    @property
    def text(self) -> str:
        """For the provider and staff, in English."""
        return self.said(self.staff)

    @property
    def client_text(self) -> str:
        """For the client, in English."""
        return self.said(self.client)

    def said(
        self, template: str, *, translate: Callable[[str], str] = str, show: Callable[[Fact], str] = plain
    ) -> str:
        """``template`` (``staff`` or ``client``) translated and filled with the facts as ``show`` writes them."""
        return translate(template) % {name: show(fact) for name, fact in self.facts.items()}


def N_(message: str) -> str:  # noqa: N802 - the word by which translators' tools find the text
    """Marks a text for translation where no language is known yet."""
    return message
