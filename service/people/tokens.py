"""API tokens: shown once, kept as a hash. A token belongs to one practice and has one role."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, insert, select, update

from booking.roles import STAFF, Actor, Role
from booking.store import audit
from booking.store.tables import provider
from service.people.refusals import SignInRefused
from service.people.tables import api_token
from service.secrecy import TokenMaker
from sync.model.identity import new_id

# So that a scanner for leaked secrets knows one of ours when it sees it.
_PREFIX: Final = "fh_"


@dataclass(frozen=True, slots=True)
class TokenView:
    """A token as it may be shown: never the token itself. ``provider`` is a slug."""

    id: str
    name: str
    role: Role
    provider: str | None
    created_at: datetime
    revoked_at: datetime | None


def create_api_token(
    connection: Connection,
    tokens: TokenMaker,
    *,
    practice_id: str,
    role: Role,
    name: str,
    provider_slug: str | None = None,
    actor: str = "cli",
    now: datetime,
) -> str:
    """The new token. Role ``provider`` needs the provider whose rows it sees, the others have none.

    ``actor`` is who makes it, as the audit keeps it. Raises ``SignInRefused`` otherwise, and for an unknown provider.
    """
    if role not in STAFF:
        raise SignInRefused(f"{role.value} is no role of a token: {', '.join(STAFF)}")
    if (role is Role.PROVIDER) != (provider_slug is not None):
        raise SignInRefused("a token of role provider, and no other, names its provider")
    provider_id = None
    if provider_slug is not None:
        provider_id = connection.execute(
            select(provider.c.id).where(
                provider.c.practice_id == practice_id, provider.c.slug == provider_slug
            )
        ).scalar_one_or_none()
        if provider_id is None:
            raise SignInRefused(f"this practice has no provider {provider_slug}")
    token, token_id = _PREFIX + tokens.fresh(), new_id()
    connection.execute(
        insert(api_token).values(
            id=token_id,
            token_hash=tokens.hash(token),
            practice_id=practice_id,
            role=role.value,
            provider_id=provider_id,
            name=name,
            created_at=now,
        )
    )
    _note(connection, practice_id, actor, "create_token", token_id, now)
    return token


def list_api_tokens(connection: Connection, practice_id: str) -> Sequence[TokenView]:
    """All tokens of a practice, revoked ones too, oldest first."""
    rows = connection.execute(
        select(api_token, provider.c.slug.label("provider"))
        .outerjoin(provider, provider.c.id == api_token.c.provider_id)
        .where(api_token.c.practice_id == practice_id)
        .order_by(api_token.c.created_at, api_token.c.id)
    )
    return [
        TokenView(row.id, row.name, Role(row.role), row.provider, row.created_at, row.revoked_at)
        for row in rows
    ]


def revoke_api_token(
    connection: Connection, practice_id: str, token_id: str, *, actor: str = "cli", now: datetime
) -> bool:
    """From now on the token opens nothing; False if the practice has no such token, or it was revoked before."""
    done = connection.execute(
        update(api_token)
        .where(
            api_token.c.id == token_id,
            api_token.c.practice_id == practice_id,
            api_token.c.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )
    if done.rowcount == 1:
        _note(connection, practice_id, actor, "revoke_token", token_id, now)
    return done.rowcount == 1


def actor_of_token(connection: Connection, tokens: TokenMaker, token: str) -> Actor | None:
    """Whom a token speaks for; None for one we never gave, or took back."""
    row = connection.execute(
        select(api_token.c.id, api_token.c.role, api_token.c.practice_id, api_token.c.provider_id).where(
            api_token.c.token_hash == tokens.hash(token), api_token.c.revoked_at.is_(None)
        )
    ).one_or_none()
    if row is None:
        return None
    return Actor(
        role=Role(row.role), practice_id=row.practice_id, id=f"token:{row.id}", provider_id=row.provider_id
    )


def _note(
    connection: Connection, practice_id: str, actor: str, action: str, token_id: str, now: datetime
) -> None:
    audit.note(
        connection, practice_id=practice_id, at=now, actor=actor, action=action, about=f"token:{token_id}"
    )
