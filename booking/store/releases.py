"""Releases of prime time: each stage of each week or date is recorded once, by whoever comes first."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import Connection, func, select

from booking.holds import DueRelease, ReleaseRow, due_releases
from booking.store.offers import hold_rows
from booking.store.once import insert_once
from booking.store.tables import hold, hold_release, provider
from sync.model.identity import new_id
from sync.model.moments import instant_to_wall

_LOOK_BACK = timedelta(days=60)
_WEEK = timedelta(days=7)


def providers_with_holds(connection: Connection) -> list[str]:
    return list(connection.execute(select(hold.c.provider_id).distinct()).scalars())


def release_due(connection: Connection, provider_id: str, *, now: datetime) -> int:
    """Record every stage that is due and not recorded yet; returns how many this call recorded."""
    found = connection.execute(
        select(provider.c.practice_id, provider.c.timezone).where(provider.c.id == provider_id)
    ).one()
    due = _due(connection, provider_id, found.timezone, now)
    return sum(_record(connection, found.practice_id, release, now) for release in due)


def anything_due(connection: Connection, *, now: datetime) -> bool:
    """True if some stage of some hold is due and not recorded."""
    rows = connection.execute(
        select(provider.c.id, provider.c.timezone).where(provider.c.id.in_(select(hold.c.provider_id)))
    )
    return any(_due(connection, row.id, row.timezone, now) for row in rows.all())


def _due(connection: Connection, provider_id: str, zone: str, now: datetime) -> list[DueRelease]:
    today = instant_to_wall(now, zone).date()
    return [
        release
        for each in hold_rows(connection, provider_id)
        for release in due_releases(
            each,
            _known(connection, each.id, today - _LOOK_BACK - _WEEK),
            since=_since(connection, each.id, today),
            now=now,
            zone=zone,
        )
    ]


def _since(connection: Connection, hold_id: str, today: date) -> date:
    """A new hold counts from today; one that was released before from then on, so that an outage is told as missed."""
    first = connection.execute(
        select(func.min(hold_release.c.week)).where(hold_release.c.hold_id == hold_id)
    ).scalar()
    return today if first is None else min(today, max(first, today - _LOOK_BACK))


def _known(connection: Connection, hold_id: str, first: date) -> list[ReleaseRow]:
    rows = connection.execute(
        select(hold_release).where(hold_release.c.hold_id == hold_id, hold_release.c.week >= first)
    )
    return [ReleaseRow(row.hold_id, row.week, row.stage, row.state, tuple(row.to)) for row in rows]


def _record(connection: Connection, practice_id: str, due: DueRelease, now: datetime) -> int:
    return insert_once(
        connection,
        hold_release,
        {
            "id": new_id(),
            "practice_id": practice_id,
            "hold_id": due.hold_id,
            "week": due.key,
            "stage": due.stage,
            "due_at": due.due_at,
            "released_at": now if due.state == "released" else None,
            "by": "rule",
            "state": due.state,
            "to": list(due.to),
        },
    )
