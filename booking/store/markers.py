"""Which held times are shown in a calendar, each under the id that the mirror knows its event by."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from booking.markers import Marker
from booking.store.tables import hold, hold_marker, provider
from sync.model.identity import new_id

CALENDAR = "calendar"
Known = Mapping[tuple[str, date], Row[Any]]


def providers_shown(connection: Connection, *, now: datetime) -> list[str]:
    """Providers who show held time, or still have some in their calendar."""
    wants = select(hold.c.provider_id).where(hold.c.marker.is_(True))
    has = select(hold_marker.c.provider_id).where(
        hold_marker.c.removed_at.is_(None), hold_marker.c.ends_at > now
    )
    rows = connection.execute(
        select(provider.c.id).where(or_(provider.c.id.in_(wants), provider.c.id.in_(has)))
    )
    return list(rows.scalars())


def known(connection: Connection, provider_id: str, *, since: date) -> Known:
    """Rows by hold and day, from a local day on, removed ones too."""
    rows = connection.execute(
        select(hold_marker).where(hold_marker.c.provider_id == provider_id, hold_marker.c.day >= since)
    ).all()
    return {(row.hold_id, row.day): row for row in rows}


def add(connection: Connection, practice_id: str, provider_id: str, marker: Marker) -> str:
    ref = new_id()
    owner = {"practice_id": practice_id, "provider_id": provider_id}
    connection.execute(
        insert(hold_marker).values(id=ref, hold_id=marker.hold_id, day=marker.day, **owner, **_shown(marker))
    )
    return ref


def show(connection: Connection, ref: str, marker: Marker) -> None:
    """It stands in the calendar, or will, as the marker says."""
    connection.execute(
        update(hold_marker)
        .where(hold_marker.c.id == ref)
        .values(removed_at=None, removed_by=None, **_shown(marker))
    )


def remove(connection: Connection, ref: str, *, by: str, now: datetime) -> None:
    connection.execute(
        update(hold_marker).where(hold_marker.c.id == ref).values(removed_at=now, removed_by=by)
    )


def find(connection: Connection, ref: str) -> Row[Any] | None:
    return connection.execute(select(hold_marker).where(hold_marker.c.id == ref)).one_or_none()


def bring_back(connection: Connection, ref: str) -> None:
    connection.execute(
        update(hold_marker).where(hold_marker.c.id == ref).values(removed_at=None, removed_by=None)
    )


def _shown(marker: Marker) -> dict[str, Any]:
    return {"starts_at": marker.span.start, "ends_at": marker.span.end, "title": marker.title}
