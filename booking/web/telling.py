"""The ladder in the reader's language: each step's name, its answer, who may change it, and where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext

from booking import spoken
from booking.explain import Explanation
from booking.ladder import Fact, Reason, Rule
from booking.roles import Action, Actor
from booking.web import look

_ACCOUNTS = ("connect.home", Action.CONNECT_ACCOUNTS)
_REQUESTS = ("provider.inbox", Action.OWN_AREA)
_AVAILABILITY = ("availability.home", Action.AVAILABILITY)

PLACES: Mapping[Rule, tuple[str, Action]] = {
    Rule.PRACTICE_SWITCH: ("availability.home", Action.SETTINGS),
    Rule.PROVIDER_OPT_IN: _AVAILABILITY,
    Rule.CLIENT_STATUS: _AVAILABILITY,
    Rule.CLIENT_PRIVILEGE: ("clients.listed", Action.CLIENT_ACCESS),
    Rule.SERVICE_ONLINE: _AVAILABILITY,
    Rule.BLOCK_ONLINE: _AVAILABILITY,
    Rule.BLOCK: _AVAILABILITY,
    Rule.NOTICE: _AVAILABILITY,
    Rule.HORIZON: _AVAILABILITY,
    Rule.PER_DAY: _AVAILABILITY,
    Rule.PER_WEEK: _AVAILABILITY,
    Rule.MODE_GAP: _AVAILABILITY,
    Rule.DOOR: _AVAILABILITY,
    Rule.HOLD: ("holds.listed", Action.VIEW_HOLDS),
    Rule.OPEN_REQUESTS: _REQUESTS,
    Rule.BOOKING: _REQUESTS,
    Rule.FRESHNESS: _ACCOUNTS,
    Rule.CALENDAR: _ACCOUNTS,
}
"""The page on which what a rule rests on is changed, and what one must be allowed to do there."""


@dataclass(frozen=True, slots=True)
class Step:
    """One rung as a page shows it. ``who`` are the roles that may change it; ``link`` None: not on a page of hers."""

    rule: str
    title: str
    passed: bool
    text: str
    who: str
    link: str | None


def steps(reasons: Iterable[Reason], actor: Actor, provider: str) -> list[Step]:
    """``provider`` is the slug of whose time it is."""
    return [_step(reason, actor, provider) for reason in reasons]


def phone_line(explanation: Explanation) -> str:
    return str(gettext(spoken.line(explanation)))


def title(rule: Rule) -> str:
    return str(gettext(spoken.TITLES[rule]))


def told(fact: Fact) -> str:
    """A fact as the reader writes it; the program's own words for states are translated."""
    if isinstance(fact, datetime):
        return f"{look.day(fact, 'short')}, {look.clock(fact)}"
    if isinstance(fact, date):
        return look.day(fact, "short")
    if isinstance(fact, timedelta):
        return look.length_words(fact) if fact >= timedelta(minutes=1) else str(gettext("less than a minute"))
    return ", ".join(look.state_words(word) for word in str(fact).split(", "))


def role_words(role: str) -> str:
    return _ROLES[role]()


_ROLES = {
    "owner": lambda: str(gettext("owner")),
    "manager": lambda: str(gettext("manager")),
    "provider": lambda: str(gettext("the provider")),
    "ops": lambda: str(gettext("ops")),
}


def _step(reason: Reason, actor: Actor, provider: str) -> Step:
    return Step(
        rule=reason.rule.value,
        title=title(reason.rule),
        passed=reason.passed,
        text=reason.said(reason.staff, translate=gettext, show=told),
        who=", ".join(map(role_words, reason.may_change)),
        link=_link(reason, actor, provider),
    )


def _link(reason: Reason, actor: Actor, provider: str) -> str | None:
    place = PLACES.get(reason.rule)
    if place is None or actor.role.value not in reason.may_change or not actor.may(place[1]):
        return None
    whole: dict[str, Any] = {"level": "practice"} if reason.rule is Rule.PRACTICE_SWITCH else {}
    return url_for(place[0], provider=provider, **whole)
