"""One visit to Google's consent page: bound to the session it began in, good once and for ten minutes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, insert

from service.connect.tables import attempt
from service.secrecy import TokenMaker

LASTS: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What the visit is for. ``account_id`` is the account to connect again, None for another one."""

    practice_id: str
    provider_id: str
    account_id: str | None


def begin(connection: Connection, tokens: TokenMaker, what: Attempt, *, session: str, now: datetime) -> str:
    """The state (256 bits) that goes to Google and comes back."""
    connection.execute(delete(attempt).where(attempt.c.expires_at <= now))
    state = secrets.token_urlsafe(32)
    connection.execute(
        insert(attempt).values(
            state_hash=tokens.hash(state),
            session_hash=tokens.hash(session),
            practice_id=what.practice_id,
            provider_id=what.provider_id,
            account_id=what.account_id,
            expires_at=now + LASTS,
        )
    )
    return state


def take(
    connection: Connection, tokens: TokenMaker, state: str, *, session: str, now: datetime
) -> Attempt | None:
    """What the visit was for, once; None for a state that is unknown, used, too old or of another session."""
    row = connection.execute(
        delete(attempt)
        .where(
            attempt.c.state_hash == tokens.hash(state),
            attempt.c.session_hash == tokens.hash(session),
            attempt.c.expires_at > now,
        )
        .returning(attempt.c.practice_id, attempt.c.provider_id, attempt.c.account_id)
    ).one_or_none()
    return None if row is None else Attempt(*row)


def verifier_of(tokens: TokenMaker, state: str) -> str:
    """The PKCE verifier (RFC 7636 4.1) of a visit: 64 characters that only this program can derive."""
    return tokens.derive("pkce-1", state) + tokens.derive("pkce-2", state)
