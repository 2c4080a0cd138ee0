"""What the pages about a provider's accounts show, and whose they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select

from booking.refusals import Problem, Refused
from booking.roles import Actor, Role
from booking.store.tables import provider, request
from service.connect.accounts import is_delegated
from service.connect.tables import farewell
from service.lost_accounts import hint_of
from sync.store.tables import account, calendar


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account with its calendars by name; ``hint`` is for whoever runs the installation."""

    row: Row[Any]
    calendars: Sequence[Row[Any]]
    hint: str

    @property
    def needs_again(self) -> bool:
        return self.row.state == "needs_reauth" or self.row.secret_enc is None

    @property
    def by_organisation(self) -> bool:
        """A service account acts for the provider: its administrator gives and ends access, not she."""
        return is_delegated(self.row)

    @property
    def writes(self) -> Row[Any] | None:
        return next((item for item in self.calendars if item.role == "write"), None)


def providers_of(connection: Connection, actor: Actor) -> Sequence[Row[Any]]:
    """Those whose accounts the actor may connect."""
    statement = (
        select(provider)
        .where(provider.c.practice_id == actor.practice_id, provider.c.active)
        .order_by(provider.c.position, provider.c.slug)
    )
    if actor.role is Role.PROVIDER:
        statement = statement.where(provider.c.id == actor.provider_id)
    return connection.execute(statement).all()


def provider_of(connection: Connection, actor: Actor, slug: str) -> Row[Any]:
    """Raises ``Refused`` for one the actor does not see."""
    found = next((row for row in providers_of(connection, actor) if row.slug == slug), None)
    if found is None:
        raise Refused(Problem.NOT_FOUND)
    return found


def accounts_of(connection: Connection, provider_id: str) -> list[AccountView]:
    rows = connection.execute(
        select(account)
        .where(account.c.provider_id == provider_id, account.c.removed_at.is_(None))
        .order_by(account.c.created_at, account.c.id)
    ).all()
    return [AccountView(row, _calendars(connection, row.id), hint_of(row)) for row in rows]


def account_of(connection: Connection, provider_id: str, account_id: str) -> AccountView:
    """Raises ``Refused`` for one that is not this provider's, or is no longer used."""
    found = next((each for each in accounts_of(connection, provider_id) if each.row.id == account_id), None)
    if found is None:
        raise Refused(Problem.NOT_FOUND)
    return found


def farewells_of(connection: Connection, provider_id: str) -> Sequence[Row[Any]]:
    """Access that Google has not yet been told to end."""
    return connection.execute(
        select(farewell).where(farewell.c.provider_id == provider_id).order_by(farewell.c.created_at)
    ).all()


def bookings_ahead(connection: Connection, provider_id: str, now: Any) -> int:
    statement = select(func.count()).where(
        request.c.provider_id == provider_id,
        request.c.status.in_(("pending", "accepted")),
        request.c.ends_at > now,
    )
    return int(connection.execute(statement).scalar_one())


def writes_elsewhere(connection: Connection, provider_id: str, account_id: str) -> bool:
    """Whether another account of the provider holds the calendar that bookings are written to."""
    statement = (
        select(calendar.c.id)
        .join(account, account.c.id == calendar.c.account_id)
        .where(calendar.c.provider_id == provider_id, calendar.c.role == "write")
        .where(account.c.removed_at.is_(None), account.c.id != account_id)
    )
    return connection.execute(statement).first() is not None


def _calendars(connection: Connection, account_id: str) -> Sequence[Row[Any]]:
    return connection.execute(
        select(calendar).where(calendar.c.account_id == account_id).order_by(calendar.c.name, calendar.c.id)
    ).all()
