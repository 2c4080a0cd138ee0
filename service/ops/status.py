"""How every account and calendar stands, as the document that page, API and command line share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, Row, and_, case, func, or_, select

from booking.store.tables import provider
from sync.store.channels import live_calendars
from sync.store.entries import not_read_whole
from sync.store.tables import account, calendar, entry

Document = dict[str, Any]

_ROLES = ("write", "busy", "ignore")


def account_documents(
    connection: Connection, *, practice_id: str, provider_id: str | None = None, now: datetime
) -> list[Document]:
    """Accounts that are not removed, by provider and name, each with its calendars (write, busy, ignore; then by name).

    Instants are ISO 8601 in UTC, or None. ``next_at``: when something is next tried for the account (None:
    its access has ended). ``events`` counts
    those known at the remote, ``pending_writes`` those of ours not yet there as they should be, parked ones included.
    ``capabilities`` are what the server was seen to do (words, keys in no fixed set), ``reading`` is how a calendar is
    read: ``sync-token``, ``etags`` (listings compared), ``google``, None before the first time. ``progress`` is how far
    a whole reading is. ``push``: whether the server tells of changes now; if not, ``push_text`` says why where that is
    known.
    No title, name or address of a client is in it.
    """
    accounts = _accounts(connection, practice_id, provider_id)
    calendars = _calendars(connection, [row.id for row in accounts])
    ids = [row.id for rows in calendars.values() for row in rows]
    counts, live = _counts(connection, ids), live_calendars(connection, ids, now=now)
    return [
        {
            "id": row.id,
            "provider": row.provider,
            "name": row.name,
            "kind": row.kind,
            "state": row.state,
            "text": row.text,
            "capabilities": row.capabilities,
            "next_at": _iso(_next_at(row, calendars.get(row.id, ()), counts)),
            "calendars": [
                _calendar(found, counts.get(found.id), pushed=found.id in live)
                for found in calendars.get(row.id, ())
            ],
        }
        for row in accounts
    ]


def _accounts(connection: Connection, practice_id: str, provider_id: str | None) -> Sequence[Row[Any]]:
    statement = (
        select(account, provider.c.slug.label("provider"))
        .join(provider, provider.c.id == account.c.provider_id)
        .where(account.c.practice_id == practice_id, account.c.removed_at.is_(None))
        .order_by(provider.c.position, provider.c.slug, account.c.name, account.c.id)
    )
    if provider_id is not None:
        statement = statement.where(account.c.provider_id == provider_id)
    return connection.execute(statement).all()


def _calendars(connection: Connection, account_ids: Sequence[str]) -> dict[str, list[Row[Any]]]:
    role = case(dict(zip(_ROLES, range(len(_ROLES)), strict=True)), value=calendar.c.role)
    statement = (
        select(calendar)
        .where(calendar.c.account_id.in_(account_ids))
        .order_by(role, calendar.c.name, calendar.c.id)
    )
    found: dict[str, list[Row[Any]]] = {}
    for row in connection.execute(statement):
        found.setdefault(row.account_id, []).append(row)
    return found


def _counts(connection: Connection, calendar_ids: Sequence[str]) -> Mapping[str, Row[Any]]:
    def number(condition: Any) -> Any:
        return func.count(case((condition, 1)))

    statement = (
        select(
            entry.c.calendar_id,
            number(entry.c.agreed_print.is_not(None)).label("events"),
            number(or_(entry.c.due_at.is_not(None), entry.c.blocked.is_(True))).label("pending_writes"),
            number(entry.c.held_at.is_not(None)).label("held_deletions"),
            number(not_read_whole()).label("quarantined"),
            func.min(entry.c.due_at).label("write_at"),
        )
        .where(
            and_(
                entry.c.calendar_id.in_(calendar_ids), entry.c.gone_at.is_(None), entry.c.closed_at.is_(None)
            )
        )
        .group_by(entry.c.calendar_id)
    )
    rows: list[Row[Any]] = [*connection.execute(statement)]
    return {row.calendar_id: row for row in rows}


def _calendar(row: Row[Any], counts: Row[Any] | None, *, pushed: bool) -> Document:
    return {
        "id": row.id,
        "name": row.name,
        "path": urlsplit(row.url).path or row.remote_id,
        "role": row.role,
        "state": row.state,
        "checked_at": _iso(row.checked_at),
        "error": row.error,
        "reading": row.cursor_kind,
        "progress": _progress(row),
        "events": 0 if counts is None else counts.events,
        "pending_writes": 0 if counts is None else counts.pending_writes,
        "held_deletions": 0 if counts is None else counts.held_deletions,
        "quarantined": 0 if counts is None else counts.quarantined,
        "push": "on" if pushed else "off",
        "push_text": None if pushed else row.push_text,
    }


def _progress(row: Row[Any]) -> Document | None:
    """How far a whole reading is that is under way or broke off; None at rest. ``total`` None: not known."""
    if row.reading_since is None:
        return None
    return {"since": _iso(row.reading_since), "read": row.reading_named, "total": row.reading_total}


def _next_at(row: Row[Any], calendars: Sequence[Row[Any]], counts: Mapping[str, Row[Any]]) -> datetime | None:
    if row.stopped:
        return None
    due: list[datetime | None] = [row.discover_due_at]
    due += [found.due_at for found in calendars if found.role != "ignore"]
    due += [counts[found.id].write_at for found in calendars if found.id in counts]
    known = [at for at in due if at is not None]
    soonest: datetime | None = min(known, default=row.not_before)
    if soonest is None or row.not_before is None:
        return soonest
    return soonest if soonest > row.not_before else row.not_before  # nothing is tried before that


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
