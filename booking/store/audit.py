"""Who did what to what, kept for good. Ids only: no names, no texts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert

from booking.store.tables import audit
from sync.model.identity import new_id


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
