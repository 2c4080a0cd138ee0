"""The appointment in the client's own calendar: an invitation by mail (RFC 5546, RFC 6047), or a file to take along.

Nothing the client typed is in it but the address it goes to. The provider's calendar never sees any of this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from booking.requests import Status
from sync.codecs.lines import folded
from sync.codecs.timezones import timezone_lines
from sync.codecs.values import write_instant, write_moment, write_text
from sync.model.moments import WallTime, instant_to_wall
from sync.model.text import multi_line, single_line
from sync.model.timespan import TimeSpan


class Method(StrEnum):
    REQUEST = "REQUEST"
    CANCEL = "CANCEL"
    PUBLISH = "PUBLISH"
    """A file that was taken by hand: it invites nobody."""


def method_for(status: Status, last: Method | None) -> Method | None:
    """What a notice does to the calendar of a recipient whose ``last`` one did ``last``; None: it carries no event.

    A request that waits is none of their calendar's business yet; what was never put in need not be taken out.
    """
    if status is Status.ACCEPTED:
        return Method.REQUEST
    return Method.CANCEL if last is Method.REQUEST else None


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A name and an address; the name may be empty."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class ClientEvent:
    """``organizer`` is the practice; ``sender`` whoever the mail is from, if that is another address.

    ``attendee`` None: the file names nobody. ``sequence`` rises with every change that is told.
    """

    request_id: str
    sequence: int
    span: TimeSpan
    zone: str
    summary: str
    organizer: Mailbox
    attendee: str | None = None
    sender: str | None = None
    location: str = ""
    description: str = ""
    url: str = ""


def uid(request_id: str) -> str:
    """The same for all that is ever told of one request, wherever the program is reached (RFC 7986 5.3)."""
    return f"freehold-{request_id}"


def write(event: ClientEvent, method: Method, *, stamp: datetime) -> str:
    """A whole calendar object with CRLF and folded lines, with the VTIMEZONE of the zone its times are told in."""
    return write_all([event], method, stamp=stamp)


def write_all(events: Sequence[ClientEvent], method: Method, *, stamp: datetime, gone: bool = False) -> str:
    """Several appointments in one object; only a file that is taken by hand may hold more than one (RFC 5546 3.2).

    ``gone``: they are none any more.
    """
    cancelled = gone or method is Method.CANCEL
    years: dict[str, int] = {}
    for event in events:
        year = instant_to_wall(event.span.start, event.zone).year
        years[event.zone] = min(year, years.get(event.zone, year))
    lines = [
        "BEGIN:VCALENDAR",
        "PRODID:-//Freehold//EN",
        "VERSION:2.0",
        "CALSCALE:GREGORIAN",
        f"METHOD:{method}",
        *(line for zone, year in years.items() if zone != "UTC" for line in timezone_lines(zone, year)),
        *(line for event in events for line in _event(event, method, stamp, cancelled=cancelled)),
        "END:VCALENDAR",
    ]
    return "".join(map(folded, lines))


def _event(event: ClientEvent, method: Method, stamp: datetime, *, cancelled: bool) -> list[str]:
    start = WallTime(instant_to_wall(event.span.start, event.zone), event.zone)
    end = WallTime(instant_to_wall(event.span.end, event.zone), event.zone)
    if start.instant(event.zone) != event.span.start or end.instant(event.zone) != event.span.end:
        # The second of two equal readings in autumn has no local spelling.
        start, end = (
            WallTime(at.astimezone(UTC).replace(tzinfo=None), "UTC")
            for at in (event.span.start, event.span.end)
        )
    return [
        "BEGIN:VEVENT",
        f"UID:{uid(event.request_id)}",
        f"DTSTAMP:{write_instant(stamp)}",
        _moment("DTSTART", start),
        _moment("DTEND", end),
        f"SUMMARY:{write_text(single_line(event.summary))}",
        *_people(event, method),
        *_texts(event),
        f"SEQUENCE:{event.sequence}",
        f"STATUS:{'CANCELLED' if cancelled else 'CONFIRMED'}",
        f"TRANSP:{'TRANSPARENT' if cancelled else 'OPAQUE'}",
        "CLASS:PRIVATE",
        "END:VEVENT",
    ]


def _moment(name: str, moment: WallTime) -> str:
    parameters, value = write_moment(moment)
    return f"{name}{parameters}:{value}"


def _people(event: ClientEvent, method: Method) -> list[str]:
    """Whose invitation it is. Nobody is asked to answer: the client has asked for this time herself."""
    if method is Method.PUBLISH or event.attendee is None:
        return []
    sent_by = f';SENT-BY="mailto:{event.sender}"' if event.sender else ""
    organizer = f"ORGANIZER{_named(event.organizer.name)}{sent_by}:mailto:{event.organizer.address}"
    attendee = (
        "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=FALSE"
        f"{_named(event.attendee)}:mailto:{event.attendee}"
    )
    return [organizer, attendee]


def _texts(event: ClientEvent) -> list[str]:
    told = multi_line(event.description).strip()
    lines = [f"DESCRIPTION:{write_text(told)}"] if told else []
    lines += [f"LOCATION:{write_text(single_line(event.location))}"] if event.location else []
    return lines + ([f"URL:{single_line(event.url)}"] if event.url else [])


def _named(name: str) -> str:
    """A CN parameter, quoted: no quote or control character may stand in it (RFC 5545 3.2)."""
    plain = single_line(name).replace('"', "'")
    return f';CN="{plain}"' if plain else ""
