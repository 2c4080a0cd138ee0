"""Requests without a time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from booking.privacy import Acceptance
from booking.store import privacy_texts
from booking.store.tables import wish
from sync.model.identity import new_id


def add(
    connection: Connection,
    *,
    practice_id: str,
    provider_id: str,
    text: str,
    name: str,
    email: str,
    phone: str,
    client_id: str | None,
    accepted: Acceptance | None,
    now: datetime,
) -> str:
    """The id of the stored wish."""
    wish_id = new_id()
    connection.execute(
        insert(wish).values(
            id=wish_id,
            practice_id=practice_id,
            provider_id=provider_id,
            text=text,
            client_name=name,
            client_email=email,
            client_phone=phone,
            client_id=client_id,
            created_at=now,
            **privacy_texts.columns(accepted),
        )
    )
    return wish_id


def find(connection: Connection, wish_id: str) -> Row[Any] | None:
    return connection.execute(select(wish).where(wish.c.id == wish_id)).one_or_none()


def answered(connection: Connection, wish_id: str, *, now: datetime) -> None:
    """Note that it was answered; the first time stays."""
    connection.execute(
        update(wish).where(wish.c.id == wish_id, wish.c.answered_at.is_(None)).values(answered_at=now)
    )
