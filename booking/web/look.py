"""What templates can say: days, times, zones and lengths in the reader's language. For every page of the program."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from flask import Blueprint
from flask_babel import get_locale, gettext, ngettext

from booking.privacy import print_of
from booking.web import words
from booking.web.frame import frame
from booking.web.sealing import new_seal

blueprint = Blueprint("look", __name__, template_folder="templates")


def locale() -> Locale:
    """The language of the answer under way."""
    found: Locale | None = get_locale()
    return found or Locale("en")


def at(instant: datetime, zone: str) -> datetime:
    return instant.astimezone(ZoneInfo(zone))


def day(moment: date, form: str = "day") -> str:
    """A date, or an instant by the date of its own zone."""
    return words.day(moment, locale(), form=form)


def day_before(moment: date) -> date:
    """The last day of what ends, exclusive, on this one."""
    return moment - timedelta(days=1)


def weekday(moment: date, width: Literal["wide", "short"] = "wide") -> str:
    """The name of the day of the week."""
    if width == "short":
        return format_date(moment, "EEEEEE", locale=locale())
    return format_date(moment, "EEEE", locale=locale())


def clock(moment: datetime) -> str:
    return words.clock(moment, locale())


def clocks(start: datetime, end: datetime) -> str:
    return words.clocks(start, end, locale())


def city(zone: str) -> str:
    return words.zone_city(zone, locale())


def length_words(span: timedelta | int) -> str:
    """A length of time; a whole number means minutes."""
    return words.length(timedelta(minutes=span) if isinstance(span, int) else span, locale())


def ago(instant: datetime | None) -> str:
    """How old a reading is."""
    if instant is None:
        return str(gettext("never"))
    age = frame().now() - instant
    if age < timedelta(minutes=1):
        return str(gettext("just now"))
    return str(gettext("%(length)s ago", length=length_words(age)))


def sentence(start: datetime, end: datetime, zone: str) -> str:
    """A time as a screen reader should say it."""
    told = gettext(
        "%(day)s, %(start)s to %(end)s, %(city)s time",
        day=day(start), start=clock(start), end=clock(end), city=city(zone),
    )  # fmt: skip
    return str(told)


def language_name(code: str) -> str:
    """A language by its own name, such as *Deutsch* for ``de``."""
    found = Locale.parse(code.replace("-", "_"))
    return str(found.get_display_name() or code)


def translated(text: str) -> str:
    """A sentence that was stored in English, where a translation of it is known. It may hold any character."""
    return str(gettext(text)) if text else ""


def mode_words(mode: str) -> str:
    known = {"in_person": gettext("In person"), "telehealth": gettext("By video")}
    return str(known.get(mode, mode))


def state_words(word: str) -> str:
    """The program's own word for a state of a client, in the reader's language; any other as it is."""
    known = {
        "new": gettext("new"),
        "active": gettext("active"),
        "inactive": gettext("inactive"),
        "full": gettext("full"),
        "request_only": gettext("request only"),
        "longer_notice": gettext("longer notice"),
        "call_us": gettext("call us"),
    }
    return str(known.get(word, mode_words(word)))


def wall_input(moment: datetime) -> str:
    """A wall clock as a field for date and time holds it."""
    return moment.replace(tzinfo=None).isoformat(timespec="minutes")


def weekday_name(day: int) -> str:
    """Of ``date.weekday()``, short."""
    return format_date(_A_MONDAY + timedelta(days=day), "EEE", locale=locale())


def wall_clock(moment: time) -> str:
    return clock(datetime.combine(_A_MONDAY, moment))


_A_MONDAY = date(2024, 1, 1)


def modes_words(modes: list[str]) -> str:
    """All modes in one phrase, in the order given."""
    told = [mode_words(mode) for mode in modes]
    if len(told) == 1:
        return told[0]
    return str(gettext("%(one)s or %(other)s", one=told[0], other=told[1][:1].lower() + told[1][1:]))


_FILTERS: tuple[Callable[..., Any], ...] = (
    at, day, day_before, weekday, clock, clocks, city, length_words, ago, sentence, mode_words, modes_words,
    state_words, translated, weekday_name, wall_clock, wall_input, words.initials, print_of,
)  # fmt: skip


@blueprint.record_once
def _register(state: Any) -> None:
    for tool in _FILTERS:
        state.app.jinja_env.filters[tool.__name__] = tool
    # Marks a text whose number decides the form, for Python and templates alike.
    state.app.jinja_env.globals["ngettext"] = ngettext


@blueprint.app_context_processor
def _present() -> dict[str, Any]:
    return {"now": frame().now(), "new_seal": new_seal}
