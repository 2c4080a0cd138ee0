"""Texts that a backend wants back: the rest of a series of which the remote names the changed parts only."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select

from sync.store.entries import live
from sync.store.ports import Cipher
from sync.store.tables import entry


def kept_texts(
    connection: Connection, cipher: Cipher, calendar_id: str, hrefs: Collection[str]
) -> dict[str, bytes]:
    """href -> the backend's own text, of those live entries for which one is kept."""
    wanted = list(hrefs)
    found: dict[str, bytes] = {}
    for start in range(0, len(wanted), 500):
        statement = select(entry.c.id, entry.c.href, entry.c.raw_enc).where(
            live(calendar_id), entry.c.href.in_(wanted[start : start + 500]), entry.c.raw_enc.is_not(None)
        )
        found |= {row.href: cipher.unseal(row.raw_enc, row=row.id) for row in connection.execute(statement)}
    return found
