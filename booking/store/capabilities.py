"""Links that open one thing without signing in. Only hashes of their tokens are here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from booking.store.once import insert_once
from booking.store.tables import capability

MANAGE = "manage"
CLIENT_KINDS = ("sign_in", "new_appointment", "invitation")


@dataclass(frozen=True, slots=True)
class Capability:
    """``request_id`` for a request's link, ``client_id`` for one that stands for a client.

    ``email_key`` is whose mailbox it came by, where it was won by a code.
    """

    practice_id: str
    kind: str
    request_id: str | None
    client_id: str | None
    expires_at: datetime
    email_key: str | None = None


def add(
    connection: Connection,
    *,
    token_hash: str,
    practice_id: str,
    kind: str,
    request_id: str | None = None,
    client_id: str | None = None,
    email_key: str | None = None,
    now: datetime,
    expires_at: datetime,
) -> None:
    connection.execute(
        insert(capability).values(
            token_hash=token_hash,
            practice_id=practice_id,
            kind=kind,
            request_id=request_id,
            client_id=client_id,
            email_key=email_key,
            created_at=now,
            expires_at=expires_at,
        )
    )


def find(connection: Connection, *, token_hash: str, now: datetime) -> Capability | None:
    """What a token opens; None if it opens nothing (any more)."""
    row = connection.execute(
        select(capability).where(
            capability.c.token_hash == token_hash,
            capability.c.expires_at > now,
            capability.c.used_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return None
    return Capability(row.practice_id, row.kind, row.request_id, row.client_id, row.expires_at, row.email_key)


def prolong(connection: Connection, *, request_id: str, until: datetime) -> None:
    """The links of a request that was moved live as long as it."""
    connection.execute(
        update(capability)
        .where(capability.c.request_id == request_id, capability.c.expires_at < until)
        .values(expires_at=until)
    )


def is_spent(connection: Connection, *, token_hash: str) -> bool:
    """True if a link that answers once has done so."""
    found = select(capability.c.used_at).where(
        capability.c.token_hash == token_hash, capability.c.used_at.is_not(None)
    )
    return connection.execute(found).first() is not None


def spend(
    connection: Connection,
    *,
    token_hash: str,
    practice_id: str,
    kind: str,
    request_id: str,
    now: datetime,
    expires_at: datetime,
) -> bool:
    """Uses up a link that answers once; False if it was used before."""
    values = {
        "token_hash": token_hash, "practice_id": practice_id, "kind": kind, "request_id": request_id,
        "created_at": now, "used_at": now, "expires_at": expires_at,
    }  # fmt: skip
    return insert_once(connection, capability, values)
