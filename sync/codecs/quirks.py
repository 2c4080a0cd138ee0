"""What calendars send that RFC 5545 does not allow or does not say, one function per deviation."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from importlib import resources

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from sync.codecs.lines import Line
from sync.model.event import Event, Response, Transparency
from sync.model.moments import Length, Moment, WallTime

ASSUMED = timedelta(hours=1)
"""What an event takes whose end makes no sense."""

_EXTENDED = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)(?:[T ](\d\d):?(\d\d)(?::?(\d\d)(?:[.,]\d{1,9})?)?\s?(Z|[+-]\d\d:?\d\d)?)?",
    re.ASCII,
)


def text_is_not_utf8(data: bytes) -> str:
    """3.1.4 asks for UTF-8. Old exports are Latin-1, which reads any bytes; a byte order mark is dropped."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def time_in_extended_form(value: str) -> tuple[Moment, bool] | None:
    """3.3.5 knows the basic form only. Web shops and scripts write ``2026-03-01T10:00:00+01:00`` or leave seconds out.

    Returns the moment and whether its zone was stated in the value; None if it is no time either.
    """
    found = _EXTENDED.fullmatch(value)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(group or 0) for group in found.groups()[:6])
    if found[4] is None:
        return date(year, month, day), False
    clock = datetime(year, month, day, hour, minute, min(second, 59))  # noqa: DTZ001 - naive wall clock by contract
    offset = found[7]
    if offset is None:
        return WallTime(clock), False
    if offset != "Z":
        sign = -1 if offset[0] == "-" else 1
        ahead = sign * timedelta(hours=int(offset[1:3]), minutes=int(offset[-2:]))
        clock = clock.replace(tzinfo=timezone(ahead)).astimezone(UTC).replace(tzinfo=None)
    return WallTime(clock, "UTC"), True


def date_ends_on_its_start(length: Length) -> Length:
    """3.8.2.2 wants DTEND later than DTSTART. Google imports and phones send the same DATE for one whole day.

    tests/data/ics/date_ends_on_its_start.ics
    """
    return length if length.days > 0 else Length(days=1)


def end_before_start(start: Moment) -> Length:
    """3.8.2.2 again: converters that mix zones write an end before the start. The start blocks for ``ASSUMED``."""
    return Length(exact=ASSUMED) if isinstance(start, WallTime) else Length(days=1)


def busystatus_beside_transp(value: str, event_transparency: Transparency | None) -> Transparency:
    """X-MICROSOFT-CDO-BUSYSTATUS says what TRANSP (3.8.2.7) should. Exchange writes both, and FREE is the true one.

    tests/data/ics/exchange_free_but_opaque.ics
    """
    if value.strip().upper() == "FREE":
        return Transparency.TRANSPARENT
    return event_transparency or Transparency.OPAQUE


def attendee_addresses(line: Line) -> set[str]:
    """3.8.4.1 wants a mailto. iCloud gives a principal path and the address in an EMAIL parameter (RFC 7986 6.2)."""
    return {bare_address(line.value), bare_address(line.parameter("EMAIL"))} - {""}


def bare_address(value: str) -> str:
    """A calendar address without ``mailto:``, in lower case, as servers compare it."""
    value = value.strip().strip("<>").lower()
    return value.removeprefix("mailto:").strip()


def organizer_without_answer(response: Response | None, organizes: bool) -> Response | None:
    """3.2.12 makes NEEDS-ACTION the default. Who called the meeting is not waiting for her own answer."""
    return None if organizes and response is Response.NEEDS_ACTION else response


def cancelled_override_without_start(recurrence_id: Moment, master: Event | None) -> tuple[Moment, Length]:
    """3.6.1 demands DTSTART. Exchange gateways cancel one occurrence by RECURRENCE-ID and STATUS alone.

    tests/data/ics/exchange_cancelled_occurrence.ics
    """
    if master is not None:
        return recurrence_id, master.length
    return recurrence_id, Length(exact=ASSUMED) if isinstance(recurrence_id, WallTime) else Length(days=1)


@lru_cache(maxsize=1)
def zone_names() -> dict[str, str]:
    """Lower-case IANA names to their proper spelling."""
    names = resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()
    return {name.lower(): name for name in names}


_WINDOWS = {name.lower(): zone for name, zone in WINDOWS_TO_OLSON.items()}
_UTC = frozenset({"utc", "etc/utc", "gmt", "etc/gmt", "z", "zulu", "etc/zulu", "uct", "etc/uct", "utc+00:00"})
_OFFSET = re.compile(r"(?:utc|gmt)([+-])0?(\d{1,2})(?::?00)?", re.ASCII)


@lru_cache(maxsize=2048)
def zone_by_another_name(tzid: str) -> str | None:
    """3.8.3.1 leaves TZID to the sender. None if no IANA zone is meant for certain.

    Outlook and Exchange: Windows names, ``tzone://Microsoft/Utc``. Mozilla, Evolution, Citadel: an IANA name behind
    a path (``/freeassociation.sourceforge.net/Europe/Berlin``). Others: ``GMT+0100``, blanks for underscores.
    tests/data/ics/outlook_windows_zone.ics, evolution_zone_behind_path.ics
    """
    name = tzid.strip().strip('"').lower().removeprefix("tzone://microsoft/")
    if name in _UTC:
        return "UTC"
    if name in _WINDOWS:
        return _WINDOWS[name]
    offset = _OFFSET.fullmatch(name)
    if offset is not None and int(offset[2]) <= 12:  # POSIX counts the other way round
        return "UTC" if offset[2] == "0" else f"Etc/GMT{'-' if offset[1] == '+' else '+'}{int(offset[2])}"
    parts = name.replace(" ", "_").split("/")
    for depth in range(min(3, len(parts)), 0, -1):
        found = zone_names().get("/".join(parts[-depth:]))
        # A last part alone may be a person's own word for something else ("/home/Turkey"), so it must be all there is.
        if found is not None and (depth > 1 or len(parts) == 1):
            return found
    return None
