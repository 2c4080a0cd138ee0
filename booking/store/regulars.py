"""Which outside series are regulars, or are none, and what of their cancelled occurrences was dealt with."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from booking.holds import HoldRow, ReleaseState
from booking.practice import Hold
from booking.releasing import Stage
from booking.store.once import insert_once
from booking.store.practice_rows import hold_from, hold_values
from booking.store.releases import note
from booking.store.tables import hold, hold_release, provider, regular
from sync.model.identity import new_id

CALENDAR = "calendar"
"""By whom a date was released: its occurrence was cancelled in the calendar."""


def judged(connection: Connection, provider_id: str) -> set[tuple[str, str]]:
    """Calendar and UID of the series that were protected or dismissed."""
    rows = connection.execute(
        select(regular.c.calendar_id, regular.c.uid).where(regular.c.provider_id == provider_id)
    )
    return {(row.calendar_id, row.uid) for row in rows}


def add(
    connection: Connection,
    *,
    practice_id: str,
    provider_id: str,
    calendar_id: str,
    uid: str,
    hold_id: str | None,
    by: str,
    now: datetime,
) -> bool:
    """False if the series was judged before."""
    row = {"practice_id": practice_id, "provider_id": provider_id, "calendar_id": calendar_id, "uid": uid}
    return insert_once(
        connection,
        regular,
        {"id": new_id(), **row, "hold_id": hold_id, "created_at": now, "created_by": by},
    )


def add_hold(connection: Connection, practice_id: str, provider_id: str, made: Hold) -> str:
    last = connection.execute(
        select(func.max(hold.c.position)).where(hold.c.provider_id == provider_id)
    ).scalar()
    position = 0 if last is None else last + 1
    hold_id = new_id()
    connection.execute(
        insert(hold).values(
            id=hold_id, practice_id=practice_id, provider_id=provider_id, **hold_values(made, position)
        )
    )
    return hold_id


def protected(connection: Connection) -> list[Row[tuple[object, ...]]]:
    """All regulars that are protected, with their provider's zone."""
    return list(
        connection.execute(
            select(regular, provider.c.timezone, provider.c.practice_id.label("practice"))
            .join(provider, provider.c.id == regular.c.provider_id)
            .where(regular.c.hold_id.is_not(None))
            .order_by(regular.c.provider_id, regular.c.id)
        ).all()
    )


def find(connection: Connection, regular_id: str) -> tuple[Row[tuple[object, ...]], HoldRow] | None:
    """The regular and its hold; None if either is gone."""
    row = connection.execute(select(regular).where(regular.c.id == regular_id)).one_or_none()
    if row is None or row.hold_id is None:
        return None
    found = connection.execute(select(hold).where(hold.c.id == row.hold_id)).mappings().one()
    return row, HoldRow(found["id"], hold_from(found))


def seen(connection: Connection, regular_id: str, print_: str, *, now: datetime) -> None:
    connection.execute(
        update(regular).where(regular.c.id == regular_id).values(seen_print=print_, seen_at=now)
    )


def opened_dates(connection: Connection, hold_id: str, *, since: date) -> set[date]:
    """The dates that are open because their occurrence was cancelled."""
    rows = connection.execute(
        select(hold_release.c.day).where(
            hold_release.c.hold_id == hold_id, hold_release.c.by == CALENDAR, hold_release.c.day >= since
        )
    )
    return set(rows.scalars())


def open_date(connection: Connection, practice_id: str, hold_id: str, day: date, *, now: datetime) -> bool:
    """Opens one date to everyone; False if a hand has said something of it before, which stands."""
    opened = insert_once(
        connection,
        hold_release,
        {
            "id": new_id(),
            "practice_id": practice_id,
            "hold_id": hold_id,
            "unit": "date",
            "day": day,
            "stage": 0,
            "due_at": None,
            "released_at": now,
            "by": CALENDAR,
            "state": "released",
            "to": [],
        },
    )
    if opened:
        _note(connection, practice_id, hold_id, day, "released", now)
    return opened


def close_date(connection: Connection, practice_id: str, hold_id: str, day: date, *, now: datetime) -> None:
    """The occurrence came back: the date is held as if it had never been opened."""
    connection.execute(
        delete(hold_release)
        .filter_by(hold_id=hold_id, unit="date", day=day, stage=0)
        .where(hold_release.c.by == CALENDAR)
    )
    _note(connection, practice_id, hold_id, day, "reheld", now)


def _note(
    connection: Connection, practice_id: str, hold_id: str, day: date, state: ReleaseState, now: datetime
) -> None:
    stages = [Stage(0, state, (), None)]
    note(connection, practice_id, hold_id, "date", day, stages, actor=CALENDAR, now=now)
