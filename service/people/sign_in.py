"""One-time sign-in links. Looking at one changes nothing; using it starts a session, once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from booking.clients import email_key
from booking.store.tables import mail, practice, user
from service.people.refusals import AmbiguousUser, SignInRefused
from service.people.tables import login_link
from service.secrecy import TokenMaker
from sync.model.identity import new_id

BY_HAND: Final = timedelta(hours=24)
"""How long a link printed for an operator lasts."""
BY_MAIL: Final = timedelta(minutes=30)
MAIL_KIND: Final = "sign_in"
_PURPOSE: Final = "login"
# At most this many links lie in a mailbox unused, however often somebody types the address.
_OPEN_LINKS: Final = 3


def create_login_link(
    connection: Connection,
    tokens: TokenMaker,
    email: str,
    *,
    base_url: str,
    practice_slug: str | None = None,
    now: datetime,
) -> str:
    """The URL of a new link that lasts 24 hours.

    Raises ``SignInRefused`` if nobody signs in with this address, ``AmbiguousUser`` if it is known to several
    practices and none is named.
    """
    query = (
        select(user.c.id, practice.c.slug)
        .join(practice, practice.c.id == user.c.practice_id)
        .where(user.c.email_key == email_key(email))
        .order_by(practice.c.slug)
    )
    if practice_slug is not None:
        query = query.where(practice.c.slug == practice_slug)
    found = connection.execute(query).all()
    if not found:
        where = f" in {practice_slug}" if practice_slug else ""
        raise SignInRefused(f"nobody signs in with {email}{where}; see [[users]] in the practice file")
    if len(found) > 1:
        raise AmbiguousUser(f"{email} signs in to {', '.join(row.slug for row in found)}: say which practice")
    subject = _make(connection, tokens, found[0].id, lasts=BY_HAND, now=now)
    return login_url(tokens, subject, base_url=base_url)


def mail_login_links(connection: Connection, tokens: TokenMaker, email: str, *, now: datetime) -> int:
    """Puts one mail with a link into the outbox for each practice where the address is known; returns how many.

    The mail holds the link's subject, not its token: the sender derives it with ``login_url``.
    """
    users = connection.execute(
        select(user.c.id, user.c.practice_id, user.c.email).where(user.c.email_key == email_key(email))
    ).all()
    sent = 0
    for row in users:
        if _open_links(connection, row.id, now=now) >= _OPEN_LINKS:
            continue
        subject = _make(connection, tokens, row.id, lasts=BY_MAIL, now=now)
        connection.execute(
            insert(mail).values(
                id=new_id(),
                practice_id=row.practice_id,
                dedupe=f"{MAIL_KIND}:{subject}",
                kind=MAIL_KIND,
                audience="staff",
                recipient=row.email,
                facts={"link": subject, "expires_at": (now + BY_MAIL).isoformat()},
                created_at=now,
                due_at=now,
                useless_at=now + BY_MAIL,
            )
        )
        sent += 1
    return sent


def login_url(tokens: TokenMaker, subject: str, *, base_url: str) -> str:
    return f"{base_url}/login/{tokens.derive(_PURPOSE, subject)}"


def is_open(connection: Connection, tokens: TokenMaker, token: str, *, now: datetime) -> bool:
    """True if the link could be used now; asking changes nothing."""
    found = connection.execute(
        select(login_link.c.token_hash).where(*_usable(tokens, token, now))
    ).one_or_none()
    return found is not None


def use_link(connection: Connection, tokens: TokenMaker, token: str, *, now: datetime) -> str | None:
    """The id of the user whom the link signs in, the first time; afterwards, or for any other token, None."""
    used = connection.execute(update(login_link).where(*_usable(tokens, token, now)).values(used_at=now))
    if used.rowcount != 1:
        return None
    found: str | None = connection.execute(
        select(user.c.id)
        .join(login_link, login_link.c.user_id == user.c.id)
        .where(login_link.c.token_hash == tokens.hash(token))
    ).scalar_one_or_none()
    return found


def _make(
    connection: Connection, tokens: TokenMaker, user_id: str, *, lasts: timedelta, now: datetime
) -> str:
    connection.execute(
        delete(login_link).where(login_link.c.user_id == user_id, login_link.c.expires_at <= now)
    )
    subject = new_id()
    connection.execute(
        insert(login_link).values(
            token_hash=tokens.hash(tokens.derive(_PURPOSE, subject)),
            practice_id=select(user.c.practice_id).where(user.c.id == user_id).scalar_subquery(),
            user_id=user_id,
            created_at=now,
            expires_at=now + lasts,
        )
    )
    return subject


def _open_links(connection: Connection, user_id: str, *, now: datetime) -> int:
    return connection.execute(
        select(func.count()).where(
            login_link.c.user_id == user_id,
            login_link.c.used_at.is_(None),
            login_link.c.expires_at > now,
            login_link.c.expires_at <= now + BY_MAIL,
        )
    ).scalar_one()


def _usable(tokens: TokenMaker, token: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        login_link.c.token_hash == tokens.hash(token),
        login_link.c.used_at.is_(None),
        login_link.c.expires_at > now,
    )
