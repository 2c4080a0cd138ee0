"""The ways besides mail that a practice has set up. Their addresses are sealed: only the program opens them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from booking.store.tables import notice_channel


@dataclass(frozen=True, slots=True)
class KnownChannel:
    """``audience``: client or provider. ``names``: its texts may name the client."""

    id: str
    practice_id: str
    name: str
    address_enc: bytes
    audience: str
    kinds: tuple[str, ...]
    names: bool
    active: bool


def of_practice(connection: Connection, practice_id: str) -> list[KnownChannel]:
    """All of them, in the order they were made."""
    rows = connection.execute(
        select(notice_channel)
        .where(notice_channel.c.practice_id == practice_id)
        .order_by(notice_channel.c.created_at, notice_channel.c.id)
    )
    return [
        KnownChannel(
            row["id"], row["practice_id"], row["name"], row["address_enc"], row["audience"], tuple(row["kinds"]),
            row["names"], row["active"],
        )
        for row in rows.mappings()
    ]  # fmt: skip


def for_notice(connection: Connection, practice_id: str, *, kind: str, audience: str) -> list[KnownChannel]:
    """Those in use that a notice of this kind goes by."""
    return [
        each
        for each in of_practice(connection, practice_id)
        if each.active and each.audience == audience and kind in each.kinds
    ]


def add(
    connection: Connection,
    *,
    id: str,
    practice_id: str,
    name: str,
    address_enc: bytes,
    audience: str,
    kinds: Sequence[str],
    names: bool,
    now: datetime,
) -> None:
    connection.execute(
        insert(notice_channel).values(
            id=id,
            practice_id=practice_id,
            name=name,
            address_enc=address_enc,
            audience=audience,
            kinds=list(kinds),
            names=names,
            active=True,
            created_at=now,
        )
    )


def switch(connection: Connection, practice_id: str, id: str, *, on: bool) -> bool:
    """False if there is no such channel."""
    done = connection.execute(
        update(notice_channel)
        .where(notice_channel.c.practice_id == practice_id, notice_channel.c.id == id)
        .values(active=on)
    )
    return done.rowcount == 1


def remove(connection: Connection, practice_id: str, id: str) -> bool:
    """False if there is no such channel. What waits to go by it is not sent any more."""
    done = connection.execute(
        delete(notice_channel).where(notice_channel.c.practice_id == practice_id, notice_channel.c.id == id)
    )
    return done.rowcount == 1
