"""Delivery reports (RFC 3464): mail that was taken and came back later. Only what names a mail of ours counts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, Message

from sqlalchemy import Connection, select

from booking.store import mail as rows
from booking.store.tables import mail

_OURS = re.compile(r"<([a-z2-7]{24})@[^<>\s]+>")
_FOR_GOOD = re.compile(r"5\.\d{1,3}\.\d{1,3}")


@dataclass(frozen=True, slots=True)
class Report:
    """One mail that failed for good: the id of its row, and the status the last server gave."""

    mail_id: str
    status: str


def read_report(content: bytes) -> Report | None:
    """None for what is no report of a final failure, or does not name a mail as we name ours."""
    message = message_from_bytes(content, policy=policy.default)
    status = next(_failures(message), None)
    named = _OURS.search(" ".join(_returned_ids(message)))
    return None if status is None or named is None else Report(named[1], status)


def note_report(connection: Connection, report: Report, *, now: datetime) -> bool:
    """Stops further mail to the address the mail was sent to. False if we have sent no such mail."""
    row = connection.execute(
        select(mail.c.practice_id, mail.c.recipient, mail.c.audience).where(
            mail.c.id == report.mail_id, mail.c.sent_at.is_not(None), mail.c.channel_id.is_(None)
        )
    ).one_or_none()
    if row is None or row.audience not in ("client", "provider"):
        return False
    rows.note_returned(
        connection, practice_id=row.practice_id, address=row.recipient, code=report.status, now=now
    )
    return True


def _failures(message: EmailMessage | Message) -> Iterator[str]:
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status" or not part.is_multipart():
            continue
        for fields in part.get_payload():
            if not isinstance(fields, Message):
                continue
            found = _FOR_GOOD.search(str(fields.get("Status", "")))
            if str(fields.get("Action", "")).strip().lower() == "failed" and found:
                yield found[0]


def _returned_ids(message: EmailMessage | Message) -> Iterator[str]:
    """What the returned mail, or its header alone, is called."""
    for part in message.walk():
        if part.get_content_type() == "message/rfc822" and part.is_multipart():
            for inner in part.get_payload():
                if isinstance(inner, Message):
                    yield str(inner.get("Message-ID", ""))
        elif part.get_content_type() == "text/rfc822-headers":
            yield str(part.get_payload())
