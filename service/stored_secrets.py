"""The accounts' stored secrets against the keys of the settings."""

from __future__ import annotations

from sqlalchemy import Connection, select

from service.secrecy import Sealer
from sync.store.tables import account


def unopened(connection: Connection, sealer: Sealer) -> int:
    """How many accounts in use have a secret that none of the keys opens."""
    statement = select(account.c.secret_enc).where(
        account.c.removed_at.is_(None), account.c.secret_enc.is_not(None)
    )
    return sum(not _opens(sealer, secret) for secret in connection.execute(statement).scalars())


def _opens(sealer: Sealer, secret: bytes) -> bool:
    try:
        sealer.decrypt(secret)
    except ValueError:
        return False
    return True
