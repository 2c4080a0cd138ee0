"""A small CalDAV client on the standard library alone.

It stands for any client the provider uses beside us, so it shares no code with ours: what it reads back is
evidence about the server and not about our own parser.
"""

import base64
import http.client
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urljoin, urlsplit
from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

DAV = "{DAV:}"
CALDAV = "{urn:ietf:params:xml:ns:caldav}"
CALENDARSERVER = "{http://calendarserver.org/ns/}"

_NAMESPACES = (
    'xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CS="http://calendarserver.org/ns/"'
    ' xmlns:A="http://apple.com/ns/ical/"'
)


class Refused(AssertionError):
    """The server gave another status than the caller demanded."""


@dataclass(frozen=True)
class Resource:
    """One ``response`` of a multistatus: status (None if it has propstats) and properties."""

    href: str
    status: int | None
    found: Mapping[str, Element] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()

    def text(self, name: str) -> str | None:
        """Text of a property by its Clark name, None if the server did not give it."""
        element = self.found.get(name)
        return None if element is None else (element.text or "")


@dataclass(frozen=True)
class Answer:
    """What the server said; header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def etag(self) -> str | None:
        """The ETag header as sent, quotes and a weak mark included."""
        return self.headers.get("etag")

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")

    def demand(self, *statuses: int) -> "Answer":
        """This answer if its status is one of these (any 2xx if none is named); raises Refused if not."""
        if self.status in statuses or (not statuses and 200 <= self.status < 300):
            return self
        raise Refused(f"status {self.status}, wanted {statuses or '2xx'}: {self.body[:500]!r}")

    def xml(self) -> Element:
        return ElementTree.fromstring(self.body)

    def resources(self) -> list[Resource]:
        """The responses of a 207, in the server's order."""
        self.demand(207)
        return [_resource(response) for response in self.xml().iter(f"{DAV}response")]

    def sync_token(self) -> str:
        """The token at the end of a sync-collection report (RFC 6578, 6.4)."""
        return self.xml().findtext(f"{DAV}sync-token") or ""


class DavClient:
    """Speaks to one collection; hrefs are names inside it, paths or whole URLs. One connection a request."""

    def __init__(
        self, url: str, username: str = "", password: str = "", *, timeout_seconds: float = 30
    ) -> None:
        self.url = url
        self._timeout_seconds = timeout_seconds
        self._headers = {}
        if username:
            credentials = base64.b64encode(f"{username}:{password}".encode()).decode()
            self._headers["Authorization"] = f"Basic {credentials}"

    def request(
        self, method: str, href: str = "", body: str | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One raw request; follows no redirect and raises for no status."""
        parts = urlsplit(urljoin(self.url, href))
        if parts.hostname is None:
            raise ValueError(f"no host in {self.url!r}")
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname, parts.port, timeout=self._timeout_seconds)
        sent = {"Content-Type": "application/xml; charset=utf-8"} if body is not None else {}
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        try:
            payload = None if body is None else body.encode()
            connection.request(method, target or "/", payload, {**self._headers, **sent, **(headers or {})})
            response = connection.getresponse()
            names = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, names, response.read())
        finally:
            connection.close()

    def put(
        self, href: str, text: str, *, if_match: str | None = None, if_none_match: str | None = None
    ) -> Answer:
        """PUT of iCalendar text, whatever the server answers."""
        headers = {"Content-Type": "text/calendar; charset=utf-8"}
        if if_match is not None:
            headers["If-Match"] = if_match
        if if_none_match is not None:
            headers["If-None-Match"] = if_none_match
        return self.request("PUT", href, text, headers)

    def put_event(self, href: str, text: str) -> str | None:
        """Stores the object, overwriting what is there; its new ETag, None if the server gave none."""
        return self.put(href, text).demand().etag

    def get_event(self, href: str) -> str:
        """The object's text; raises Refused when it is not there."""
        return self.request("GET", href).demand(200).text

    def delete_event(self, href: str) -> None:
        self.request("DELETE", href).demand()

    def list_hrefs(self) -> list[str]:
        """Paths of the collection's members, sorted, the collection itself left out."""
        own = unquote(urlsplit(self.url).path).rstrip("/")
        found = [resource.href for resource in self.propfind(props=["<getetag/>"], depth="1").resources()]
        return sorted(href for href in found if unquote(urlsplit(href).path).rstrip("/") != own)

    def list_events(self) -> list[str]:
        """The text of every member, in the order of ``list_hrefs``."""
        return [self.get_event(href) for href in self.list_hrefs()]

    def propfind(self, href: str = "", *, props: Iterable[str], depth: str = "0") -> Answer:
        """``props`` are empty XML elements; prefixes: none DAV, C CalDAV, CS calendarserver, A Apple."""
        body = f"<propfind {_NAMESPACES}><prop>{''.join(props)}</prop></propfind>"
        return self.request("PROPFIND", href, body, {"Depth": depth})

    def proppatch(self, href: str = "", *, props: str) -> Answer:
        """Sets what is written in ``props`` (whole XML elements, prefixes as in propfind)."""
        body = f"<propertyupdate {_NAMESPACES}><set><prop>{props}</prop></set></propertyupdate>"
        return self.request("PROPPATCH", href, body)

    def report(self, body: str, href: str = "", *, depth: str = "1") -> Answer:
        """A REPORT whose root may use the prefixes of propfind once it names them by ``{namespaces}``."""
        return self.request("REPORT", href, body.replace("{namespaces}", _NAMESPACES), {"Depth": depth})

    def sync_collection(self, token: str = "", *, props: Iterable[str] = ("<getetag/>",)) -> Answer:
        """RFC 6578; an empty token asks for everything."""
        inner = f"<sync-token>{escape(token)}</sync-token><sync-level>1</sync-level>"
        body = f"<sync-collection {{namespaces}}>{inner}<prop>{''.join(props)}</prop></sync-collection>"
        return self.report(body, depth="0")

    def multiget(self, hrefs: Iterable[str]) -> Answer:
        """RFC 4791, 7.9; ``hrefs`` are paths."""
        wanted = "".join(f"<href>{escape(href)}</href>" for href in hrefs)
        props = "<prop><getetag/><C:calendar-data/></prop>"
        return self.report(f"<C:calendar-multiget {{namespaces}}>{props}{wanted}</C:calendar-multiget>")


def _resource(response: Element) -> Resource:
    found: dict[str, Element] = {}
    missing: set[str] = set()
    for propstat in response.findall(f"{DAV}propstat"):
        props = list(propstat.find(f"{DAV}prop") or ())
        if _status(propstat) == 200:
            found |= {prop.tag: prop for prop in props}
        else:
            missing |= {prop.tag for prop in props}
    return Resource(response.findtext(f"{DAV}href") or "", _status(response), found, frozenset(missing))


def _status(element: Element) -> int | None:
    line = element.findtext(f"{DAV}status")
    return None if line is None else int(line.split()[1])
