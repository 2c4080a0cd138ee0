"""Puts the sample events onto the demonstration's server, over CalDAV as any calendar program does."""

from __future__ import annotations

from datetime import date
from xml.sax.saxutils import escape

from service.demo.calendar_server import CalendarServer
from service.demo.sample import SampleCalendar, sample_calendars, timezone_text
from sync.http import AddressPolicy, GuardedSession

_MAKE = """<?xml version="1.0" encoding="utf-8"?>
<C:mkcalendar xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><set><prop>
<displayname>{name}</displayname>
<C:supported-calendar-component-set><C:comp name="VEVENT"/></C:supported-calendar-component-set>
<C:calendar-timezone>{zone}</C:calendar-timezone>
</prop></set></C:mkcalendar>"""
# RFC 4918 9.3.1: something is at this address already.
_THERE_ALREADY = (405, 409)


class FillingFailed(RuntimeError):
    """The server did not take what it was given."""


def fill(server: CalendarServer, today: date) -> None:
    """Makes the sample calendars and their events."""
    for calendar in sample_calendars(today):
        user = calendar.path.partition("/")[0]
        session = GuardedSession(
            server.url, policy=AddressPolicy(allow_private=True), auth=(user, server.password)
        )
        with session:
            _make(session, server, calendar, today.year)
    server.filled.touch()


def _make(session: GuardedSession, server: CalendarServer, calendar: SampleCalendar, year: int) -> None:
    url = f"{server.url}{calendar.path}/"
    body = _MAKE.format(name=escape(calendar.name), zone=escape(timezone_text(year)))
    headers = {"Content-Type": "application/xml; charset=utf-8"}
    made = session.request("MKCALENDAR", url, data=body.encode(), headers=headers)
    if not made.ok and made.status_code not in _THERE_ALREADY:
        raise FillingFailed(f"the CalDAV server does not make a calendar: HTTP {made.status_code}")
    for name, text in calendar.events.items():
        stored = session.request(
            "PUT", url + name, data=text.encode(), headers={"Content-Type": "text/calendar; charset=utf-8"}
        )
        if not stored.ok:
            raise FillingFailed(f"the CalDAV server does not take {name}: HTTP {stored.status_code}")
