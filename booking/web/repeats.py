"""The part of the details form that lets a request repeat, and what is done about dates that cannot be had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import request

from booking.desk import Recurring
from booking.refusals import Clash
from booking.web.visit import an_instant

FIELDS = ("repeat", "times")
EVERY = (1, 2, 3, 4)
"""Weeks between the dates that a client can choose from."""
MOST = 12
_SKIP = "skip"
_PREFIX = "at-"


@dataclass(frozen=True, slots=True)
class Choice:
    """A date that cannot be had, in the provider's zone, and starts to choose from in its place."""

    day: date
    start: datetime
    starts: tuple[datetime, ...]


def recurring(given: Mapping[str, str]) -> Recurring | None:
    """What was filled in; None: it does not repeat. What is no number is left to be refused as a rule."""
    if not given["repeat"]:
        return None
    skip, instead = [], {}
    for name, value in request.form.items():
        if not name.startswith(_PREFIX):
            continue
        try:
            day = date.fromisoformat(name.removeprefix(_PREFIX))
        except ValueError:
            continue
        start = an_instant(value)
        if start is not None:
            instead[day] = start
        elif value == _SKIP:
            skip.append(day)
    rule = f"FREQ=WEEKLY;INTERVAL={given['repeat'][:3]};COUNT={given['times'][:3]}"
    return Recurring(rule=rule, skip=tuple(skip), instead=instead)


def answered(clashes: Sequence[Choice]) -> dict[str, str]:
    """What was chosen so far for dates that could not be had, kept while there are further ones."""
    asked = {f"{_PREFIX}{each.day.isoformat()}" for each in clashes}
    return {
        name: value for name, value in request.form.items() if name.startswith(_PREFIX) and name not in asked
    }


def choices(clashes: tuple[Clash, ...], zone: str) -> list[Choice]:
    """``zone`` is the client's."""
    place = ZoneInfo(zone)
    return [
        Choice(
            clash.start.date(),
            clash.start.astimezone(place),
            tuple(each.start.astimezone(place) for each in clash.alternatives),
        )
        for clash in clashes
    ]
