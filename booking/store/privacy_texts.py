"""Every privacy text that somebody accepted, word for word."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from booking.privacy import print_of
from booking.store.once import insert_once
from booking.store.tables import privacy_text


def keep(connection: Connection, practice_id: str, text: str, *, now: datetime) -> None:
    """Keeps a text under its print, once; an empty one is none."""
    if text:
        values = {"practice_id": practice_id, "print": print_of(text), "text": text, "shown_at": now}
        insert_once(connection, privacy_text, values)
