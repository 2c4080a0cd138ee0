"""Finds what the words of a command mean: a practice, a provider, accounts. What is not clear is wrong use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, select

from booking.store.tables import client, practice, provider
from service.cli.failure import CommandFailed, WrongUse
from sync.store.tables import account, calendar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PracticePlace:
    id: str
    slug: str


@dataclass(frozen=True, slots=True)
class ProviderPlace:
    id: str
    slug: str
    practice: PracticePlace


def practice_of(connection: Connection, slug: str | None, *, provider: str | None = None) -> PracticePlace:
    """The practice named; unnamed, the only one there is, or the only one with this provider."""
    if slug is None and provider is not None:
        return provider_of(connection, provider, None).practice
    rows = connection.execute(select(practice.c.id, practice.c.slug).order_by(practice.c.slug)).all()
    found = [PracticePlace(row.id, row.slug) for row in rows if slug in (None, row.slug)]
    if not rows:
        raise CommandFailed("there is no practice yet; freehold apply FILE.toml makes one")
    if not found:
        raise CommandFailed(
            f"there is no practice {slug!r}; there are: {', '.join(row.slug for row in rows)}"
        )
    return _only(found, "practices", [place.slug for place in found], "say which: --practice SLUG")


def provider_of(connection: Connection, name: str, practice_slug: str | None) -> ProviderPlace:
    """The provider called PROVIDER or PRACTICE/PROVIDER."""
    before, slash, slug = name.rpartition("/")
    if slash and practice_slug not in (None, before):
        raise WrongUse(f"{name} is not in the practice {practice_slug}")
    wanted = before if slash else practice_slug
    statement = (
        select(
            provider.c.id, provider.c.slug, practice.c.id.label("home"), practice.c.slug.label("home_slug")
        )
        .join(practice, practice.c.id == provider.c.practice_id)
        .where(provider.c.slug == slug)
        .order_by(practice.c.slug)
    )
    if wanted is not None:
        statement = statement.where(practice.c.slug == wanted)
    rows = connection.execute(statement).all()
    if not rows:
        where = "" if wanted is None else f" in {wanted}"
        raise CommandFailed(f"there is no provider {slug!r}{where}")
    found = [ProviderPlace(row.id, row.slug, PracticePlace(row.home, row.home_slug)) for row in rows]
    return _only(
        found,
        f"providers called {slug}",
        [f"{place.practice.slug}/{place.slug}" for place in found],
        "say which: PRACTICE/PROVIDER",
    )


def practice_of_client(connection: Connection, client_id: str, slug: str | None) -> PracticePlace:
    statement = (
        select(practice.c.id, practice.c.slug)
        .join(client, client.c.practice_id == practice.c.id)
        .where(client.c.id == client_id)
        .order_by(practice.c.slug)
    )
    if slug is not None:
        statement = statement.where(practice.c.slug == slug)
    found = [PracticePlace(row.id, row.slug) for row in connection.execute(statement)]
    if not found:
        raise CommandFailed("there is no client with this id" + ("" if slug is None else f" in {slug}"))
    return _only(found, "clients with this id", [place.slug for place in found], "say which: --practice SLUG")


def accounts_of(connection: Connection, *, provider_id: str | None = None) -> list[Row[Any]]:
    """Accounts in use (id, name, provider, practice), all of them or one provider's; by practice, provider, name."""
    statement = (
        select(
            account.c.id,
            account.c.name,
            provider.c.slug.label("provider"),
            practice.c.slug.label("practice"),
        )
        .join(provider, provider.c.id == account.c.provider_id)
        .join(practice, practice.c.id == account.c.practice_id)
        .where(account.c.removed_at.is_(None))
        .order_by(practice.c.slug, provider.c.position, provider.c.slug, account.c.name)
    )
    if provider_id is not None:
        statement = statement.where(account.c.provider_id == provider_id)
    return [*connection.execute(statement)]


def account_named(connection: Connection, name: str, practice_slug: str | None) -> Row[Any]:
    """The account of this id, or called PROVIDER/NAME or PRACTICE/PROVIDER/NAME."""
    found = [row for row in accounts_of(connection) if practice_slug in (None, row.practice)]
    by_id = [row for row in found if row.id == name]
    if by_id:
        return by_id[0]
    named = [
        row
        for row in found
        if name in (f"{row.provider}/{row.name}", f"{row.practice}/{row.provider}/{row.name}")
    ]
    if not named:
        raise CommandFailed(f"there is no account {name!r}; freehold accounts lists them")
    return _only(
        named,
        f"accounts called {name}",
        [f"{row.practice}/{row.provider}/{row.name}" for row in named],
        "say which: PRACTICE/PROVIDER/NAME",
    )


def calendar_named(connection: Connection, calendar_id: str) -> Row[Any]:
    """The calendar of this id, of an account in use."""
    row = connection.execute(
        select(calendar)
        .join(account, account.c.id == calendar.c.account_id)
        .where(calendar.c.id == calendar_id, account.c.removed_at.is_(None))
    ).one_or_none()
    if row is None:
        raise CommandFailed("there is no calendar with this id; freehold accounts --json lists them")
    return row


def _only(found: Sequence[T], what: str, names: Sequence[str], mend: str) -> T:
    if len(found) > 1:
        raise WrongUse(f"there are {len(found)} {what} ({', '.join(names)}); {mend}")
    return found[0]
