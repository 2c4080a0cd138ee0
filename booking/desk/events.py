"""Events of a provider's own that are made here, Busy or Free, and written into the calendar like any booking.

What one means stands in the mirror alone. A Busy one takes its time by the mirror's busy rows, written under the
provider's lock in the transaction that makes it: whoever asks for that time at the same moment finds it taken.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from booking.desk import finding
from booking.desk.event_views import Made, OtherEventPage, OtherEventView, Overlap
from booking.desk.means import Means
from booking.desk.paging import check_limit, cursor_of, position_of
from booking.event_forms import EventForm, read_event
from booking.events import Wanted, new_series, rewritten
from booking.ladder import N_
from booking.refusals import Problem, Refused
from booking.roles import Action, Actor
from booking.store import audit, claims, events
from booking.store.claims import provider_resource
from booking.store.events import OtherEvent
from booking.store.finding import KnownProvider
from sync.model.event import Event, Series
from sync.model.identity import new_id
from sync.model.instances import span_of
from sync.model.moments import WallTime

_MOST_OVERLAPS = 20


def create(
    means: Means, actor: Actor, provider: str, form: EventForm, *, key: str | None, now: datetime
) -> Made:
    """``no-write-calendar`` if none of the provider's calendars is written to. The same ``key`` makes one event."""

    def work(connection: Connection) -> Made:
        known = _whose(connection, actor, provider)
        claims.lock(connection, [provider_resource(known.id)])
        told = hashlib.sha256(repr(form).encode()).hexdigest()
        made = None if key is None else events.made_with(connection, known.id, key)
        if made is not None:
            if made.form_hash != told:
                raise Refused(Problem.IDEMPOTENCY_KEY_REUSED)
            return Made(_view(connection, means, known, made, now=now), replayed=True)
        wanted = read_event(form, zone=known.timezone, now=now)
        calendar = means.mirror.write_calendar(connection, known.id)
        if calendar is None or not calendar.connected:
            raise Refused(Problem.NO_WRITE_CALENDAR)
        event = OtherEvent(
            new_id(),
            known.practice.id,
            known.id,
            created_at=now,
            created_by=actor.id,
            key=key,
            form_hash=told,
        )
        events.add(connection, event)
        _put(connection, means, event, calendar.id, new_series(event.id, wanted), now)
        _note(connection, event, actor.id, "event made", now)
        return Made(_view(connection, means, known, event, now=now))

    return means.write(work)


def change(
    means: Means, actor: Actor, provider: str, event_id: str, changes: Mapping[str, Any], *, now: datetime
) -> OtherEventView:
    """``changes`` are fields of ``EventForm``; those left out stay. A new start alone keeps the length."""

    def work(connection: Connection) -> OtherEventView:
        known = _whose(connection, actor, provider)
        claims.lock(connection, [provider_resource(known.id)])
        event = _one(connection, known, event_id)
        written = means.mirror.event(connection, event.id)
        if written is None or written.series is None or written.series.master is None:
            text = N_(
                "Only single occurrences of this event are known, so it can be changed in the calendar only."
            )
            raise Refused(Problem.WRONG_STATE, text)
        form = _changed(_form(written.series, known.timezone), changes)
        wanted = _read(form, written.series.master, known.timezone, changes, now)
        series = rewritten(written.series, wanted)
        _put(connection, means, event, written.calendar_id, series, now)
        events.touch(connection, event.id)
        _note(connection, event, actor.id, "event changed", now)
        return _view(connection, means, known, _one(connection, known, event_id), now=now)

    return means.write(work)


def remove(means: Means, actor: Actor, provider: str, event_id: str, *, now: datetime) -> OtherEventView:
    """Its time is free at once; once more changes nothing."""

    def work(connection: Connection) -> OtherEventView:
        known = _whose(connection, actor, provider)
        claims.lock(connection, [provider_resource(known.id)])
        event = _one(connection, known, event_id, removed=True)
        if event.removed_at is None:
            means.mirror.take_out(connection, booking_ref=event.id, now=now)
            events.remove(connection, event.id, by=actor.id, now=now)
            _note(connection, event, actor.id, "event removed", now)
        return _view(connection, means, known, _one(connection, known, event_id, removed=True), now=now)

    return means.write(work)


def undo(means: Means, actor: Actor, provider: str, event_id: str, *, now: datetime) -> OtherEventView:
    """Takes a removal back, within half an hour of it. It may get another UID, for a removed one may be spent."""

    def work(connection: Connection) -> OtherEventView:
        known = _whose(connection, actor, provider)
        claims.lock(connection, [provider_resource(known.id)])
        event = _one(connection, known, event_id, removed=True)
        if event.removed_at is None:
            return _view(connection, means, known, event, now=now)
        former = means.mirror.taken_out(connection, event.id)
        calendar = means.mirror.write_calendar(connection, known.id)
        if event.removed_by == events.CALENDAR or former is None or now > events.undo_ends(event.removed_at):
            raise Refused(
                Problem.WRONG_STATE, N_("The event can no longer be brought back. Please make it anew.")
            )
        if calendar is None or not calendar.connected:
            raise Refused(Problem.NO_WRITE_CALENDAR)
        _put(connection, means, event, calendar.id, former, now)
        events.bring_back(connection, event.id)
        _note(connection, event, actor.id, "event brought back", now)
        return _view(connection, means, known, _one(connection, known, event_id), now=now)

    return means.write(work)


def page(
    connection: Connection,
    means: Means,
    actor: Actor,
    provider: str,
    *,
    cursor: str | None,
    limit: int,
    now: datetime,
) -> OtherEventPage:
    """Those that are not removed, in order of making."""
    known = _whose(connection, actor, provider)
    errors = check_limit(limit)
    if errors:
        raise Refused(Problem.INVALID, errors=errors)
    after = None if cursor is None else position_of(cursor)
    found = events.page(connection, known.id, after=after, limit=limit + 1)
    shown, last = found[:limit], found[limit - 1] if len(found) > limit else None
    return OtherEventPage(
        items=tuple(_view(connection, means, known, event, now=now) for event in shown),
        next=None if last is None else cursor_of(last.created_at, last.id),
    )


def one(
    connection: Connection, means: Means, actor: Actor, provider: str, event_id: str, *, now: datetime
) -> OtherEventView:
    known = _whose(connection, actor, provider)
    return _view(connection, means, known, _one(connection, known, event_id), now=now)


def removed_lately(
    connection: Connection, means: Means, actor: Actor, provider: str, *, now: datetime
) -> Sequence[OtherEventView]:
    """Those whose removal can still be taken back, the latest first."""
    known = _whose(connection, actor, provider)
    found = events.last_removed(connection, [known.id], since=now - events.UNDO_FOR)
    return [_view(connection, means, known, event, now=now) for event in found]


def settle(connection: Connection, kind: str, event_id: str, *, now: datetime) -> str:
    """What the provider did to it in the calendar: the mirror has taken it over, here it is only noted."""
    event = events.find(connection, event_id)
    if event is None:
        return "not a booking"
    if kind == "deleted" and event.removed_at is None:
        events.remove(connection, event.id, by=events.CALENDAR, now=now)
    elif kind == "restored" and event.removed_at is not None:
        events.bring_back(connection, event.id)
    else:
        events.touch(connection, event.id)
    _note(connection, event, events.CALENDAR, f"event {kind}", now)
    return f"event {kind}"


def _whose(connection: Connection, actor: Actor, provider: str) -> KnownProvider:
    return finding.provider_for(connection, actor, provider, Action.WRITE_EVENTS)


def _one(connection: Connection, known: KnownProvider, event_id: str, *, removed: bool = False) -> OtherEvent:
    event = events.find(connection, event_id)
    if event is None or event.provider_id != known.id or (event.removed_at is not None and not removed):
        raise Refused(Problem.NOT_FOUND)
    return event


def _put(
    connection: Connection, means: Means, event: OtherEvent, calendar_id: str, series: Series, now: datetime
) -> None:
    means.mirror.put(
        connection, booking_ref=event.id, calendar_id=calendar_id, series=series, takes_time=True, now=now
    )


def _note(connection: Connection, event: OtherEvent, actor: str, action: str, now: datetime) -> None:
    audit.note(
        connection,
        practice_id=event.practice_id,
        at=now,
        actor=actor,
        action=action,
        about=f"event:{event.id}",
    )


def _form(series: Series, zone: str) -> EventForm:
    """The event as it stands, as a form."""
    event = series.master
    if event is None:
        raise ValueError("a series without its first event has no form")
    start, end, place = _times(series, zone)
    return EventForm(
        title=event.summary,
        start=start,
        end=end,
        transparency=event.transparency.value.lower(),
        rrule=series.recurrence.rules[0] if series.recurrence.rules else None,
        timezone=place,
    )


def _changed(form: EventForm, changes: Mapping[str, Any]) -> EventForm:
    after = replace(form, **changes)
    if "start" in changes and "end" not in changes:
        after = replace(after, end=_as_long(form, after.start))
    return after


def _as_long(form: EventForm, start: date | datetime) -> date | datetime:
    """The end that goes with another start, where that is of the same kind; else the end there was."""
    if isinstance(form.start, datetime) and isinstance(form.end, datetime):
        return start + (form.end - form.start) if isinstance(start, datetime) else form.end
    return start + timedelta(days=form.end.toordinal() - form.start.toordinal())


def _read(form: EventForm, event: Event, zone: str, changes: Mapping[str, Any], now: datetime) -> Wanted:
    """What is wanted. Only what changes is judged: what came from the calendar need not be what we would take."""
    timed = not changes.keys().isdisjoint({"start", "end", "all_day", "timezone"})
    judged = form if timed or "rrule" in changes else replace(form, rrule=None)
    if "title" not in changes:
        judged = replace(judged, title="-")
    if judged.rrule is None and not timed:
        judged = replace(judged, start=now, end=now + timedelta(hours=1))
    wanted = read_event(judged, zone=zone, now=now)
    return replace(
        wanted,
        title=wanted.title if "title" in changes else event.summary,
        rule=wanted.rule if judged.rrule == form.rrule else form.rrule,
        start=wanted.start if timed else event.start,
        length=wanted.length if timed else event.length,
    )


def _times(series: Series, zone: str) -> tuple[date | datetime, date | datetime, str]:
    """Start and end of the first occurrence as the outside has them, and the zone they are told in."""
    event = series.master or series.overrides[0].event
    if not isinstance(event.start, WallTime):
        return event.start, event.start + timedelta(days=max(1, event.length.days)), zone
    place = event.start.zone or zone
    place = zone if place == "UTC" else place
    span = span_of(event.start, event.length, zone)
    start = event.start.instant(zone)
    end = start if span is None else span.end
    return start.astimezone(ZoneInfo(place)), end.astimezone(ZoneInfo(place)), place


def _view(
    connection: Connection, means: Means, known: KnownProvider, event: OtherEvent, *, now: datetime
) -> OtherEventView:
    """A removed one is shown as what it last meant."""
    written = means.mirror.event(connection, event.id)
    series = None if written is None else written.series
    if series is None and event.removed_at is not None:
        series = means.mirror.taken_out(connection, event.id)
    view = OtherEventView(
        id=event.id,
        provider=finding.provider_view(known),
        calendar="" if written is None else written.calendar,
        calendar_id="" if written is None else written.calendar_id,
        uid="" if written is None else written.uid,
        remote_id=None if written is None else written.remote_id,
        state="queued" if written is None else written.state,
        written_at=None if written is None else written.written_at,
        created_at=event.created_at,
        removed_at=event.removed_at,
        version=event.version,
        overlaps=_overlaps(connection, means, known, event, now),
    )
    return view if series is None else _told(view, series, known.timezone)


def _told(view: OtherEventView, series: Series, zone: str) -> OtherEventView:
    event = series.master or series.overrides[0].event
    start, end, place = _times(series, zone)
    return replace(
        view,
        title=event.summary,
        start=start,
        end=end,
        all_day=not isinstance(event.start, WallTime),
        timezone=place,
        transparency=event.transparency.value.lower(),
        rrule=series.recurrence.rules[0] if series.recurrence.rules else None,
        exceptions=len(series.overrides) + len(series.recurrence.excluded),
    )


def _overlaps(
    connection: Connection, means: Means, known: KnownProvider, event: OtherEvent, now: datetime
) -> tuple[Overlap, ...]:
    """Bookings that are not over, in time the event takes: it was put there on purpose, and whoever did it is told."""
    spans = [span for span in means.mirror.taken_by(connection, event.id) if span.end > now]
    found = events.bookings_in(connection, known.id, spans, now=now, most=_MOST_OVERLAPS)
    zone = ZoneInfo(known.timezone)
    return tuple(
        Overlap(
            row.id, row.status, row.client_name, row.starts_at.astimezone(zone), row.ends_at.astimezone(zone)
        )
        for row in found
    )
