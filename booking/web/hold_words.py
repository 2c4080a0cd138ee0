"""Holds in the reader's words: when they stand, for whom, and how they open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta

from babel.dates import format_date
from babel.lists import format_list
from flask_babel import gettext, ngettext

from booking.practice import Hold, Release, ReleaseStage, WeeklyRelease
from booking.roles import Action
from booking.store.finding import client_by_id
from booking.web.frame import frame
from booking.web.look import clock, clocks, day, length_words, locale

_MONDAY = date(2024, 1, 1)


def when_words(hold: Hold) -> str:
    """Days and hours, as "Tuesday and Thursday, 4:00 – 5:00 pm"."""
    return f"{_days(hold)}, {clocks(_at(hold.start), _at(hold.end))}"


def audience_words(kept_for: Iterable[str], names: Mapping[str, str]) -> str:
    """Whom it is kept for; ``names`` are those of clients by id, where the reader may see them."""
    told = [_who(word, names) for word in sorted(kept_for) if word != "nobody"]
    return format_list(told, locale=locale()) if told else str(gettext("nobody"))


def client_names(hold: Hold | None, known: Mapping[str, str]) -> dict[str, str]:
    """``known`` and the names of the clients whom the hold names, for those who act for clients."""
    names, actor = dict(known), frame().staff()
    missing = [] if hold is None else [id for id in _clients(hold) if id not in names]
    if missing and actor.may(Action.ACT_FOR_CLIENTS):
        with frame().books.read() as connection:
            for client_id in missing:
                client = client_by_id(connection, actor.practice_id, client_id)
                names |= {} if client is None else {client_id: client.name}
    return names


def _clients(hold: Hold) -> Iterable[str]:
    stages = hold.release if isinstance(hold.release, tuple) else ()
    for word in (*hold.kept_for, *(word for stage in stages for word in stage.to)):
        kind, _, name = word.partition(":")
        if kind == "client":
            yield name


def release_words(release: Release, names: Mapping[str, str]) -> Sequence[str]:
    """How it opens: one sentence for each stage."""
    if release is None:
        return [str(gettext("Opens only when you release it."))]
    if isinstance(release, WeeklyRelease):
        return [_weekly(release)]
    return [_stage(stage, names) for stage in release]


def _days(hold: Hold) -> str:
    if hold.date is not None:
        return day(hold.date, "dated")
    names = [
        format_date(_MONDAY + timedelta(days=each), "EEEE", locale=locale()) for each in sorted(hold.days)
    ]
    told = format_list(names, locale=locale())
    if hold.every_weeks > 1:
        told += " " + ngettext("every week", "every %(num)d weeks", hold.every_weeks)
    return told


def _weekly(release: WeeklyRelease) -> str:
    weekday = format_date(_MONDAY + timedelta(days=release.day), "EEEE", locale=locale())
    told = ngettext(
        "Opens to everyone on %(weekday)s at %(time)s for the week that follows.",
        "Opens to everyone on %(weekday)s at %(time)s for the week %(num)d weeks ahead.",
        release.weeks_ahead, weekday=weekday, time=clock(_at(release.time)),
    )  # fmt: skip
    return str(told)


def _stage(stage: ReleaseStage, names: Mapping[str, str]) -> str:
    before = ngettext("%(num)d day", "%(num)d days", stage.days) if stage.days else _elapsed(stage.exact)
    if stage.to:
        text = gettext(
            "Opens to %(who)s %(before)s before.", who=audience_words(stage.to, names), before=before
        )
    else:
        text = gettext("Opens to everyone %(before)s before.", before=before)
    return str(text)


def _elapsed(span: timedelta) -> str:
    hours = span // timedelta(hours=1)
    if span == timedelta(hours=hours):
        return str(ngettext("%(num)d hour", "%(num)d hours", hours))
    return length_words(span)


def _who(word: str, names: Mapping[str, str]) -> str:
    kind, _, name = word.partition(":")
    if kind == "client":
        return names.get(name, name)
    if kind == "tag":
        return str(gettext("clients tagged “%(tag)s”", tag=name))
    known = {
        "new": gettext("new clients"),
        "active": gettext("active clients"),
        "inactive": gettext("inactive clients"),
    }
    return str(known.get(name, name))


def _at(wall: time) -> datetime:
    return datetime.combine(_MONDAY, wall)
