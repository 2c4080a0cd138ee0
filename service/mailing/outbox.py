"""The mail outbox drained: each row becomes one mail. Taken, sent outside any transaction, then marked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, or_, select, update

from booking.store.tables import mail
from service.logs import get_logger
from service.mailing.facts import facts_of
from service.mailing.language import translator
from service.mailing.letters import LETTERS, letter_of
from service.mailing.message import message_of
from service.mailing.transport import MailDelayed, MailRefused, send
from sync.failpoints import failpoint

if TYPE_CHECKING:
    from service.runtime import Runtime

log = get_logger(__name__)

_LEASE = timedelta(minutes=5)
_FIRST_DELAY = timedelta(seconds=10)
_LONGEST_DELAY = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class _Ready:
    id: str
    attempts: int
    message: EmailMessage


def send_due(runtime: Runtime) -> tuple[int, int]:
    """Send all mail that is due; how many left, and how many failed. Without a mail server it is kept and shown.

    A mail leaves once, but for a crash between the server's yes and our note of it; its Message-ID is then the same.
    """
    sent = failed = 0
    while True:
        now = runtime.now()
        with runtime.database.write() as connection:
            row = _take(connection, now=now)
            if row is None:
                return sent, failed
            ready = _compose(connection, runtime, row, now)
        if ready is None:
            failed += 1
        elif _send(runtime, ready, now):
            sent += 1
        else:
            failed += 1


def _take(connection: Connection, *, now: datetime) -> Row[Any] | None:
    """The oldest due row, held for this worker for a while."""
    free = or_(mail.c.taken_until.is_(None), mail.c.taken_until <= now)
    due = (
        select(mail.c.id).where(mail.c.due_at <= now, free).order_by(mail.c.due_at, mail.c.id).limit(1)
    ).with_for_update(skip_locked=True)
    found = connection.execute(due).scalar()
    if found is None:
        return None
    return connection.execute(
        update(mail)
        .where(mail.c.id == found)
        .values(taken_until=now + _LEASE, attempts=mail.c.attempts + 1)
        .returning(*mail.c)
    ).one()


def compose(connection: Connection, runtime: Runtime, row: Row[Any], now: datetime) -> EmailMessage:
    """The mail a row stands for. Raises ``ValueError`` if it can never be one."""
    if row.kind not in LETTERS:
        raise ValueError(f"no letter is written for notices of kind {row.kind}")
    facts = facts_of(connection, row, base_url=runtime.settings.base_url, tokens=runtime.tokens)
    return message_of(
        letter_of(row.kind, facts, translator(facts.locale)),
        facts=facts,
        sender=runtime.settings.mail_from,
        recipient=row.recipient,
        dedupe=row.id,
        now=now,
    )


def _compose(connection: Connection, runtime: Runtime, row: Row[Any], now: datetime) -> _Ready | None:
    try:
        return _Ready(row.id, row.attempts, compose(connection, runtime, row, now))
    except ValueError as error:
        log.error("a mail cannot be written", mail_id=row.id, kind=row.kind, error=error)
        _note(connection, row.id, due_at=None, error="it cannot be written: the address or its kind is wrong")
        return None


def _send(runtime: Runtime, ready: _Ready, now: datetime) -> bool:
    smtp = runtime.settings.smtp_url
    values: dict[str, Any]
    try:
        failpoint("mail.before_send")
        if smtp is not None:
            send(smtp.get_secret_value(), ready.message)
        failpoint("mail.before_note")
        values = {
            "sent_at": now,
            "sent_by": "kept" if smtp is None else "smtp",
            "due_at": None,
            "error": None,
        }
    except MailRefused as error:
        values = {"due_at": None, "error": str(error)}
    except MailDelayed as error:
        delay = min(_LONGEST_DELAY, _FIRST_DELAY * (1 << min(ready.attempts, 8)))
        values = {"due_at": now + delay, "error": str(error)}
    with runtime.database.write() as connection:
        _note(connection, ready.id, **values)
    if values["error"] is not None:
        log.warning("mail not sent", mail_id=ready.id, reason="delayed" if values["due_at"] else "refused")
    return values["error"] is None


def _note(connection: Connection, mail_id: str, **values: Any) -> None:
    connection.execute(update(mail).where(mail.c.id == mail_id).values(taken_until=None, **values))
