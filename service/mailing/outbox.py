"""The mail outbox drained: each row becomes one mail. Taken, sent outside any transaction, then marked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, func, or_, select, update

from booking.mail_limits import WINDOW, Verdict, allowed
from booking.store import channels
from booking.store import mail as rows
from booking.store.tables import mail
from service.channels.ways import WayFailed, WayRefused, open_way
from service.logs import get_logger
from service.mailing.composing import compose, compose_short
from service.mailing.transport import MailDelayed, MailRefused, send
from service.mailing.truth import Truth, truth_of
from sync.failpoints import failpoint
from sync.http import AddressPolicy

if TYPE_CHECKING:
    from service.runtime import Runtime

log = get_logger(__name__)

_LEASE = timedelta(minutes=5)
_FIRST_DELAY = timedelta(seconds=10)
_LONGEST_DELAY = timedelta(minutes=15)
_MOST_ATTEMPTS = 12
_AFTER = timedelta(seconds=1)
"""How long after the one before it a mail about the same request leaves, where that one had to wait."""
_GUARDED = ("client", "provider")
"""Audiences whose mail stops once it has come back. Links to sign in and alarms go out whatever happened before."""


@dataclass(frozen=True, slots=True)
class _Ready:
    id: str
    practice_id: str
    audience: str
    recipient: str
    attempts: int
    deliver: Callable[[], str]
    """Hands it over and returns by what: smtp, apprise, or kept. Raises what its way raises."""


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
            stopped = _stopped(connection, row, now)
            if stopped is not None:
                _note(connection, row.id, **stopped)
                continue
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


def _stopped(connection: Connection, row: Row[Any], now: datetime) -> dict[str, Any] | None:
    """What to note of a row that is not sent now: never, with the reason, or later. None: it is sent."""
    truth = truth_of(connection, row, now=now)
    dropped = _dropped(connection, row, truth, now)
    if dropped is not None:
        return {"due_at": None, "dropped": dropped}
    if isinstance(truth, datetime):
        return {"due_at": truth, "attempts": row.attempts - 1}
    earlier = _earlier(connection, row)
    if earlier is not None:
        return {"due_at": max(earlier, now) + _AFTER, "attempts": row.attempts - 1}
    if row.audience != "client":
        return None
    sent = rows.sent_lately(connection, row.recipient_key, within=WINDOW, now=now)
    found = allowed(row.kind, sent, now=now)
    if found.verdict is Verdict.NEVER:
        return {"due_at": None, "dropped": "limited"}
    return {"due_at": found.at} if found.verdict is Verdict.LATER else None


def _dropped(connection: Connection, row: Row[Any], truth: Truth | datetime, now: datetime) -> str | None:
    """Why a row is never sent, whatever was sent before."""
    if row.useless_at is not None and now >= row.useless_at:
        return "over"
    if row.channel_id is not None and not _in_use(connection, row):
        return "off"
    if truth is Truth.UNTRUE:
        return "untrue"
    returned = row.audience in _GUARDED and rows.is_returned(
        connection, practice_id=row.practice_id, recipient_key=row.recipient_key
    )
    return "returned" if returned else None


def _earlier(connection: Connection, row: Row[Any]) -> datetime | None:
    """When the recipient is to get the mail about this request that comes before: what is told last must be true."""
    if row.request_id is None or row.channel_id is not None:
        return None
    found: datetime | None = connection.execute(
        select(func.max(mail.c.due_at)).where(
            mail.c.request_id == row.request_id,
            mail.c.recipient_key == row.recipient_key,
            mail.c.channel_id.is_(None),
            mail.c.due_at.is_not(None),
            mail.c.created_at < row.created_at,
        )
    ).scalar()
    return found


def _in_use(connection: Connection, row: Row[Any]) -> bool:
    found = channels.of_practice(connection, row.practice_id)
    return any(each.id == row.channel_id and each.active for each in found)


def _compose(connection: Connection, runtime: Runtime, row: Row[Any], now: datetime) -> _Ready | None:
    try:
        deliver = (
            _by_channel(connection, runtime, row)
            if row.channel_id
            else _by_mail(connection, runtime, row, now)
        )
    except ValueError as error:
        log.error("a mail cannot be written", mail_id=row.id, kind=row.kind, error=error)
        _note(connection, row.id, due_at=None, error="it cannot be written: the address or its kind is wrong")
        return None
    return _Ready(row.id, row.practice_id, row.audience, row.recipient, row.attempts, deliver)


def _by_mail(connection: Connection, runtime: Runtime, row: Row[Any], now: datetime) -> Callable[[], str]:
    message = compose(connection, runtime, row, now)
    smtp = runtime.settings.smtp_url

    def deliver() -> str:
        if smtp is None:
            return "kept"
        send(smtp.get_secret_value(), message)
        return "smtp"

    return deliver


def _by_channel(connection: Connection, runtime: Runtime, row: Row[Any]) -> Callable[[], str]:
    known = next(
        each for each in channels.of_practice(connection, row.practice_id) if each.id == row.channel_id
    )
    title, text = compose_short(connection, runtime, row)
    address = runtime.sealer.unseal(known.address_enc, row=known.id).decode()
    policy = AddressPolicy(allow_private=runtime.settings.allow_private_hosts)

    def deliver() -> str:
        open_way(address, policy, phone=row.recipient if row.audience == "client" else "").send(title, text)
        return "apprise"

    return deliver


def _send(runtime: Runtime, ready: _Ready, now: datetime) -> bool:
    values: dict[str, Any]
    returned: MailRefused | None = None
    try:
        failpoint("mail.before_send")
        sent_by = ready.deliver()
        failpoint("mail.before_note")
        values = {
            "sent_at": now,
            "sent_by": sent_by,
            "due_at": None,
            "error": None,
        }
    except MailRefused as error:
        values = {"due_at": None, "error": str(error)}
        returned = error if error.address and ready.audience in _GUARDED else None
    except WayRefused as error:
        values = {"due_at": None, "error": str(error)}
    except WayFailed as error:
        # Ways say yes or no only: what fails for hours fails for good.
        delay = _LONGEST_DELAY if ready.attempts < _MOST_ATTEMPTS else None
        values = {"due_at": None if delay is None else now + delay, "error": str(error)}
    except MailDelayed as error:
        delay = min(_LONGEST_DELAY, _FIRST_DELAY * (1 << min(ready.attempts, 8)))
        values = {"due_at": now + delay, "error": str(error)}
    with runtime.database.write() as connection:
        _note(connection, ready.id, **values)
        if returned is not None:
            rows.note_returned(
                connection,
                practice_id=ready.practice_id,
                address=ready.recipient,
                code=str(returned.code),
                now=now,
            )
    if values["error"] is not None:
        log.warning("mail not sent", mail_id=ready.id, reason="delayed" if values["due_at"] else "refused")
    return values["error"] is None


def _note(connection: Connection, mail_id: str, **values: Any) -> None:
    connection.execute(update(mail).where(mail.c.id == mail_id).values(taken_until=None, **values))
