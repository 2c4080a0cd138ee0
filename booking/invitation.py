"""What a request looks like in the provider's calendar, and what the provider says by changing it there."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from booking.clients import first_name, initials
from booking.requests import Status
from booking.rules import TitleMode
from sync.model.event import Event, Response, Series
from sync.model.event import Status as EventStatus
from sync.model.moments import Length, Moment, WallTime, instant_to_wall, start_of_day, wall_to_instant
from sync.model.text import single_line
from sync.model.timespan import TimeSpan

PREFIX = "Request: "
GENERIC = "Session"
_REFERENCE = 4
_MOST_NAMED = 6
_MORE = re.compile(r"\+\d+$")
_DAY = timedelta(days=1)


def label(mode: TitleMode, *, name: str, client_id: str | None, request_id: str) -> str:
    """What a calendar entry says about the client. ``id``: the client's own, else a short mark of the request."""
    match mode:
        case TitleMode.ID:
            return client_id or f"ref {request_id[:_REFERENCE].upper()}"
        case TitleMode.INITIALS:
            return initials(name)
        case TitleMode.FIRST_NAME:
            return first_name(name)
        case TitleMode.FULL_NAME:
            return name
        case TitleMode.GENERIC:
            return GENERIC


def group_label(labels: Iterable[str]) -> str:
    """What an entry says about several clients: each in the title mode, by the alphabet, six at the most."""
    named = sorted(set(labels))
    more = len(named) - _MOST_NAMED
    return ", ".join(named[:_MOST_NAMED]) + (f" +{more}" if more > 0 else "")


def event_for(
    *,
    request_id: str,
    status: Status,
    span: TimeSpan,
    zone: str,
    label: str,
    page: str,
    current: Event | None,
    names: Collection[str] = (),
) -> Series:
    """The event of a live request: tentative and with the prefix while pending, confirmed and without it after.

    ``current`` is the event as it stands; a title of the provider's own, place, texts, categories and transparency
    in it stay. ``names`` are the labels that earlier titles of ours may have been made of. Without one it blocks its
    time, is private, and its text is ``page``, which asks for sign-in. The mirror gives the UID.
    """
    pending = status is Status.PENDING
    state = EventStatus.TENTATIVE if pending else EventStatus.CONFIRMED
    title = PREFIX + label if pending else label
    start, length = _times(span, zone)
    if current is None:
        return Series(request_id, Event(start, length, title, page, status=state, private=True))
    if span_of(Series(request_id, current), zone) == span:
        # As the provider's program writes it: another spelling of the same time is no change.
        start, length = current.start, current.length
    kept = current.summary if _is_own_title(current.summary, label, names) else title
    event = Event(
        start=start,
        length=length,
        summary=kept,
        description=current.description,
        location=current.location,
        status=state,
        transparency=current.transparency,
        own_response=current.own_response,
        categories=current.categories,
        kind=current.kind,
        private=current.private,
    )
    return Series(request_id, event)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a change of the event says. ``span`` is its time now; None: it is no single time any more."""

    accepted: bool
    span: TimeSpan | None


def read_decision(before: Series | None, after: Series, *, label: str, zone: str) -> Decision:
    """Accepted if the status became confirmed, the title became ours without its prefix, or the provider's own
    response became ACCEPTED. Any other title decides nothing. ``before`` None: it was as we first write it."""
    was = before.master if before is not None else None
    event = after.master
    if event is None:
        return Decision(accepted=False, span=None)
    confirmed = event.status is EventStatus.CONFIRMED and (
        was is None or was.status is not EventStatus.CONFIRMED
    )
    titled = _same(event.summary, label) and (was is None or not _same(was.summary, label))
    answered = event.own_response is Response.ACCEPTED and (
        was is None or was.own_response is not Response.ACCEPTED
    )
    return Decision(confirmed or titled or answered, span_of(after, zone))


def span_of(series: Series, zone: str) -> TimeSpan | None:
    """The one span a series takes, all-day events from local midnight; None if it repeats or takes no time."""
    event = series.master
    if event is None or series.recurrence or series.overrides:
        return None
    if isinstance(event.start, WallTime):
        place = event.start.zone or zone
        start = event.start.instant(zone)
        nominal = start
        if event.length.days:
            nominal = wall_to_instant(event.start.clock + event.length.days * _DAY, place)
        end = nominal + event.length.exact
    else:
        start = start_of_day(event.start, zone)
        end = start_of_day(event.start + max(1, event.length.days) * _DAY, zone)
    return TimeSpan(start, end) if start < end else None


def _times(span: TimeSpan, zone: str) -> tuple[Moment, Length]:
    """Wall clock and zone; the second of two equal readings in autumn can only be said in UTC."""
    wall = WallTime(instant_to_wall(span.start, zone), zone)
    if wall.instant(zone) != span.start:
        wall = WallTime(_naive(span.start), "UTC")
    return wall, Length(exact=span.length)


def _naive(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)


def _is_own_title(summary: str, label: str, names: Collection[str]) -> bool:
    """True if the provider gave the event a title of their own."""
    if _same(summary, label) or _same(summary, PREFIX + label):
        return False
    ours = {_plain(name) for name in names}
    written = _plain(summary).removeprefix(_plain(PREFIX))
    return not all(part in ours for part in _MORE.sub("", written).split(","))


def _same(first: str, second: str) -> bool:
    return _plain(first) == _plain(second)


def _plain(title: str) -> str:
    return "".join(single_line(title).casefold().split())
