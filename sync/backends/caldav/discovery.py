"""From the address a person gives to her calendars (RFC 6764 6, RFC 5397, RFC 4791 6.2.1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote, urljoin, urlsplit

from sync.backends.caldav.capabilities import CollectionState, state_of
from sync.backends.caldav.dav import Answer, DavConnection, demand_multistatus, raise_for_collection
from sync.backends.caldav.multistatus import Member, NotMultistatus, read_multistatus
from sync.backends.caldav.names import (
    ADDRESS_SET,
    CALENDAR,
    COMPONENTS,
    DISPLAYNAME,
    HOME_SET,
    HREF,
    NO_EVENTS_OF_HERS,
    PRINCIPAL,
    PRIVILEGE,
    PRIVILEGES,
    RESOURCETYPE,
    TIMEZONE,
    TIMEZONE_ID,
)
from sync.backends.caldav.zone import zone_stated
from sync.backends.errors import CalendarMissing, Refused, Unavailable
from sync.backends.protocol import Discovery, RemoteCalendar
from sync.http import UrlRefused

_ENTRANCE = "<D:resourcetype/><D:current-user-principal/><C:calendar-home-set/>"
_PRINCIPAL = "<C:calendar-home-set/><C:calendar-user-address-set/>"
_CALENDAR = (
    "<D:resourcetype/><D:displayname/><D:current-user-privilege-set/><C:supported-calendar-component-set/>"
    "<C:calendar-timezone/><C:calendar-timezone-id/><D:supported-report-set/><D:sync-token/><CS:getctag/>"
)
_WRITES = frozenset({"{DAV:}all", "{DAV:}write", "{DAV:}write-content"})


@dataclass(frozen=True, slots=True)
class _Entrance:
    """What the first address says: where the principal and the home sets are, and whether it is a calendar itself."""

    url: str
    principal: str | None
    homes: tuple[str, ...]
    is_calendar: bool


@dataclass(frozen=True, slots=True)
class _Principal:
    homes: tuple[str, ...]
    addresses: frozenset[str]
    schedules: bool


@dataclass(frozen=True, slots=True)
class _Found:
    calendar: RemoteCalendar
    ways: CollectionState


class Discoverer:
    """Finds the calendars of one account."""

    def __init__(self, dav: DavConnection, url: str, own_addresses: frozenset[str]) -> None:
        self._dav = dav
        self._url = url
        self._own = own_addresses
        self.ways: dict[str, CollectionState] = {}
        """What each calendar found says of how it can be read, by its remote id."""

    def discover(self) -> Discovery:
        """All calendars of the principal's home sets; only the one calendar if the address given is one.

        Raises ``Refused`` where no address leads to a calendar server.
        """
        entrance = self._entrance()
        principal = self._principal(entrance)
        places: tuple[str, ...] = (entrance.url,)
        if not entrance.is_calendar:
            places = tuple(dict.fromkeys(principal.homes or entrance.homes)) or places
        listed = [item for place in places for item in self._listed(place, entrance.is_calendar)]
        found = {item.calendar.remote_id: item for item in listed}
        self.ways = {name: item.ways for name, item in found.items()}
        return Discovery(
            principal=urlsplit(entrance.principal or entrance.url).path,
            own_addresses=self._own | principal.addresses,
            calendars=tuple(item.calendar for item in found.values()),
            capabilities={
                "schedules": "yes" if principal.schedules else "no",
                "sync_collection": _share(item.ways.sync_token is not None for item in found.values()),
                "ctag": _share(bool(item.ways.ctag) for item in found.values()),
            },
        )

    def _entrance(self) -> _Entrance:
        """The given address, else the well-known one: the first that knows who we are, or is a calendar."""
        second: _Entrance | None = None
        refusal = Refused("There is no calendar server at this address.")
        for url in dict.fromkeys((self._url, urljoin(self._url, "/.well-known/caldav"))):
            try:
                entrance = self._ask(url)
            except Refused as error:
                refusal = error
                continue
            if entrance is not None and (entrance.principal or entrance.homes or entrance.is_calendar):
                return entrance
            second = second or entrance
        if second is None:
            raise refusal
        return second

    def _ask(self, url: str) -> _Entrance | None:
        """None if what answers there is no DAV server."""
        answer = self._dav.propfind(url, _ENTRANCE, depth=0)
        if answer.status >= 500:
            raise_for_collection(answer)
        if answer.status != 207:
            return None
        try:
            members = read_multistatus(answer.body, lambda member: self._entrance_of(answer, member)).members
        except NotMultistatus:
            return None
        return members[0] if members else None

    def _entrance_of(self, answer: Answer, member: Member) -> _Entrance:
        kind = member.found.get(RESOURCETYPE)
        is_calendar = kind is not None and kind.find(CALENDAR) is not None
        principals = self._places(answer, member, PRINCIPAL)
        url = self._own_place(answer.url, member.href) if is_calendar else None
        return _Entrance(
            url or answer.url,
            principals[0] if principals else None,
            self._places(answer, member, HOME_SET),
            is_calendar,
        )

    def _principal(self, entrance: _Entrance) -> _Principal:
        """What the principal says; nothing where there is none to ask."""
        nobody = _Principal((), frozenset(), schedules=False)
        if entrance.principal is None:
            return nobody
        answer = self._dav.propfind(entrance.principal, _PRINCIPAL, depth=0)
        if answer.status in (403, 404, 405, 410):
            return nobody

        def principal_of(member: Member) -> _Principal:
            return _Principal(self._places(answer, member, HOME_SET), _addresses(member), schedules)

        schedules = "calendar-auto-schedule" in answer.headers.get("dav", "")
        members = demand_multistatus(answer, principal_of).members
        return members[0] if members else nobody

    def _listed(self, place: str, itself: bool) -> Iterable[_Found]:
        answer = self._dav.propfind(place, _CALENDAR, depth=0 if itself else 1)
        try:
            listed = demand_multistatus(answer, lambda member: self._calendar_of(answer, member)).members
        except CalendarMissing as error:
            raise Unavailable("The calendar server does not show where the calendars are.") from error
        return [calendar for calendar in listed if calendar is not None]

    def _calendar_of(self, answer: Answer, member: Member) -> _Found | None:
        kind = member.found.get(RESOURCETYPE)
        kinds = {str(element.tag) for element in (() if kind is None else kind)}
        if CALENDAR not in kinds or kinds & NO_EVENTS_OF_HERS or not _holds_events(member):
            return None
        url = self._own_place(answer.url, member.href)
        if url is None:
            return None
        url = url if url.endswith("/") else f"{url}/"
        path = urlsplit(url).path
        name = member.text(DISPLAYNAME) or unquote(path.rstrip("/").rpartition("/")[2])
        zone = zone_stated(member.text(TIMEZONE_ID), member.text(TIMEZONE))
        return _Found(RemoteCalendar(path, url, name, zone, _writable(member)), state_of(member))

    def _own_place(self, base: str, href: str) -> str | None:
        try:
            return self._dav.session.href(base, href)
        except UrlRefused:
            return None

    def _places(self, answer: Answer, member: Member, name: str) -> tuple[str, ...]:
        """URLs a property names; another host of the same domain is let in, as iCloud's partitions ask for.

        Raises ``Refused`` for any other host.
        """
        element = member.found.get(name)
        hrefs = [] if element is None else [(href.text or "").strip() for href in element.iter(HREF)]
        places = [urljoin(answer.url, href) for href in hrefs if href]
        try:
            for place in places:
                self._dav.session.admit_sibling(place)
        except UrlRefused as error:
            raise Refused(error.text) from error
        return tuple(places)


def _addresses(member: Member) -> frozenset[str]:
    """Mail addresses of calendar-user-address-set (RFC 6638 2.4.1), lower-case; other URIs are left out."""
    element = member.found.get(ADDRESS_SET)
    if element is None:
        return frozenset()
    hrefs = [(href.text or "").strip().lower() for href in element.iter(HREF)]
    return frozenset(unquote(href.removeprefix("mailto:")) for href in hrefs if href.startswith("mailto:"))


def _share(having: Iterable[bool]) -> str:
    """``yes`` where all calendars have it, ``no`` where none has, else ``some``."""
    found = list(having)
    return "yes" if found and all(found) else "some" if any(found) else "no"


def _holds_events(member: Member) -> bool:
    """RFC 4791 5.2.3: a calendar that does not say takes everything."""
    components = member.found.get(COMPONENTS)
    if components is None or len(components) == 0:
        return True
    return any((component.get("name") or "").upper() == "VEVENT" for component in components)


def _writable(member: Member) -> bool:
    """RFC 3744 5.4; a server that does not say lets the first write decide."""
    element = member.found.get(PRIVILEGES)
    if element is None:
        return True
    granted = {str(right.tag) for privilege in element.iter(PRIVILEGE) for right in privilege}
    return bool(granted & _WRITES)
