"""Releases of prime time: each stage of each week or date is recorded once, by whoever comes first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from booking.holds import DueRelease, HoldRow, ReleaseRow, due_releases
from booking.releasing import HeldTime, Stage
from booking.store import audit
from booking.store.offers import hold_rows, release_from
from booking.store.once import insert_once
from booking.store.tables import audit as audit_table
from booking.store.tables import hold, hold_release, provider
from sync.model.identity import new_id
from sync.model.moments import instant_to_wall

RULE, STAFF = "rule", "staff"
_LOOK_BACK = timedelta(days=60)
_WEEK = timedelta(days=7)
_DONE = {"released": "hold released", "reheld": "hold held again", "missed": "hold release missed"}


def release_due(connection: Connection, provider_id: str, *, now: datetime) -> int:
    """Record every stage that is due and not recorded yet; returns how many this call recorded."""
    found = connection.execute(
        select(provider.c.practice_id, provider.c.timezone).where(provider.c.id == provider_id)
    ).one()
    due = _due(connection, provider_id, found.timezone, now)
    return sum(_record(connection, found.practice_id, release, now) for release in due)


def providers_due(connection: Connection, *, now: datetime) -> list[str]:
    """Providers of whose holds some stage is due and not recorded."""
    rows = connection.execute(
        select(provider.c.id, provider.c.timezone).where(provider.c.id.in_(select(hold.c.provider_id)))
    )
    return [row.id for row in rows.all() if _due(connection, row.id, row.timezone, now)]


def known(connection: Connection, hold_id: str, *, first: date, last: date | None = None) -> list[ReleaseRow]:
    """What was done about the weeks and dates from ``first`` to ``last`` (inclusive; None: all later ones)."""
    statement = select(hold_release).where(hold_release.c.hold_id == hold_id, hold_release.c.day >= first)
    if last is not None:
        statement = statement.where(hold_release.c.day <= last)
    return [release_from(row) for row in connection.execute(statement)]


def write_by_hand(
    connection: Connection,
    practice_id: str,
    row: HoldRow,
    time: HeldTime,
    stages: Iterable[Stage],
    *,
    actor: str,
    now: datetime,
) -> None:
    """Make the stages' rows as they say, whoever made them before. The caller has the provider's lock."""
    for each in stages:
        at = {"hold_id": row.id, "unit": time.unit, "day": time.key, "stage": each.stage}
        changed: dict[str, Any] = {"by": STAFF, "state": each.state, "to": list(each.to)}
        if each.state == "released":
            changed["released_at"] = now
        values = {
            "id": new_id(),
            "practice_id": practice_id,
            **at,
            "due_at": each.due_at,
            **changed,
        }
        if not insert_once(connection, hold_release, values):
            connection.execute(update(hold_release).filter_by(**at).values(**changed))
    note(connection, practice_id, row.id, time.unit, time.key, stages, actor=actor, now=now)


def note(
    connection: Connection,
    practice_id: str,
    hold_id: str,
    unit: str,
    key: date,
    stages: Iterable[Stage],
    *,
    actor: str,
    now: datetime,
) -> None:
    """One line of the log for what was done at once."""
    done = list(stages)
    if done:
        audit.note(
            connection,
            practice_id=practice_id,
            at=now,
            actor=actor,
            action=_DONE[done[0].state],
            about=f"hold:{hold_id}",
            after=f"{unit} {key.isoformat()} {done[0].stage if len(done) == 1 else 'all'}",
        )


def log(connection: Connection, hold_id: str, *, most: int) -> Sequence[Row[Any]]:
    """What was done about a hold, the latest first; columns of ``audit``."""
    return connection.execute(
        select(audit_table)
        .where(audit_table.c.object == f"hold:{hold_id}")
        # What a hand does comes after what the rule had done by that instant.
        .order_by(audit_table.c.at.desc(), audit_table.c.actor == RULE, audit_table.c.id)
        .limit(most)
    ).all()


def _due(connection: Connection, provider_id: str, zone: str, now: datetime) -> list[DueRelease]:
    today = instant_to_wall(now, zone).date()
    return [
        release
        for each in hold_rows(connection, provider_id)
        for release in due_releases(
            each,
            known(connection, each.id, first=today - _LOOK_BACK - _WEEK),
            since=_since(connection, each.id, today),
            now=now,
            zone=zone,
        )
    ]


def _since(connection: Connection, hold_id: str, today: date) -> date:
    """A new hold counts from today; one that was released before from then on, so that an outage is told as missed."""
    first = connection.execute(
        select(func.min(hold_release.c.day)).where(hold_release.c.hold_id == hold_id)
    ).scalar()
    return today if first is None else min(today, max(first, today - _LOOK_BACK))


def _record(connection: Connection, practice_id: str, due: DueRelease, now: datetime) -> int:
    written = insert_once(
        connection,
        hold_release,
        {
            "id": new_id(),
            "practice_id": practice_id,
            "hold_id": due.hold_id,
            "unit": due.unit,
            "day": due.key,
            "stage": due.stage,
            "due_at": due.due_at,
            "released_at": now if due.state == "released" else None,
            "by": RULE,
            "state": due.state,
            "to": list(due.to),
        },
    )
    if written:
        stage = Stage(due.stage, due.state, due.to, due.due_at)
        note(connection, practice_id, due.hold_id, due.unit, due.key, [stage], actor=RULE, now=now)
    return int(written)
