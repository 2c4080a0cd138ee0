"""Held time in the provider's calendar, where a hold asks for it: put in, moved and taken out through the mirror."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from booking.desk.means import Means
from booking.markers import Marker, marker_event, markers
from booking.store import claims, releases
from booking.store import finding as rows
from booking.store import markers as stored
from booking.store.claims import provider_resource
from booking.store.finding import KnownProvider
from booking.store.offers import hold_rows
from sync.model.moments import instant_to_wall

RULE = "rule"
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class _Step:
    """``ref`` None: not shown before. ``marker`` None: no longer to be shown."""

    ref: str | None
    marker: Marker | None


def keep_markers(means: Means, *, now: datetime) -> int:
    """Makes the calendars show what is held, and no more; how many events were put in, changed or taken out.

    What a provider has taken out of her calendar stays out, and opens nothing: a marker only shows.
    """
    with means.books.read() as connection:
        found = [rows.provider_by_id(connection, id) for id in stored.providers_shown(connection, now=now)]
        waiting = [known for known in found if known and any(_steps(connection, means, known, now))]

    def keep(known: KnownProvider) -> int:
        return means.write(lambda connection: _keep(connection, means, known, now))

    return sum(keep(known) for known in waiting)


def settle(connection: Connection, means: Means, kind: str, ref: str, *, now: datetime) -> str | None:
    """What the provider did to a marker in her calendar; None if it is none. The hold stands as it was."""
    row = stored.find(connection, ref)
    if row is None:
        return None
    if kind == "deleted" and row.removed_at is None:
        stored.remove(connection, ref, by=stored.CALENDAR, now=now)
    elif kind == "restored" and row.removed_by == stored.CALENDAR:
        stored.bring_back(connection, ref)
    elif kind == "restored" and row.removed_at is not None:
        # Taken out here because the time is open: what she puts back is her own.
        means.mirror.give_up(connection, booking_ref=ref, now=now)
    return f"marker {kind}"


def _keep(connection: Connection, means: Means, known: KnownProvider, now: datetime) -> int:
    claims.lock(connection, [provider_resource(known.id)])
    steps = list(_steps(connection, means, known, now))
    calendar = means.mirror.write_calendar(connection, known.id)
    for step in steps:
        if step.marker is None and step.ref is not None:
            means.mirror.take_out(connection, booking_ref=step.ref, now=now)
            stored.remove(connection, step.ref, by=RULE, now=now)
        elif step.marker is not None and calendar is not None:
            ref = step.ref or stored.add(connection, known.practice.id, known.id, step.marker)
            stored.show(connection, ref, step.marker)
            series = marker_event(ref, step.marker, zone=known.timezone)
            means.mirror.put(connection, booking_ref=ref, calendar_id=calendar.id, series=series, now=now)
    return len(steps)


def _steps(connection: Connection, means: Means, known: KnownProvider, now: datetime) -> Iterator[_Step]:
    holds = hold_rows(connection, known.id) if known.active else []
    since = instant_to_wall(now, known.timezone).date() - _WEEK
    done = [
        row for hold in holds if hold.hold.marker for row in releases.known(connection, hold.id, first=since)
    ]
    wanted = {marker.key: marker for marker in markers(holds, done, zone=known.timezone, now=now)}
    present = stored.known(connection, known.id, since=since)
    writable = means.mirror.write_calendar(connection, known.id) is not None
    for key, marker in wanted.items():
        row = present.get(key)
        if not writable or (row is not None and row.removed_by == stored.CALENDAR):
            continue
        shown = row is not None and row.removed_at is None
        told = (marker.span.start, marker.span.end, marker.title)
        if not shown or (row is not None and (row.starts_at, row.ends_at, row.title) != told):
            yield _Step(None if row is None else row.id, marker)
    for key, row in present.items():
        if row.removed_at is None and row.ends_at > now and key not in wanted:
            yield _Step(row.id, None)
