"""Every privacy text that somebody accepted, word for word."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row

from booking.privacy import Acceptance
from booking.store.once import insert_once
from booking.store.tables import privacy_text


def keep(connection: Connection, practice_id: str, accepted: Acceptance | None) -> None:
    """Keeps a text that was accepted under its print, once."""
    if accepted is not None and accepted.text:
        values = {
            "practice_id": practice_id,
            "print": accepted.print,
            "text": accepted.text,
            "shown_at": accepted.at,
        }
        insert_once(connection, privacy_text, values)


def columns(accepted: Acceptance | None) -> dict[str, Any]:
    """An acceptance as the columns of whatever was sent with it."""
    return {
        "privacy_print": None if accepted is None else accepted.print,
        "privacy_accepted_at": None if accepted is None else accepted.at,
    }


def accepted_with(row: Row[Any]) -> Acceptance | None:
    """The acceptance that a row was stored with."""
    return None if row.privacy_print is None else Acceptance(row.privacy_print, row.privacy_accepted_at)
