"""Mail to be sent: written in the transaction of what it tells, each once by its key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, select

from booking.client_event import Method
from booking.clients import email_key
from booking.store.once import insert_once
from booking.store.tables import mail, returned_mail
from sync.model.identity import new_id


def queue(
    connection: Connection,
    *,
    practice_id: str,
    dedupe: str,
    kind: str,
    audience: str,
    recipient: str,
    facts: Mapping[str, Any],
    request_id: str | None,
    now: datetime,
    method: Method | None = None,
    sequence: int | None = None,
    useless_at: datetime | None = None,
    channel_id: str | None = None,
    dropped: str | None = None,
) -> bool:
    """False if the mail with this ``dedupe`` key was queued before. ``facts`` are JSON values, frozen here.

    ``method`` and ``sequence`` are what it does to the recipient's calendar. From ``useless_at`` on it is not sent.
    What is ``dropped`` is never sent, and only says why.
    With a ``channel_id`` the recipient is whatever the channel calls so.
    """
    return insert_once(
        connection,
        mail,
        {
            "id": new_id(),
            "practice_id": practice_id,
            "dedupe": dedupe,
            "kind": kind,
            "audience": audience,
            "request_id": request_id,
            "recipient": recipient,
            "recipient_key": email_key(recipient),
            "channel_id": channel_id,
            "method": None if method is None else method.value,
            "sequence": sequence,
            "useless_at": useless_at,
            "facts": dict(facts),
            "created_at": now,
            "due_at": now if dropped is None else None,
            "dropped": dropped,
            "attempts": 0,
        },
    )


def last_method(
    connection: Connection, *, request_id: str, kin: Sequence[str] = (), recipient: str
) -> Method | None:
    """What the last mail about a request did to this recipient's calendar; None: none did anything.

    ``kin`` are requests whose mails may have told of this one too.
    """
    rows = connection.execute(
        select(mail.c.request_id, mail.c.method, mail.c.facts)
        .where(
            mail.c.request_id.in_([request_id, *kin]),
            mail.c.recipient_key == email_key(recipient),
            mail.c.method.is_not(None),
        )
        .order_by(mail.c.created_at.desc(), mail.c.sequence.desc())
    )
    for row in rows:
        told = (row.request_id, *(each["id"] for each in row.facts.get("dates", ())))
        if request_id in told:
            return Method(row.method)
    return None


def sent_lately(
    connection: Connection, recipient_key: str, *, within: timedelta, now: datetime
) -> list[tuple[datetime, str]]:
    """Instants and kinds of the mails to clients that this address got within a while, from any practice."""
    rows = connection.execute(
        select(mail.c.sent_at, mail.c.kind).where(
            mail.c.recipient_key == recipient_key,
            mail.c.audience == "client",
            mail.c.created_at > now - 2 * within,
            mail.c.sent_at > now - within,
        )
    )
    return [(row.sent_at, row.kind) for row in rows]


def note_returned(
    connection: Connection, *, practice_id: str, address: str, code: str, now: datetime
) -> bool:
    """Mail to this address came back: nothing more goes there. False if that was known."""
    return insert_once(
        connection,
        returned_mail,
        {
            "practice_id": practice_id,
            "email_key": email_key(address),
            "address": address,
            "code": code[:20],
            "returned_at": now,
        },
    )


def is_returned(connection: Connection, *, practice_id: str, recipient_key: str) -> bool:
    found = select(returned_mail.c.code).where(
        returned_mail.c.practice_id == practice_id, returned_mail.c.email_key == recipient_key
    )
    return connection.execute(found).first() is not None


def returned(connection: Connection, practice_id: str) -> dict[str, tuple[str, str, datetime]]:
    """The addresses whose mail came back, by their key: as it was written to, the server's code, and when."""
    rows = connection.execute(
        select(returned_mail)
        .where(returned_mail.c.practice_id == practice_id)
        .order_by(returned_mail.c.returned_at.desc(), returned_mail.c.email_key)
    )
    return {row.email_key: (row.address, row.code, row.returned_at) for row in rows}


def forget_returned(connection: Connection, *, practice_id: str, email_key: str) -> bool:
    """Mail is tried again from now on; what was held back meanwhile is not sent. False if there was nothing to do."""
    done = connection.execute(
        delete(returned_mail).where(
            returned_mail.c.practice_id == practice_id, returned_mail.c.email_key == email_key
        )
    )
    return done.rowcount > 0
