"""The ladder in the reader's language: each step's name, its answer, who may change it, and where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import url_for
from flask_babel import gettext

from booking import spoken
from booking.explain import Explanation
from booking.ladder import Fact, Reason, Rule
from booking.roles import Action, Actor
from booking.web import look

_ACCOUNTS = ("connect.home", Action.CONNECT_ACCOUNTS)
_REQUESTS = ("provider.inbox", Action.OWN_AREA)

PLACES: Mapping[Rule, tuple[str, Action]] = {
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
    return ", ".join(_WORDS[word]() if word in _WORDS else word for word in str(fact).split(", "))


def role_words(role: str) -> str:
    return _ROLES[role]()


_WORDS = {
    "new": lambda: str(gettext("new")),
    "active": lambda: str(gettext("active")),
    "inactive": lambda: str(gettext("inactive")),
    "full": lambda: str(gettext("full")),
    "request_only": lambda: str(gettext("request only")),
    "longer_notice": lambda: str(gettext("longer notice")),
    "call_us": lambda: str(gettext("call us")),
    "in_person": lambda: look.mode_words("in_person"),
    "telehealth": lambda: look.mode_words("telehealth"),
}

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
    return url_for(place[0], provider=provider)
