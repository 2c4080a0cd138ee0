"""What is stored encrypted, tried with the keys of the settings."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sqlalchemy import Connection, select

from service.secrecy import Sealer
from sync.store.tables import account, entry

_SAMPLE = 1000


def unopened(connection: Connection, sealer: Sealer) -> int:
    """How many accounts in use have a secret that none of the keys opens."""
    statement = select(account.c.secret_enc).where(
        account.c.removed_at.is_(None), account.c.secret_enc.is_not(None)
    )
    return sum(not _opens(sealer.decrypt, secret) for secret in connection.execute(statement).scalars())


def unopened_events(connection: Connection, sealer: Sealer) -> int:
    """How many of the events stored first have a text that none of the keys opens; a thousand are tried at most."""
    statement = (
        select(entry.c.id, entry.c.agreed_enc)
        .where(entry.c.agreed_enc.is_not(None))
        .order_by(entry.c.created_at)
        .limit(_SAMPLE)
    )
    rows = connection.execute(statement).all()
    return sum(not _opens(partial(sealer.unseal, row=row.id), row.agreed_enc) for row in rows)


def _opens(opener: Callable[[bytes], bytes], secret: bytes) -> bool:
    try:
        opener(secret)
    except ValueError:
        return False
    return True
