"""The event as both backends mean it: a series is every component that shares a UID, read and written together."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from sync.model.moments import Length, Moment


class Status(StrEnum):
    CONFIRMED = "CONFIRMED"
    TENTATIVE = "TENTATIVE"
    CANCELLED = "CANCELLED"


class Transparency(StrEnum):
    OPAQUE = "OPAQUE"
    TRANSPARENT = "TRANSPARENT"


class Response(StrEnum):
    """The calendar owner's own answer to an invitation (PARTSTAT, responseStatus)."""

    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    TENTATIVE = "TENTATIVE"
    NEEDS_ACTION = "NEEDS-ACTION"


class Kind(StrEnum):
    """Google's eventType where it decides about busy time; CalDAV events are ``DEFAULT``."""

    DEFAULT = "default"
    OUT_OF_OFFICE = "outOfOffice"
    WORKING_LOCATION = "workingLocation"
    BIRTHDAY = "birthday"


@dataclass(frozen=True, slots=True)
class Event:
    """The meaning of one component. ``start`` + ``length`` is its span; an end is exclusive.

    ``length`` is empty for a DATE-TIME start without end (RFC 5545 3.6.1): it takes no time.
    """

    start: Moment
    length: Length
    summary: str = ""
    description: str = ""
    location: str = ""
    status: Status = Status.CONFIRMED
    transparency: Transparency = Transparency.OPAQUE
    own_response: Response | None = None
    categories: tuple[str, ...] = ()
    kind: Kind = Kind.DEFAULT
    private: bool = False


@dataclass(frozen=True, slots=True)
class Recurrence:
    """When a series happens besides its first start.

    ``rules`` are RRULE values without their name (``"FREQ=WEEKLY;BYDAY=TU"``), ``dates`` extra starts, a PERIOD
    with a length of its own, ``excluded`` the starts that are left out.
    """

    rules: tuple[str, ...] = ()
    dates: tuple[tuple[Moment, Length | None], ...] = ()
    excluded: tuple[Moment, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.rules or self.dates)


@dataclass(frozen=True, slots=True)
class Override:
    """One occurrence (or this and all later ones) that differs. ``recurrence_id`` is the start it would have had."""

    recurrence_id: Moment
    event: Event
    this_and_future: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """All components of one UID. ``master`` is None for overrides whose master the server does not show us.

    ``problems`` says in plain words what could not be read as written; such a series blocks what can be known of it.
    """

    uid: str
    master: Event | None
    recurrence: Recurrence = field(default_factory=Recurrence)
    overrides: tuple[Override, ...] = ()
    problems: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.master is None and not self.overrides:
            raise ValueError(f"series {self.uid!r} has neither a master nor an override")
