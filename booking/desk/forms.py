"""What comes in: words as they were typed or sent. The desk checks them and says all that is wrong at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from booking.desk.views import Requested
from booking.ladder import Rule
from sync.model.event import Series


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """In whose name: a client's token from a link, or a client's id that staff gave; neither: a stranger."""

    client_token: str | None = None
    client_id: str | None = None


STRANGER = Asking()


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotQuery:
    """Dates in ``zone`` (default: the provider's), end exclusive; left out: today and 14 days on."""

    practice: str
    provider: str
    service: str
    start: date | None = None
    end: date | None = None
    zone: str | None = None
    mode: str | None = None
    asking: Asking = STRANGER


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurring:
    """That a request repeats: by a weekly RRULE with an end, or on further ``dates``; all dates in the provider's zone.

    ``skip`` are dates to leave out, ``instead`` other starts for some of them.
    """

    rule: str | None = None
    dates: tuple[date, ...] = ()
    skip: tuple[date, ...] = ()
    instead: Mapping[date, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestForm:
    """A request for a time. ``start`` is an aware instant; ``mode`` may be left out if one is possible.

    ``sender`` is the address it was sent from, for the limit on open requests; ``timezone`` is the client's zone,
    ``locale`` their language, empty: the practice's first.
    ``privacy`` is the print of the privacy text that was accepted, empty if none was; None where none is shown.
    """

    practice: str
    provider: str
    service: str
    start: datetime
    name: str
    email: str
    phone: str = ""
    note: str = ""
    mode: str | None = None
    asking: Asking = STRANGER
    timezone: str | None = None
    locale: str = ""
    sender: str = ""
    privacy: str | None = None
    recurring: Recurring | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryForm:
    """An appointment that staff enter for a client: one on record by ``client_id``, else whoever is named here.

    ``start`` is an aware instant at any minute; ``despite`` are the cautions that are passed over on purpose.
    """

    provider: str
    service: str
    start: datetime
    mode: str | None
    client_id: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    note: str = ""
    despite: frozenset[Rule] = frozenset()


@dataclass(frozen=True, slots=True)
class Receipt:
    """An Idempotency-Key, the hash of the body it came with, and how the answer is sealed to be kept (encrypted)."""

    key: str
    body_hash: str
    seal: Callable[[Requested], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class WishForm:
    """ "None of these suit": a request without a time. The same words under one ``key`` are one wish.

    ``privacy`` as for a request.
    """

    practice: str
    provider: str
    text: str
    name: str
    email: str
    phone: str = ""
    asking: Asking = STRANGER
    key: str = ""
    privacy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitForm:
    """A place on the waitlist. ``days`` are ``date.weekday()`` numbers, none: any; ``part`` as ``waitlist.Part``.

    ``privacy`` as for a request.
    """

    practice: str
    provider: str
    service: str
    name: str
    email: str
    phone: str = ""
    mode: str | None = None
    days: tuple[int, ...] = ()
    part: str = "any"
    first: date | None = None
    last: date | None = None
    timezone: str | None = None
    locale: str = ""
    asking: Asking = STRANGER
    privacy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestQuery:
    """A page of the staff's list. ``provider`` is a slug; ``cursor`` is what the page before gave as ``next``."""

    statuses: tuple[str, ...] = ()
    provider: str | None = None
    cursor: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class CalendarChange:
    """One thing the provider did to the event of a booking. ``kind``: edited, deleted or restored.

    ``before`` is what both sides had agreed on, ``after`` what the calendar shows now; None: no event.
    """

    booking_ref: str
    kind: str
    before: Series | None
    after: Series | None
