"""Series as rows: the dates they were asked for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, select

from booking.series import Plan
from booking.store.tables import series


def add(connection: Connection, *, series_id: str, practice_id: str, plan: Plan, now: datetime) -> None:
    connection.execute(
        insert(series).values(
            id=series_id,
            practice_id=practice_id,
            zone=plan.zone,
            walls=[wall.isoformat() for wall in plan.walls],
            rule=plan.rule,
            created_at=now,
        )
    )


def find(connection: Connection, series_id: str) -> Plan:
    row = connection.execute(select(series).where(series.c.id == series_id)).one()
    return Plan(row.zone, tuple(datetime.fromisoformat(wall) for wall in row.walls), row.rule)
