"""What is stored encrypted, tried with the keys of the settings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, select

from service.secrecy import Sealer
from sync.store.tables import account, entry

_SAMPLE = 1000


def unopened(connection: Connection, sealer: Sealer) -> int:
    """How many accounts in use have a secret that none of the keys opens."""
    statement = select(account.c.id, account.c.secret_enc).where(
        account.c.removed_at.is_(None), account.c.secret_enc.is_not(None)
    )
    return _closed(sealer, connection.execute(statement))


def unopened_events(connection: Connection, sealer: Sealer) -> int:
    """How many of the events stored first have a text that none of the keys opens; a thousand are tried at most."""
    statement = (
        select(entry.c.id, entry.c.agreed_enc)
        .where(entry.c.agreed_enc.is_not(None))
        .order_by(entry.c.created_at)
        .limit(_SAMPLE)
    )
    return _closed(sealer, connection.execute(statement))


def _closed(sealer: Sealer, rows: Iterable[Row[Any]]) -> int:
    return sum(not _opens(sealer, row[0], row[1]) for row in map(tuple, rows))


def _opens(sealer: Sealer, row: str, secret: bytes) -> bool:
    try:
        sealer.unseal(secret, row=row)
    except ValueError:
        return False
    return True
