"""Days, times, zones and lengths in the reader's language. Pure: the locale is handed in."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time, get_timezone_location
from babel.units import format_unit

_ENGLISH = {"day": "EEEE d MMMM", "short": "EEE d MMMM", "dated": "EEEE d MMMM y", "month": "MMMM y"}
_SKELETONS = {"day": "MMMMEEEEd", "short": "MMMEd", "dated": "yMMMMEEEEd", "month": "yMMMM"}
# Babel writes narrow and non-breaking spaces, which read badly beside ordinary ones in a button.
_SPACES = str.maketrans("\u202f\u00a0", "  ")


def day(at: date, locale: Locale, *, form: str = "day") -> str:
    """The date as a ``form``: day (Tuesday 24 November), short (Tue 24 November), dated (with the year), month."""
    if locale.language == "en":
        return format_date(at, _ENGLISH[form], locale=locale)
    if form == "day" and (pattern := _day_pattern(locale)):
        return format_date(at, pattern, locale=locale)
    if _SKELETONS[form] in locale.datetime_skeletons:
        return format_skeleton(_SKELETONS[form], datetime(at.year, at.month, at.day), locale=locale)  # noqa: DTZ001
    return format_date(at, "full" if form in ("day", "dated") else "long", locale=locale)


def _day_pattern(locale: Locale) -> str | None:
    """The locale's order of weekday, day and month, all in full; few locales have one for just that."""
    for skeleton in ("MMMMEEEEd", "MMMMEd", "MMMEd"):
        if skeleton in locale.datetime_skeletons:
            pattern = locale.datetime_skeletons[skeleton].pattern
            return re.sub("M+", "MMMM", re.sub("E+", "EEEE", pattern))
    return None


def clock(at: datetime, locale: Locale) -> str:
    """The wall clock of an instant in its own zone: "5:30 pm" or "17:30"."""
    text = format_time(at.replace(tzinfo=None), "short", locale=locale).translate(_SPACES)
    return text.lower() if locale.language == "en" else text


def clocks(start: datetime, end: datetime, locale: Locale) -> str:
    """Both ends, as in 5:30 – 6:15 pm: the half of the day is named once where both lie in it."""
    first, last = clock(start, locale), clock(end, locale)
    head, _, half = first.rpartition(" ")
    if head and last.endswith(f" {half}"):
        first = head
    return f"{first} – {last}"


def zone_city(zone: str, locale: Locale) -> str:
    """The place people know a zone by: "New York", "London"; UTC is itself."""
    if zone in ("UTC", "Etc/UTC", "GMT", "Etc/GMT"):
        return "UTC"
    if "/" not in zone or zone.startswith("Etc/"):
        return zone
    return get_timezone_location(ZoneInfo(zone), locale=locale, return_city=True).rpartition("/")[2]


def offset(at: datetime) -> str:
    """The distance from UTC at that instant: "UTC−5", "UTC+5:30"."""
    seconds = int((at.utcoffset() or timedelta(0)).total_seconds())
    hours, minutes = divmod(abs(seconds) // 60, 60)
    if not hours and not minutes:
        return "UTC"
    return f"UTC{'−' if seconds < 0 else '+'}{hours}" + (f":{minutes:02}" if minutes else "")


def length(span: timedelta, locale: Locale) -> str:
    """In words, as "3 hours 20 minutes" or "2 days", rounded down; exact to the minute below six hours."""
    minutes = int(span.total_seconds()) // 60
    hours, days = minutes // 60, minutes // (24 * 60)
    if minutes < 1:
        return format_unit(int(span.total_seconds()), "duration-second", locale=locale)
    if minutes < 2 * 60:
        return format_unit(minutes, "duration-minute", locale=locale)
    if days >= 2:
        return format_unit(days, "duration-day", locale=locale)
    told = format_unit(hours, "duration-hour", locale=locale)
    rest = minutes - hours * 60
    return f"{told} {format_unit(rest, 'duration-minute', locale=locale)}" if rest and hours < 6 else told


def initials(name: str) -> str:
    """First letters of the first and the last word, upper case."""
    parts = name.split()
    return (parts[0][0] + (parts[-1][0] if len(parts) > 1 else "")).upper() if parts else ""
