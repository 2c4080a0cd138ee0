"""Accounts whose access has ended: the provider and those who watch are told once, and once when it is well again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, or_, select, update

from booking.ladder import N_
from booking.plain.rules import rules_from_plain
from booking.rules import effective
from booking.store import mail
from booking.store.tables import practice, provider, user
from service.alerts import TOLD
from sync.store.tables import account

LOST, WELL = "account_lost", "account_well"
# A password that was refused once may be the server's own trouble; Google's word is final.
_SURE = or_(account.c.stopped, account.c.failures > 1)
# "Testing" ends access seven days after it was given; a day more for when it is noticed.
_TESTING = timedelta(days=8)
_TESTING_HINT = N_(
    "Google ends access after seven days while the project's consent screen is in Testing: "
    "an operator sets it to In production."
)


def tell_of_lost_accounts(connection: Connection, *, now: datetime) -> int:
    """Queue the mails that accounts call for; how many accounts that were."""
    lost = and_(account.c.state == "needs_reauth", account.c.alerted_at.is_(None), _SURE)
    well = and_(account.c.state == "ok", account.c.alerted_at.is_not(None))
    rows = _accounts(connection, lost, well)
    for row in rows:
        is_lost = row.alerted_at is None
        _tell(connection, row, kind=LOST if is_lost else WELL, now=now)
        connection.execute(
            update(account).where(account.c.id == row.id).values(alerted_at=now if is_lost else None)
        )
    return len(rows)


def hint_of(row: Row[Any]) -> str:
    """What an operator should know of an account that ``needs_reauth``, beyond its own text; mostly nothing."""
    if row.kind != "google" or row.connected_at is None or not row.stopped or row.state_since is None:
        return ""
    return _TESTING_HINT if row.state_since - row.connected_at <= _TESTING else ""


def _accounts(connection: Connection, *conditions: Any) -> list[Row[Any]]:
    statement = (
        select(
            account,
            provider.c.name.label("provider"),
            provider.c.email.label("provider_email"),
            provider.c.rules,
            practice.c.rules.label("practice_rules"),
        )
        .join(provider, provider.c.id == account.c.provider_id)
        .join(practice, practice.c.id == account.c.practice_id)
        .where(account.c.removed_at.is_(None), provider.c.active, or_(*conditions))
        .order_by(account.c.id)
    )
    return list(connection.execute(statement))


def _tell(connection: Connection, row: Row[Any], *, kind: str, now: datetime) -> None:
    rules = effective(rules_from_plain(row.practice_rules), rules_from_plain(row.rules))
    closes = (row.state_since or now) + rules.closed_after
    for audience, recipient in _readers(connection, row):
        hint = hint_of(row) if audience == "ops" else ""
        mail.queue(
            connection,
            practice_id=row.practice_id,
            dedupe=f"{kind}:{row.id}:{audience}:{recipient}:{now.isoformat()}",
            kind=kind,
            audience=audience,
            recipient=recipient,
            facts={
                "provider_id": row.provider_id,
                "text": row.text,
                "hint": hint,
                "expires_at": closes.isoformat(),
            },
            request_id=None,
            now=now,
        )


def _readers(connection: Connection, row: Row[Any]) -> Iterator[tuple[str, str]]:
    """The provider, and every owner and ops user who is somebody else."""
    yield "provider", row.provider_email
    users = select(user.c.email).where(user.c.practice_id == row.practice_id, user.c.role.in_(TOLD))
    told = {row.provider_email.casefold()}
    for email in connection.execute(users).scalars():
        if email.casefold() not in told:
            told.add(email.casefold())
            yield "ops", email
