"""Giving access back to Google after a disconnection: tried until Google has heard it, and shown meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Connection, Row, delete, select, update

from service.connect.accounts import is_in_use
from service.connect.oauth import revoke
from service.connect.tables import farewell
from service.connect.troubles import ConnectFailed
from service.database import Database
from service.google_client import GOOGLE_TOKEN_URI, revoke_uri_beside
from service.logs import get_logger
from sync.store.ports import Cipher

log = get_logger(__name__)

_FIRST, _LONGEST = timedelta(minutes=1), timedelta(hours=1)
# A secret is not kept for ever because a server stays away; by then the provider is told how to do it herself.
GIVEN_UP = timedelta(days=30)


class Means(Protocol):
    """What it takes of the runtime."""

    @property
    def database(self) -> Database: ...

    @property
    def sealer(self) -> Cipher: ...

    @property
    def google_token_uri(self) -> str | None: ...

    def now(self) -> datetime: ...


def farewells_are_due(connection: Connection, *, now: datetime) -> bool:
    return (
        connection.execute(select(farewell.c.id).where(farewell.c.due_at <= now).limit(1)).first() is not None
    )


def say_farewells(means: Means, *, first: Callable[[str, str], None] | None = None) -> int:
    """Tell Google of every connection that has ended; returns how many it has heard of.

    ``first`` is given an account's id and its secret before that secret is made useless.
    """
    with means.database.read() as connection:
        rows = connection.execute(select(farewell).where(farewell.c.due_at <= means.now())).all()
    return sum(_say(means, row, first) for row in rows)


def _say(means: Means, row: Row[Any], first: Callable[[str, str], None] | None) -> bool:
    now = means.now()
    try:
        secret = means.sealer.unseal(row.secret_enc, row=row.id).decode()
        if first is not None:
            first(row.account_id, secret)
        document = json.loads(secret)
        with means.database.read() as connection:
            again = is_in_use(connection, row.name)
        if not again:
            revoke(_revoke_uri(document, means.google_token_uri), str(document["refresh_token"]))
    except ConnectFailed as error:
        log.warning("google did not hear of a disconnection", account_id=row.account_id, error=error)
        given_up = now - row.created_at > GIVEN_UP
        with means.database.write() as connection:
            _forget(connection, row) if given_up else _put_off(connection, row, error, now)
        return False
    except (ValueError, KeyError, TypeError):
        pass  # there is nothing in it that could be given back
    with means.database.write() as connection:
        _forget(connection, row)
    return True


def _revoke_uri(document: dict[str, Any], token_uri: str | None) -> str:
    return revoke_uri_beside(token_uri or str(document.get("token_uri") or GOOGLE_TOKEN_URI))


def _forget(connection: Connection, row: Row[Any]) -> None:
    connection.execute(delete(farewell).where(farewell.c.id == row.id))


def _put_off(connection: Connection, row: Row[Any], error: ConnectFailed, now: datetime) -> None:
    wait = min(_LONGEST, _FIRST * (1 << min(row.attempts, 6)))
    connection.execute(
        update(farewell)
        .where(farewell.c.id == row.id)
        .values(attempts=row.attempts + 1, due_at=now + wait, error=error.detail)
    )
