"""iCalendar text made from plain strings, so that no library decides what our parser gets to see.

A moment is a ``date`` (VALUE=DATE), an aware ``datetime`` (written in UTC) or a naive one (``tzid`` as its TZID,
floating if that is None).
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta

NEW_YORK = "America/New_York"
_STAMP = "20260101T000000Z"

# RFC 5545, 3.6.5: the rules of the United States since 2007.
_VTIMEZONE = {
    NEW_YORK: """BEGIN:VTIMEZONE
TZID:America/New_York
BEGIN:DAYLIGHT
DTSTART:20070311T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
TZNAME:EDT
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:20071104T020000
RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
TZNAME:EST
END:STANDARD
END:VTIMEZONE""",
}


def calendar(*events: str, zones: Iterable[str] | None = None) -> str:
    """A VCALENDAR of these components, CRLF, lines folded; ``zones`` default to the TZIDs they name."""
    body = "\n".join(events)
    wanted = [zone for zone in _VTIMEZONE if f"TZID={zone}" in body] if zones is None else list(zones)
    parts = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Freehold//tests//EN"]
    parts += [_VTIMEZONE[zone] for zone in wanted]
    parts += [body] if body else []
    lines = "\n".join([*parts, "END:VCALENDAR"]).split("\n")
    return "".join(f"{fold(line)}\r\n" for line in lines)


def event(
    uid: str,
    start: date | datetime,
    end: date | datetime | timedelta | None = None,
    *,
    tzid: str | None = None,
    summary: str | None = "Meeting",
    transp: str | None = None,
    status: str | None = None,
    rrule: str | None = None,
    exdates: Iterable[date | datetime] = (),
    recurrence_id: date | datetime | None = None,
    sequence: int = 0,
    organizer: str | None = None,
    attendees: Mapping[str, str] | None = None,
    extra: Iterable[str] = (),
) -> str:
    """One VEVENT, not yet in a VCALENDAR. A timedelta as ``end`` becomes DURATION; ``extra`` are whole lines.

    ``attendees`` maps mail addresses to PARTSTAT values; with any, the organizer defaults to ada@example.com.
    """
    lines = ["BEGIN:VEVENT", f"UID:{uid}", f"DTSTAMP:{_STAMP}", f"SEQUENCE:{sequence}"]
    lines.append(moment("DTSTART", start, tzid))
    if isinstance(end, timedelta):
        lines.append(f"DURATION:PT{int(end.total_seconds() // 60)}M")
    elif end is not None:
        lines.append(moment("DTEND", end, tzid))
    if recurrence_id is not None:
        lines.append(moment("RECURRENCE-ID", recurrence_id, tzid))
    values = {"SUMMARY": summary, "TRANSP": transp, "STATUS": status, "RRULE": rrule}
    lines += [f"{name}:{value}" for name, value in values.items() if value is not None]
    lines += [moment("EXDATE", exdate, tzid) for exdate in exdates]
    if attendees:
        lines.append(f"ORGANIZER:mailto:{organizer or 'ada@example.com'}")
        lines += [f"ATTENDEE;PARTSTAT={state}:mailto:{mail}" for mail, state in attendees.items()]
    return "\n".join([*lines, *extra, "END:VEVENT"])


def timed(uid: str, start: datetime, end: datetime | timedelta, **rest: object) -> str:
    """A whole VCALENDAR with one timed event."""
    return calendar(event(uid, start, end, **rest))  # type: ignore[arg-type]


def all_day(uid: str, first: date, after: date | None = None, **rest: object) -> str:
    """A whole VCALENDAR with one event over whole days, ``after`` exclusive; one day if it is left out."""
    return calendar(event(uid, first, after, **rest))  # type: ignore[arg-type]


def weekly(
    uid: str,
    start: datetime,
    length: timedelta,
    *,
    tzid: str | None = NEW_YORK,
    count: int | None = None,
    moved: Mapping[datetime, datetime] | None = None,
    cancelled: Iterable[datetime] = (),
    exdates: Iterable[datetime] = (),
    **rest: object,
) -> str:
    """A whole VCALENDAR with a weekly series; ``moved`` maps original starts to new ones, ``cancelled`` are
    original starts whose override says STATUS:CANCELLED. Without ``count`` it has no end."""
    rule = "FREQ=WEEKLY" if count is None else f"FREQ=WEEKLY;COUNT={count}"
    parts = [event(uid, start, start + length, tzid=tzid, rrule=rule, exdates=exdates, **rest)]  # type: ignore[arg-type]
    for original, new in (moved or {}).items():
        parts.append(
            event(uid, new, new + length, tzid=tzid, recurrence_id=original, **rest)  # type: ignore[arg-type]
        )
    for original in cancelled:
        gone = {**rest, "recurrence_id": original, "status": "CANCELLED"}
        parts.append(event(uid, original, original + length, tzid=tzid, **gone))  # type: ignore[arg-type]
    return calendar(*parts)


def moment(name: str, value: date | datetime, tzid: str | None = None) -> str:
    """One property line with a date or time, in the form its value asks for."""
    if not isinstance(value, datetime):
        return f"{name};VALUE=DATE:{value:%Y%m%d}"
    if value.tzinfo is not None:
        return f"{name}:{value.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return f"{name}{f';TZID={tzid}' if tzid else ''}:{value:%Y%m%dT%H%M%S}"


def fold(line: str) -> str:
    """Content lines of at most 75 octets (RFC 5545, 3.1), never cut inside a character."""
    pieces: list[str] = []
    piece = ""
    for character in line:
        if len((piece + character).encode()) > (75 if not pieces else 74):
            pieces.append(piece)
            piece = ""
        piece += character
    return "\r\n ".join([*pieces, piece])
