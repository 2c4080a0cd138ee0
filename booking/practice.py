"""A practice as its owner describes it: people, services, places and time on offer. Wall clock and dates only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from enum import StrEnum
from typing import Any

Day = date
"""A date, where a field is itself called ``date``."""


class Mode(StrEnum):
    IN_PERSON = "in_person"
    TELEHEALTH = "telehealth"


class ClientStatus(StrEnum):
    NEW = "new"
    ACTIVE = "active"
    INACTIVE = "inactive"


class Privilege(StrEnum):
    FULL = "full"
    REQUEST_ONLY = "request_only"
    LONGER_NOTICE = "longer_notice"
    CALL_US = "call_us"


WEEKDAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
"""Day names of the practice file; the index is ``date.weekday()``."""


ANY_ROOM = "any"
"""A service's ``room`` that means whichever room is free; no room has this name."""


@dataclass(frozen=True, slots=True)
class Service:
    """What a client can ask for. ``rules`` holds only what this service states itself."""

    code: str
    name: str
    length: timedelta
    buffer_before: timedelta = timedelta(0)
    buffer_after: timedelta = timedelta(0)
    modes: tuple[Mode, ...] = (Mode.IN_PERSON,)
    active: bool = True
    online: bool = True
    new_clients: bool = True
    capacity: int = 1
    room: str | None = None
    telehealth_url: str | None = None
    rules: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Location:
    slug: str
    name: str
    address: str = ""
    hide_address: bool = False
    rooms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """Weekly time on offer. ``days`` are ``date.weekday()`` numbers; ``until`` is the last date, inclusive.

    An ``end`` of 00:00 is the midnight that ends the day.
    ``every_weeks`` counts from the week (Monday first) of ``from_date``, else from the week of 1970-01-05.
    """

    days: frozenset[int]
    start: time
    end: time
    online: bool = True
    modes: tuple[Mode, ...] = (Mode.IN_PERSON, Mode.TELEHEALTH)
    services: tuple[str, ...] | None = None
    location: str | None = None
    from_date: date | None = None
    until: date | None = None
    every_weeks: int = 1


@dataclass(frozen=True, slots=True)
class Window:
    """An ``end`` of 00:00 is the midnight that ends the day."""

    start: time
    end: time


@dataclass(frozen=True, slots=True)
class DateOverride:
    """Replaces the weekly blocks from ``first`` to ``last``, both inclusive: closed (no windows), or other windows."""

    first: date
    last: date
    windows: tuple[Window, ...] = ()

    @property
    def closed(self) -> bool:
        return not self.windows


@dataclass(frozen=True, slots=True)
class WeeklyRelease:
    """``weeks_ahead = 1`` on Friday 18:00 opens the Monday-Sunday that follows."""

    day: int
    time: time
    weeks_ahead: int = 1


@dataclass(frozen=True, slots=True)
class ReleaseStage:
    """At ``before`` ahead of the held span it opens to ``to``; an empty ``to`` opens it to everyone.

    ``days`` keep the wall clock, ``exact`` is elapsed time.
    """

    days: int = 0
    exact: timedelta = timedelta(0)
    to: tuple[str, ...] = ()


Release = WeeklyRelease | tuple[ReleaseStage, ...] | None
"""None: released by hand only."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Prime time kept for ``kept_for``: ``nobody``, ``client:ID``, ``tag:NAME``, ``status:active``.

    Weekly on ``days``, or on one ``date``. An ``end`` of 00:00 is the midnight that ends the day. ``every_weeks``
    counts as a block's does. ``marker``: while it is held the provider's calendar shows it, as a Free event.
    ``by_page``: made on a page, so that a practice file that does not name it leaves it.
    """

    name: str
    start: time
    end: time
    days: frozenset[int] = frozenset()
    date: Day | None = None
    kept_for: tuple[str, ...] = ("nobody",)
    release: Release = None
    from_date: Day | None = None
    until: Day | None = None
    every_weeks: int = 1
    marker: bool = False
    by_page: bool = False


@dataclass(frozen=True, slots=True)
class CalendarRule:
    """Which of an account's calendars ``match`` means (display name, last path part, path or id) and what it is for."""

    match: str
    role: str
    title: str | None = None
    advisory: bool = False


@dataclass(frozen=True, slots=True)
class Secret:
    """Where an account's secret is fetched from: at most one of these; none where it was typed in or connected.

    The secret itself is never part of a practice. ``subject`` is in whose name a service account acts.
    """

    password_env: str | None = None
    password_file: str | None = None
    authorized_user_file: str | None = None
    service_account_file: str | None = None
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class Account:
    name: str
    kind: str
    url: str | None = None
    username: str | None = None
    secret: Secret = Secret()
    calendars: tuple[CalendarRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Provider:
    """``services`` None: the practice's set. ``own_services`` not empty: the provider has a set of their own."""

    slug: str
    name: str
    email: str
    timezone: str
    self_scheduling: bool = False
    active: bool = True
    services: tuple[str, ...] | None = None
    own_services: tuple[Service, ...] = ()
    addresses: tuple[str, ...] = ()
    rules: Mapping[str, Any] = field(default_factory=dict)
    accounts: tuple[Account, ...] = ()
    availability: tuple[Block, ...] = ()
    overrides: tuple[DateOverride, ...] = ()
    holds: tuple[Hold, ...] = ()


@dataclass(frozen=True, slots=True)
class Contact:
    """A parent or guardian. ``notices``: gets the client's mails too; ``books``: may book in the client's name."""

    name: str
    email: str
    relation: str = ""
    notices: bool = True
    books: bool = True


@dataclass(frozen=True, slots=True)
class Client:
    """``notices`` are this client's own switches, by kind; for kinds left out the practice's hold."""

    id: str
    name: str
    email: str
    status: ClientStatus = ClientStatus.ACTIVE
    privilege: Privilege = Privilege.FULL
    phone: str = ""
    providers: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    contacts: tuple[Contact, ...] = ()
    notices: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class User:
    email: str
    role: str
    provider: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """``privacy_text`` is shown before a request is sent and has to be accepted; empty: there is none."""

    embed_origins: tuple[str, ...] = ()
    privacy_url: str = ""
    privacy_text: str = ""
    locales: tuple[str, ...] = ("en",)
    accent: str = ""


@dataclass(frozen=True, slots=True)
class Practice:
    """One practice file, typed. ``notices`` maps a notice kind to on/off; kinds left out are on.

    ``email`` is where clients' mails come to when they answer, and who invites in their calendars; empty: the sender.
    """

    slug: str
    name: str
    timezone: str
    phone: str = ""
    email: str = ""
    self_scheduling: bool = False
    rules: Mapping[str, Any] = field(default_factory=dict)
    services: tuple[Service, ...] = ()
    locations: tuple[Location, ...] = ()
    providers: tuple[Provider, ...] = ()
    notices: Mapping[str, bool] = field(default_factory=dict)
    page: Page = Page()
    clients: tuple[Client, ...] = ()
    users: tuple[User, ...] = ()
