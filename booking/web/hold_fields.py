"""The form of a hold, read into one and written back. Pure; wall clock and dates only."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from booking.ladder import N_
from booking.plain.release import release_from_plain, release_plain
from booking.plain.values import clock_text
from booking.practice import Client, Hold, Release, ReleaseStage, WeeklyRelease
from booking.refusals import FieldError
from booking.web.availability_fields import EXAMPLES, Given, Reading, a_count, end_field, iso

MOST_STAGES = 3
"""Rows for stages; a hold of the practice file that has more gets as many."""
EVERYONE = ""


@dataclass(frozen=True)
class Audiences:
    """Whom a hold can be for: ``words`` as holds have them, to be ticked, and the ``clients`` who can be added.

    ``stages`` are the choices for whom a stage opens it to; several words together are one choice.
    """

    words: tuple[str, ...]
    clients: tuple[Client, ...]
    stages: tuple[tuple[str, ...], ...]


def audiences(clients: Iterable[Client], hold: Hold | None) -> Audiences:
    """``clients`` are those whom the asker may name; what the hold names already is among the words."""
    known = tuple(clients)
    tags = sorted({f"tag:{tag}" for client in known for tag in client.tags})
    named = [word for word in hold.kept_for if word != "nobody"] if hold else []
    stated = [stage.to for stage in _stages_of(hold) if stage.to]
    words = tuple(dict.fromkeys(["status:active", *tags, *named]))
    mine = {word.removeprefix("client:") for word in named}
    stages = tuple(dict.fromkeys([*((word,) for word in words), *stated]))
    return Audiences(words, tuple(each for each in known if each.id not in mine), stages)


def stage_rows(hold: Hold | None) -> range:
    return range(max(MOST_STAGES, len(_stages_of(hold))))


def new_hold() -> dict[str, Any]:
    return {"kept_for": {"status:active"}, "release": "manual"}


def hold_fields(hold: Hold) -> dict[str, Any]:
    return {
        "name": hold.name,
        "days": {str(day) for day in hold.days},
        "date": iso(hold.date),
        "start": clock_text(hold.start),
        "end": end_field(hold.end),
        "from": iso(hold.from_date),
        "until": iso(hold.until),
        "every_weeks": "" if hold.every_weeks == 1 else str(hold.every_weeks),
        "kept_for": {word for word in hold.kept_for if word != "nobody"},
        "marker": "1" if hold.marker else "",
        **_release_fields(hold.release),
    }


def hold_of(given: Given, old: Hold | None, allowed: Audiences) -> tuple[Hold | None, list[FieldError]]:
    """The hold that is meant, or what of it cannot be read.

    ``old`` keeps its name and who made it; a new one is the pages', which the practice file leaves alone.
    """
    reading = Reading(given, [])
    name = old.name if old else _name(reading)
    days, day = _when(reading)
    hours = reading.hours("start", "end")
    first, last = (None, None) if day else reading.validity()
    weeks = 1 if day else reading.weeks()
    kept_for = _kept_for(reading, allowed)
    release = _release(reading, allowed)
    if reading.errors or hours is None:
        return None, reading.errors
    hold = Hold(
        name=name,
        start=hours[0],
        end=hours[1],
        days=frozenset() if day else days,
        date=day,
        kept_for=kept_for,
        release=release,
        from_date=first,
        until=last,
        every_weeks=weeks,
        marker=bool(given.get("marker")),
        by_page=True,
    )
    return (replace(hold, by_page=old.by_page) if old else hold), []


def _name(reading: Reading) -> str:
    name = " ".join(reading.word("name").split())
    if not name or len(name) > 100:
        reading.wrong("name", N_("Please give it a name of at most 100 characters."))
    return name


def _when(reading: Reading) -> tuple[frozenset[int], date | None]:
    days = reading.weekdays()
    day = reading.maybe("date", date.fromisoformat, N_("Please give a day."))
    if not days and not reading.word("date"):
        reading.wrong("days", N_("Please choose at least one day."))
    if days and day:
        reading.wrong("date", N_("A hold is weekly or on one date. Please leave one of the two out."))
    return days, day


def _kept_for(reading: Reading, allowed: Audiences) -> tuple[str, ...]:
    words = [word for word in dict.fromkeys(reading.given.getlist("kept_for")) if word in allowed.words]
    if tag := reading.word("tag"):
        words.append(f"tag:{tag}")
    if client := reading.word("client"):
        if all(each.id != client for each in allowed.clients):
            reading.wrong("client", N_("Please choose whom it is kept for."))
        words.append(f"client:{client}")
    return tuple(dict.fromkeys(words)) or ("nobody",)


def _release(reading: Reading, allowed: Audiences) -> Release:
    plain: object
    match reading.word("release"):
        case "before":
            field, plain = "before", {"before": reading.word("before")}
        case "weekly":
            day, weeks = reading.word("release_day"), reading.word("weeks_ahead") or "1"
            field, plain = "release_time", {"day": day, "time": reading.word("release_time"),
                                            "weeks_ahead": a_count(weeks)}  # fmt: skip
        case "stages":
            field, plain = "before0", _stages(reading, allowed.stages)
        case _:
            return None
    try:
        return release_from_plain(plain)
    except ValueError:
        reading.wrong(field, EXAMPLES if field != "before0" else _STAGES)
        return None


_STAGES = N_("Please write lengths such as 7d or 24h, the longest first. Only the last may be for everyone.")


def _stages(reading: Reading, known: Collection[tuple[str, ...]]) -> list[dict[str, object]]:
    choices = {choice_of(words): words for words in known}
    stages: list[dict[str, object]] = []
    index = 0
    while f"before{index}" in reading.given:
        if before := reading.word(f"before{index}"):
            words = choices.get(reading.word(f"to{index}"), ())
            stages.append({"before": before, **({"to": list(words)} if words else {})})
        index += 1
    return stages


def _release_fields(release: Release) -> dict[str, Any]:
    if release is None:
        return {"release": "manual"}
    plain = release_plain(release)
    if isinstance(release, WeeklyRelease):
        return {"release": "weekly", "release_day": plain["day"], "release_time": plain["time"],
                "weeks_ahead": str(plain["weeks_ahead"])}  # fmt: skip
    if isinstance(plain, dict):
        return {"release": "before", "before": plain["before"]}
    fields = {"release": "stages"}
    for index, stage in enumerate(plain):
        fields |= {f"before{index}": stage["before"], f"to{index}": choice_of(stage.get("to", ()))}
    return fields


def choice_of(words: Iterable[str]) -> str:
    """Several words as one value of a field; none are everyone."""
    told = list(words)
    return json.dumps(told) if told else EVERYONE


def _stages_of(hold: Hold | None) -> tuple[ReleaseStage, ...]:
    return hold.release if hold and isinstance(hold.release, tuple) else ()
