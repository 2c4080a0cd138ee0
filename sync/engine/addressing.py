"""Whose invitations the events of a calendar were read as: with other addresses of hers, other answers count."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, bindparam, select, update

from sync.engine.context import Pass
from sync.store.entries import forget_etags
from sync.store.tables import account, calendar

_OWN = select(account.c.own_addresses).where(account.c.id == bindparam("account"))
_CALENDAR = select(calendar).where(calendar.c.id == bindparam("calendar"))


def read_as_hers(run: Pass, row: Row[Any]) -> Row[Any]:
    """The calendar ``row``, to be read whole where the owner's addresses are others than when its events were read.

    An event keeps no guest but her, so what one means under another address only the remote can say. What was read
    goes on blocking until it is loaded anew.
    """
    with run.database.read() as connection:
        stated = connection.execute(_OWN, {"account": row.account_id}).scalar_one()
    key = _key(run.view.own_addresses.union(stated))
    if row.read_as == key:
        return row
    values: dict[str, Any] = {"read_as": key}
    with run.database.write() as connection:
        run.prove_lease(connection)
        if row.read_as is not None:
            forget_etags(connection, row.id)
            values["full_due_at"] = run.now
        connection.execute(update(calendar).where(calendar.c.id == row.id).values(**values))
        return connection.execute(_CALENDAR, {"calendar": row.id}).one()


def _key(addresses: Iterable[str]) -> str:
    return hashlib.sha256("|".join(sorted(address.lower() for address in addresses)).encode()).hexdigest()[
        :32
    ]
