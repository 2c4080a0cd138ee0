"""Who did what to what, kept for good. Ids only: no names, no texts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, select

from booking.store.tables import audit
from sync.model.identity import new_id

OVERRIDE = "override"
"""Somebody passed a rule over on purpose: ``after`` is its name."""


def note(
    connection: Connection,
    *,
    practice_id: str,
    at: datetime,
    actor: str,
    action: str,
    about: str,
    before: str | None = None,
    after: str | None = None,
) -> None:
    """``actor`` is an id such as ``user:ID`` or a party; ``about`` such as ``request:ID``."""
    connection.execute(
        insert(audit).values(
            id=new_id(),
            practice_id=practice_id,
            at=at,
            actor=actor,
            action=action,
            object=about,
            before=before,
            after=after,
        )
    )


def passed_over(connection: Connection, *, about: str) -> list[str]:
    """The rules that staff passed over on purpose for it, each once, in the order it was done."""
    rows = connection.execute(
        select(audit.c.after)
        .where(audit.c.object == about, audit.c.action == OVERRIDE, audit.c.after.is_not(None))
        .order_by(audit.c.at, audit.c.id)
    )
    return list(dict.fromkeys(rows.scalars()))
