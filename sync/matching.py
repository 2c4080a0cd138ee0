"""Which calendar of an account is meant by a line of the practice file. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote


@dataclass(frozen=True, slots=True)
class MatchRule:
    match: str
    role: str
    title: str | None = None
    advisory: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A calendar as discovered: ``remote_id`` is its path or id."""

    remote_id: str
    name: str


class MatchFailed(ValueError):
    """A rule fits no calendar, or more than one; the text names the rule and what there is."""


def assign(rules: Sequence[MatchRule], calendars: Sequence[Candidate]) -> dict[str, MatchRule]:
    """``remote_id`` -> the rule that names it; calendars that no rule names are left out (they are read as busy).

    A name is compared with the display name, else with the last part of the path, else with the whole path or id.
    Raises ``MatchFailed``.
    """
    result: dict[str, MatchRule] = {}
    for rule in rules:
        found = _named(rule.match, calendars)
        if len(found) != 1:
            there = ", ".join(sorted(f'"{c.name or c.remote_id}"' for c in calendars)) or "none"
            what = "no calendar is" if not found else f"{len(found)} calendars are"
            raise MatchFailed(f'{what} named "{rule.match}"; the account has: {there}')
        remote_id = found[0].remote_id
        if remote_id in result:
            raise MatchFailed(f'"{rule.match}" and "{result[remote_id].match}" name the same calendar')
        result[remote_id] = rule
    return result


def name_of(calendar: Candidate, calendars: Sequence[Candidate]) -> str:
    """What a rule has to say to mean this calendar alone: its id if that will do, for people rename calendars."""
    for match in (calendar.remote_id, _last_part(calendar), calendar.name):
        if _named(match, calendars) == [calendar]:
            return match
    return calendar.remote_id


def _named(match: str, calendars: Sequence[Candidate]) -> list[Candidate]:
    for key in (_display_name, _last_part, _whole):
        found = [calendar for calendar in calendars if key(calendar).rstrip("/") == match.rstrip("/")]
        if found:
            return found
    return []


def _display_name(calendar: Candidate) -> str:
    return calendar.name


def _last_part(calendar: Candidate) -> str:
    return unquote(calendar.remote_id.rstrip("/").rsplit("/", 1)[-1])


def _whole(calendar: Candidate) -> str:
    return calendar.remote_id
