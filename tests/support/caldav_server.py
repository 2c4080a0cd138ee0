"""What every CalDAV server of the tests can do, whichever it is."""

import uuid
from dataclasses import dataclass
from typing import Protocol
from xml.sax.saxutils import escape

from tests.support import ics
from tests.support.dav_client import DavClient

ZONE = "America/New_York"


@dataclass(frozen=True)
class Calendar:
    """One calendar collection and how to reach it."""

    url: str
    displayname: str
    username: str
    password: str

    def client(self) -> DavClient:
        """A client that is not ours, as a provider would use one beside us."""
        return DavClient(self.url, self.username, self.password)


@dataclass(frozen=True)
class Account:
    """One user of a server; ``url`` is the principal."""

    url: str
    username: str
    password: str


class CalDavServer(Protocol):
    """A running server; ``start`` after ``stop`` has the same port and the same data."""

    name: str
    username: str
    password: str

    @property
    def url(self) -> str:
        """Root of the server, with a slash at its end."""

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def fresh_account(self) -> Account:
        """A user without calendars. The user of the call before may be gone after it."""

    def principal_url(self, user: str) -> str: ...

    def calendar_url(self, user: str, name: str) -> str:
        """Where the calendar of that path name lies, whether it exists or not."""

    def make_calendar(
        self, account: Account, name: str = "", *, displayname: str = "Work", zone: str | None = ZONE
    ) -> Calendar:
        """A new empty calendar for events; ``name`` is its last path part, made up if left out."""


def make_calendar(
    server: CalDavServer, account: Account, name: str, *, displayname: str, zone: str | None
) -> Calendar:
    """The way to make one that all servers share: MKCALENDAR (RFC 4791, 5.3.1)."""
    url = server.calendar_url(account.username, name or uuid.uuid4().hex)
    client = DavClient(url, account.username, account.password)
    client.request("MKCALENDAR", url, _mkcalendar(displayname, zone)).demand(201)
    return Calendar(url, displayname, account.username, account.password)


def _mkcalendar(displayname: str, zone: str | None) -> str:
    timezone = ""
    if zone is not None:
        text = escape(ics.calendar(zones=[zone]))
        timezone = f"<C:calendar-timezone>{text}</C:calendar-timezone>"
    return f"""<?xml version="1.0" encoding="utf-8"?>
<C:mkcalendar xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><set><prop>
<displayname>{escape(displayname)}</displayname>
<C:supported-calendar-component-set><C:comp name="VEVENT"/></C:supported-calendar-component-set>
{timezone}</prop></set></C:mkcalendar>"""
