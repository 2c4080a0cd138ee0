"""What goes out: values for pages, and the documents of the JSON API and the command line made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from booking import spoken
from booking.explain import Explanation
from booking.practice import Client, Location, Page
from booking.wall_text import ZoneText
from sync.model.timespan import TimeSpan

Doc = dict[str, Any]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PracticeView:
    id: str
    slug: str
    name: str
    timezone: str
    phone: str
    page: Page
    locations: tuple[Location, ...]


@dataclass(frozen=True, slots=True)
class ProviderView:
    """``open``: the practice's and the provider's own switch are both on. ``unsure``: "I don't know" is offered."""

    id: str
    practice_id: str
    practice_slug: str
    slug: str
    name: str
    timezone: str
    open: bool
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class ServiceView:
    """A service that can be asked for online."""

    code: str
    name: str
    minutes: int
    modes: tuple[str, ...]
    new_clients: bool
    capacity: int

    def document(self) -> Doc:
        return {
            "code": self.code,
            "name": self.name,
            "minutes": self.minutes,
            "modes": list(self.modes),
            "new_clients": self.new_clients,
            "capacity": self.capacity,
        }


@dataclass(frozen=True, slots=True)
class SlotView:
    """A time on offer, in the answer's zone."""

    start: datetime
    end: datetime
    modes: tuple[str, ...]

    def document(self) -> Doc:
        return {"start": self.start.isoformat(), "end": self.end.isoformat(), "modes": list(self.modes)}


@dataclass(frozen=True)
class SlotAnswer:
    """``freshness``: fresh, request_only or closed; ``checked_at`` None: a calendar was never read, or none counts.

    ``starts`` are seconds since 1970 with the modes they can be had in, ascending; ``length`` is the service's.
    """

    timezone: str
    freshness: str
    checked_at: datetime | None
    starts: Sequence[tuple[int, tuple[str, ...]]]
    length: timedelta

    @cached_property
    def slots(self) -> tuple[SlotView, ...]:
        zone = ZoneInfo(self.timezone)
        begins = ((_EPOCH + timedelta(seconds=start), modes) for start, modes in self.starts)
        return tuple(
            SlotView(begin.astimezone(zone), (begin + self.length).astimezone(zone), modes)
            for begin, modes in begins
        )

    def first(self, count: int) -> tuple[SlotView, ...]:
        """The earliest of them, without making a view of each."""
        return replace(self, starts=self.starts[:count]).slots

    def document(self) -> Doc:
        return {**self._head(), "slots": [slot.document() for slot in self.slots]}

    def json(self) -> bytes:
        """The document as JSON, quicker than by way of ``slots``."""
        return self.json_around(slots_json(self.starts, self.length, self.timezone))

    def json_around(self, slots: bytes) -> bytes:
        """The same with the list of slots as it was written before."""
        return orjson.dumps(self._head())[:-1] + b',"slots":' + slots + b"}"

    def _head(self) -> Doc:
        return {
            "timezone": self.timezone,
            "freshness": self.freshness,
            "checked_at": moment(self.checked_at),
        }


def slots_json(starts: Sequence[tuple[int, tuple[str, ...]]], length: timedelta, timezone: str) -> bytes:
    """The list of slots as JSON; times with the offset of ``timezone``."""
    if not starts:
        return b"[]"
    long = length // timedelta(seconds=1)
    text = ZoneText(timezone, starts[0][0], starts[-1][0] + long).of
    ends = {
        modes: f'","modes":{orjson.dumps(list(modes)).decode()}}}' for modes in {each for _, each in starts}
    }
    parts = [f'{{"start":"{text(start)}","end":"{text(start + long)}{ends[modes]}' for start, modes in starts]
    return f"[{','.join(parts)}]".encode()


@dataclass(frozen=True, slots=True)
class NextSlot:
    """The times are in the provider's zone."""

    provider: ProviderView
    slot: SlotView

    def document(self) -> Doc:
        return {"provider": self.provider.slug, **self.slot.document()}


@dataclass(frozen=True, slots=True)
class ExplainAnswer:
    """``titles``: the asker may see titles of outside events."""

    explanation: Explanation
    titles: bool

    def document(self) -> Doc:
        reasons = []
        for reason in self.explanation.reasons:
            item: Doc = {
                "rule": reason.rule.value,
                "passed": reason.passed,
                "text": reason.text,
                "client_text": reason.client_text,
                "may_change": list(reason.may_change),
            }
            if reason.source is not None:
                item["source"] = {
                    "calendar": reason.source.calendar,
                    "title": reason.source.title if self.titles else None,
                    "start": reason.source.start.isoformat(),
                    "end": reason.source.end.isoformat(),
                    "checked_at": moment(reason.source.checked_at),
                }
            reasons.append(item)
        return {
            "bookable": self.explanation.bookable,
            "mode": self.explanation.mode.value,
            "phone": spoken.line(self.explanation),
            "reasons": reasons,
        }


@dataclass(frozen=True, slots=True)
class BusyView:
    start: datetime
    end: datetime
    calendars: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BusyAnswer:
    timezone: str
    checked_at: datetime | None
    busy: tuple[BusyView, ...]

    def document(self) -> Doc:
        return {
            "timezone": self.timezone,
            "checked_at": moment(self.checked_at),
            "busy": [
                {"start": b.start.isoformat(), "end": b.end.isoformat(), "calendars": list(b.calendars)}
                for b in self.busy
            ],
        }


@dataclass(frozen=True, slots=True)
class EventView:
    """``calendar`` is its name."""

    calendar: str
    calendar_id: str
    uid: str
    remote_id: str | None
    state: str
    written_at: datetime | None

    def document(self) -> Doc:
        return {
            "calendar": self.calendar,
            "calendar_id": self.calendar_id,
            "uid": self.uid,
            "remote_id": self.remote_id,
            "state": self.state,
            "written_at": moment(self.written_at),
        }


@dataclass(frozen=True, slots=True)
class ProposalView:
    starts: tuple[datetime, ...]
    by: str
    expires_at: datetime

    def document(self) -> Doc:
        return {
            "starts": [moment(start) for start in self.starts],
            "by": self.by,
            "expires_at": moment(self.expires_at),
        }


@dataclass(frozen=True, slots=True)
class SeriesDate:
    id: str
    span: TimeSpan
    status: str


@dataclass(frozen=True, slots=True)
class SeriesView:
    """The series a request is a date of. ``rule`` is None for dates of choice."""

    id: str
    rule: str | None
    dates: tuple[SeriesDate, ...]

    def document(self, timezone: str) -> Doc:
        zone = ZoneInfo(timezone)
        return {
            "id": self.id,
            "rrule": self.rule,
            "dates": [
                {"id": each.id, "start": each.span.start.astimezone(zone).isoformat(), "status": each.status}
                for each in self.dates
            ],
        }


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request as the practice sees it. Instants are UTC; ``timezone`` is the provider's when it was made.

    ``conflict``: what was done in the calendar and could not stand (late_acceptance, moved_onto_booking), or None.
    """

    id: str
    status: str
    provider: ProviderView
    service: str
    service_name: str
    mode: str
    span: TimeSpan
    timezone: str
    client_id: str | None
    client_name: str
    client_email: str
    client_phone: str
    note: str
    booked_by: str
    message: str
    refer_to: str | None
    created_at: datetime
    expires_at: datetime | None
    decided_at: datetime | None
    decided_by: str | None
    settles_at: datetime | None
    proposal: ProposalView | None
    unverified: bool
    conflict: str | None
    event: EventView | None
    version: int
    series: SeriesView | None = None

    def document(self) -> Doc:
        """``start`` and ``end`` in the provider's zone, all other instants in UTC."""
        zone = ZoneInfo(self.timezone)
        return {
            "id": self.id,
            "status": self.status,
            "provider": self.provider.slug,
            "service": self.service,
            "mode": self.mode,
            "start": self.span.start.astimezone(zone).isoformat(),
            "end": self.span.end.astimezone(zone).isoformat(),
            "timezone": self.timezone,
            "client": {
                "id": self.client_id,
                "name": self.client_name,
                "email": self.client_email,
                "phone": self.client_phone,
            },
            "note": self.note,
            "created_at": moment(self.created_at),
            "expires_at": moment(self.expires_at),
            "decided_at": moment(self.decided_at),
            "decided_by": self.decided_by,
            "settles_at": moment(self.settles_at),
            "proposal": None if self.proposal is None else self.proposal.document(),
            "unverified": self.unverified,
            "conflict": self.conflict,
            "message": self.message,
            "refer_to": self.refer_to,
            "event": None if self.event is None else self.event.document(),
            "version": self.version,
            "series": None if self.series is None else self.series.document(self.timezone),
        }


@dataclass(frozen=True, slots=True)
class RequestPage:
    """``next`` is the cursor of the following page, None on the last."""

    items: tuple[RequestView, ...]
    next: str | None

    def document(self) -> Doc:
        return {"items": [item.document() for item in self.items], "next": self.next}


@dataclass(frozen=True, slots=True)
class Requested:
    """A request that was stored. ``token`` opens the client's page; ``start`` and ``end`` in the provider's zone."""

    id: str
    status: str
    start: datetime
    end: datetime
    expires_at: datetime | None
    token: str
    unverified: bool = False
    dates: tuple[tuple[str, datetime], ...] = ()
    """The id and start of every date that was asked for, this one first."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """The sealed answer that the same key and body were given before."""

    answer: bytes


@dataclass(frozen=True, slots=True)
class DateView:
    """One date of a series; ``this``: the one the page is about. ``token`` opens its own page."""

    this: bool
    token: str
    span: TimeSpan
    status: str


@dataclass(frozen=True, slots=True)
class ClientPage:
    """A request as the client's own page shows it: nothing of the practice's inside.

    ``where`` is the place as far as it may be told, ``video`` the address of the session once it is certain.
    """

    id: str
    practice: PracticeView
    provider: ProviderView
    service_name: str
    mode: str
    status: str
    span: TimeSpan
    timezone: str
    client_timezone: str | None
    created_at: datetime
    expires_at: datetime | None
    decided_at: datetime | None
    message: str
    refer_to: ProviderView | None
    may_cancel: bool
    dates: tuple[DateView, ...]
    may_reschedule: bool
    proposal: ProposalView | None
    where: str = ""
    video: str = ""
    version: int = 1


@dataclass(frozen=True, slots=True)
class ClientLink:
    """``path`` is where the link leads below the program's address."""

    token: str
    path: str
    expires_at: datetime
    client: Client


def moment(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()
