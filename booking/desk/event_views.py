"""A provider's own events as staff see them, and the documents made of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from booking.desk.views import Doc, ProviderView, moment


@dataclass(frozen=True, slots=True)
class Overlap:
    """A request or appointment in time the event takes; in the provider's zone."""

    id: str
    status: str
    client: str
    start: datetime
    end: datetime

    def document(self) -> Doc:
        return {
            "id": self.id,
            "status": self.status,
            "client": self.client,
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherEventView:
    """``start`` and ``end`` are dates for all day (the end exclusive), else instants in ``timezone``.

    Of a series they are those of its first occurrence; ``exceptions`` counts occurrences that were changed or left
    out. Instants without a zone of their own are UTC. ``state``: queued, written, removed or failed.
    """

    id: str
    provider: ProviderView
    calendar: str
    calendar_id: str
    uid: str
    remote_id: str | None
    state: str
    written_at: datetime | None
    created_at: datetime
    removed_at: datetime | None
    version: int
    overlaps: tuple[Overlap, ...]
    title: str = ""
    start: date | datetime | None = None
    end: date | datetime | None = None
    all_day: bool = False
    timezone: str = "UTC"
    transparency: str = "opaque"
    rrule: str | None = None
    exceptions: int = 0

    def document(self) -> Doc:
        return {
            "id": self.id,
            "provider": self.provider.slug,
            "uid": self.uid,
            "calendar": self.calendar,
            "calendar_id": self.calendar_id,
            "remote_id": self.remote_id,
            "state": self.state,
            "title": self.title,
            "start": None if self.start is None else self.start.isoformat(),
            "end": None if self.end is None else self.end.isoformat(),
            "all_day": self.all_day,
            "timezone": self.timezone,
            "transparency": self.transparency,
            "rrule": self.rrule,
            "exceptions": self.exceptions,
            "overlaps": [overlap.document() for overlap in self.overlaps],
            "created_at": moment(self.created_at),
            "written_at": moment(self.written_at),
            "removed_at": moment(self.removed_at),
            "version": self.version,
        }


@dataclass(frozen=True, slots=True)
class OtherEventPage:
    """``next`` is the cursor of the following page, None on the last."""

    items: tuple[OtherEventView, ...]
    next: str | None

    def document(self) -> Doc:
        return {"items": [item.document() for item in self.items], "next": self.next}


@dataclass(frozen=True, slots=True)
class Made:
    """``replayed``: the same key had made it before."""

    event: OtherEventView
    replayed: bool = False
