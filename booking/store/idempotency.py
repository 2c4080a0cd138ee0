"""Answers kept under an Idempotency-Key: written with the request itself, so there is both or neither."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from booking.store.tables import idempotency

KEPT_FOR = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Kept:
    body_hash: str
    answer: bytes


def find(connection: Connection, *, practice_id: str, key: str) -> Kept | None:
    row = connection.execute(
        select(idempotency.c.body_hash, idempotency.c.answer_enc).where(
            idempotency.c.practice_id == practice_id, idempotency.c.key == key
        )
    ).one_or_none()
    return None if row is None else Kept(row.body_hash, row.answer_enc)


def keep(
    connection: Connection, *, practice_id: str, key: str, body_hash: str, answer: bytes, now: datetime
) -> None:
    """Store an answer (encrypted by the caller), and forget those that were kept long enough."""
    connection.execute(delete(idempotency).where(idempotency.c.created_at < now - KEPT_FOR))
    connection.execute(
        insert(idempotency).values(
            practice_id=practice_id, key=key, body_hash=body_hash, answer_enc=answer, created_at=now
        )
    )
