"""Codes that were asked for, for every address alike, whether anybody is known by it or not."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from booking.recognition import LIFE, MOST_ATTEMPTS
from booking.store.tables import identity_code


def open_count(connection: Connection, *, practice_id: str, email_key: str, now: datetime) -> int:
    """Codes of the address that have not run out, whatever became of them."""
    return connection.execute(
        select(func.count()).where(
            identity_code.c.practice_id == practice_id,
            identity_code.c.email_key == email_key,
            identity_code.c.expires_at > now,
        )
    ).scalar_one()


def add(connection: Connection, *, id: str, practice_id: str, email_key: str, now: datetime) -> None:
    """Adds one, and forgets those that have run out."""
    connection.execute(
        delete(identity_code).where(
            identity_code.c.practice_id == practice_id, identity_code.c.expires_at <= now
        )
    )
    connection.execute(
        insert(identity_code).values(
            id=id,
            practice_id=practice_id,
            email_key=email_key,
            created_at=now,
            expires_at=now + LIFE,
            attempts=0,
        )
    )


def try_all(connection: Connection, *, practice_id: str, email_key: str, now: datetime) -> list[str]:
    """The ids of the codes that this attempt may match, each of which has one attempt less from now on."""
    usable = (
        identity_code.c.practice_id == practice_id,
        identity_code.c.email_key == email_key,
        identity_code.c.expires_at > now,
        identity_code.c.used_at.is_(None),
        identity_code.c.attempts < MOST_ATTEMPTS,
    )
    found = connection.execute(
        update(identity_code)
        .where(*usable)
        .values(attempts=identity_code.c.attempts + 1)
        .returning(identity_code.c.id)
    )
    return list(found.scalars())


def use(connection: Connection, id: str, *, now: datetime) -> None:
    connection.execute(update(identity_code).where(identity_code.c.id == id).values(used_at=now))
