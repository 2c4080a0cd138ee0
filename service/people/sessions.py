"""Who is signed in with a browser: it holds a secret, the server keeps the session under the secret's hash."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, insert, select

from booking.roles import Actor, Role
from booking.store.tables import user
from service.people.tables import session
from service.secrecy import TokenMaker

LASTS: Final = timedelta(hours=12)
IDLE: Final = {Role.OPS: timedelta(minutes=30)}
"""How long a session lasts without a request, where that is shorter than ``LASTS``."""
_SEEN: Final = "session-seen"


@dataclass(frozen=True, slots=True)
class Presence:
    """What the cookie says: the session's secret, and when it was last used (to the second).

    The last use travels with the cookie, signed, so that looking at a page writes nothing.
    """

    secret: str
    seen_at: datetime

    def text(self, tokens: TokenMaker) -> str:
        seen = int(self.seen_at.timestamp())
        return f"{self.secret}.{seen}.{_proof(tokens, self.secret, seen)}"

    @classmethod
    def read(cls, tokens: TokenMaker, text: str | None) -> Presence | None:
        """None for a text that we did not make."""
        secret, seen, proof = [*(text or "").split("."), "", "", ""][:3]
        if not (seen.isascii() and seen.isdigit() and len(seen) <= 11):
            return None
        if not hmac.compare_digest(_proof(tokens, secret, int(seen)).encode(), proof.encode()):
            return None
        return cls(secret, datetime.fromtimestamp(int(seen), UTC))


def begin(connection: Connection, tokens: TokenMaker, user_id: str, *, now: datetime) -> Presence:
    """A new session of a user, with a new secret; sessions that are over go on the way."""
    connection.execute(delete(session).where(session.c.expires_at <= now))
    secret = tokens.fresh()
    connection.execute(
        insert(session).values(
            token_hash=tokens.hash(secret),
            practice_id=select(user.c.practice_id).where(user.c.id == user_id).scalar_subquery(),
            user_id=user_id,
            created_at=now,
            expires_at=now + LASTS,
        )
    )
    return Presence(secret, now)


def actor_of(
    connection: Connection, tokens: TokenMaker, presence: Presence, *, now: datetime
) -> Actor | None:
    """Who the session speaks for, as the user's role is now; None if it is over, idle for too long, or ended."""
    found = connection.execute(
        select(user.c.id, user.c.role, user.c.practice_id, user.c.provider_id)
        .join(session, session.c.user_id == user.c.id)
        .where(session.c.token_hash == tokens.hash(presence.secret), session.c.expires_at > now)
    ).one_or_none()
    if found is None:
        return None
    role = Role(found.role)
    if presence.seen_at + IDLE.get(role, LASTS) <= now:
        return None
    return Actor(
        role=role, practice_id=found.practice_id, id=f"user:{found.id}", provider_id=found.provider_id
    )


def end(connection: Connection, tokens: TokenMaker, secret: str) -> None:
    connection.execute(delete(session).where(session.c.token_hash == tokens.hash(secret)))


def _proof(tokens: TokenMaker, secret: str, seen: int) -> str:
    return tokens.derive(_SEEN, f"{secret}.{seen}")
