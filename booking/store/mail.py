"""Mail to be sent: written in the transaction of what it tells, each once by its key."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from booking.store.once import insert_once
from booking.store.tables import mail
from sync.model.identity import new_id


def queue(
    connection: Connection,
    *,
    practice_id: str,
    dedupe: str,
    kind: str,
    audience: str,
    recipient: str,
    facts: Mapping[str, Any],
    request_id: str | None,
    now: datetime,
) -> bool:
    """False if the mail with this ``dedupe`` key was queued before. ``facts`` are JSON values, frozen here."""
    return insert_once(
        connection,
        mail,
        {
            "id": new_id(),
            "practice_id": practice_id,
            "dedupe": dedupe,
            "kind": kind,
            "audience": audience,
            "request_id": request_id,
            "recipient": recipient,
            "facts": dict(facts),
            "created_at": now,
            "due_at": now,
            "attempts": 0,
        },
    )
