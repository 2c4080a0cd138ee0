"""Practices in the database: whole in, whole out. Accounts of providers are not here: they are the mirror's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, RowMapping, Table, delete, insert, select, update

from booking.clients import email_key
from booking.keeping import Booked
from booking.plain.rules import rules_from_plain
from booking.practice import Practice, Provider, Service, User
from booking.store import practice_rows as rows
from booking.store import tables
from booking.store.settling import settle
from sync.model.identity import new_id

T = TypeVar("T")


def practice_slugs(connection: Connection) -> list[str]:
    return list(connection.execute(select(tables.practice.c.slug).order_by(tables.practice.c.slug)).scalars())


def practice_id(connection: Connection, slug: str) -> str | None:
    return connection.execute(select(tables.practice.c.id).where(tables.practice.c.slug == slug)).scalar()


def provider_ids(connection: Connection, practice: str) -> dict[str, str]:
    """Provider ids by slug; ``practice`` is an id."""
    found = connection.execute(
        select(tables.provider.c.slug, tables.provider.c.id).where(tables.provider.c.practice_id == practice)
    )
    return {row.slug: row.id for row in found}


def load_practice(connection: Connection, slug: str) -> Practice | None:
    """The practice, its providers without accounts; clients by id, users by address. None if there is none."""
    row = (
        connection.execute(select(tables.practice).where(tables.practice.c.slug == slug))
        .mappings()
        .one_or_none()
    )
    if row is None:
        return None
    scope = {"practice_id": row["id"]}
    slugs = {id: name for name, id in provider_ids(connection, row["id"]).items()}
    services = _by_provider(connection, tables.service, rows.service_from, row["id"])
    return Practice(
        slug=row["slug"],
        name=row["name"],
        timezone=row["timezone"],
        phone=row["phone"],
        email=row["email"],
        self_scheduling=row["self_scheduling"],
        rules=rules_from_plain(row["rules"]),
        services=tuple(services[None]),
        locations=_all(connection, tables.location, rows.location_from, **scope),
        providers=_providers(connection, row["id"], services),
        notices=dict(row["notices"]),
        page=rows.page_from(row["page"]),
        clients=_all(connection, tables.client, rows.client_from, order="id", **scope),
        users=_all(
            connection,
            tables.user,
            lambda each: User(each["email"], each["role"], slugs.get(each["provider_id"])),
            order="email_key",
            **scope,
        ),
    )


def _providers(
    connection: Connection, practice: str, services: Mapping[str | None, list[Service]]
) -> tuple[Provider, ...]:
    """A table is read once for all of them: a practice may have hundreds."""
    blocks = _by_provider(connection, tables.block, rows.block_from, practice)
    overrides = _by_provider(connection, tables.date_override, rows.override_from, practice)
    holds = _by_provider(connection, tables.hold, rows.hold_from, practice)

    def one(row: RowMapping) -> Provider:
        return rows.provider_from(
            row,
            own_services=tuple(services[row["id"]]),
            availability=tuple(blocks[row["id"]]),
            overrides=tuple(overrides[row["id"]]),
            holds=tuple(holds[row["id"]]),
        )

    return _all(connection, tables.provider, one, practice_id=practice)


def _by_provider(
    connection: Connection, table: Table, make: Callable[[RowMapping], T], practice: str
) -> Mapping[str | None, list[T]]:
    """By the provider's id in their order, empty for those without any; None: the practice's own."""
    found: Mapping[str | None, list[T]] = defaultdict(list)
    statement = select(table).where(table.c.practice_id == practice).order_by(table.c.position)
    for row in connection.execute(statement).mappings():
        found[row["provider_id"]].append(make(row))
    return found


def _all(
    connection: Connection,
    table: Table,
    make: Callable[[RowMapping], T],
    *,
    order: str = "position",
    **scope: str | None,
) -> tuple[T, ...]:
    statement = select(table).order_by(table.c[order])
    for name, value in scope.items():
        statement = statement.where(table.c[name].is_(None) if value is None else table.c[name] == value)
    return tuple(make(row) for row in connection.execute(statement).mappings().all())


def booked(connection: Connection, practice: str) -> Booked:
    """The providers and services of the practice (by id) that something made here hangs on, whatever became of it:
    of both requests, of providers wishes, places on the waitlist and own events, too."""
    asked = connection.execute(
        select(tables.provider.c.slug)
        .where(tables.provider.c.practice_id == practice)
        .where(
            tables.provider.c.id.in_(select(tables.request.c.provider_id))
            | tables.provider.c.id.in_(select(tables.wish.c.provider_id))
            | tables.provider.c.id.in_(select(tables.waiting.c.provider_id))
            | tables.provider.c.id.in_(select(tables.other_event.c.provider_id))
            | tables.provider.c.id.in_(
                select(tables.service.c.provider_id).where(
                    tables.service.c.provider_id.is_not(None),
                    tables.service.c.id.in_(select(tables.request.c.service_id)),
                )
            )
        )
    ).scalars()
    used = connection.execute(
        select(tables.provider.c.slug, tables.service.c.code)
        .select_from(
            tables.service.outerjoin(tables.provider, tables.provider.c.id == tables.service.c.provider_id)
        )
        .where(tables.service.c.practice_id == practice)
        .where(tables.service.c.id.in_(select(tables.request.c.service_id)))
    )
    return Booked(frozenset(asked), frozenset((row.slug, row.code) for row in used))


def save_practice(connection: Connection, practice: Practice, *, now: datetime) -> str:
    """Make the stored practice of this slug what ``practice`` says and return its id; ids of what stays stay too.

    Clients and users are added and changed, never removed. What has bookings must be in ``practice``
    (``booking.keeping``). Accounts are left alone.
    """
    id = _save_head(connection, practice, now)
    scope = {"practice_id": id}
    _settle(
        connection,
        tables.service,
        practice.services,
        rows.service_values,
        ("code",),
        **scope,
        provider_id=None,
    )
    _settle(connection, tables.location, practice.locations, rows.location_values, ("slug",), **scope)
    _drop_providers(connection, id, {provider.slug for provider in practice.providers})
    wanted = [rows.provider_values(each, index) for index, each in enumerate(practice.providers)]
    made = settle(connection, tables.provider, wanted, scope=scope, key=("slug",), fresh={"created_at": now})
    for provider, provider_id in zip(practice.providers, made, strict=True):
        _save_provider(connection, provider, practice_id=id, provider_id=provider_id)
    _save_people(
        connection,
        practice,
        id,
        dict(zip((each.slug for each in practice.providers), made, strict=True)),
        now,
    )
    return id


def lock_practice(connection: Connection, practice: str) -> None:
    """Keeps other changes of the practice (by id) waiting until this transaction ends."""
    table = tables.practice
    connection.execute(select(table.c.id).where(table.c.id == practice).with_for_update()).one()


def _save_head(connection: Connection, practice: Practice, now: datetime) -> str:
    table = tables.practice
    known = connection.execute(
        select(table.c.id).where(table.c.slug == practice.slug).with_for_update()
    ).scalar()
    values = rows.practice_values(practice)
    if known is not None:
        connection.execute(update(table).where(table.c.id == known).values(**values))
        return str(known)
    made = new_id()
    connection.execute(insert(table).values(id=made, created_at=now, **values))
    return made


def _settle(
    connection: Connection,
    table: Table,
    items: Sequence[T],
    values: Callable[[T, int], dict[str, Any]],
    key: Sequence[str],
    **scope: str | None,
) -> None:
    settle(connection, table, [values(item, index) for index, item in enumerate(items)], scope=scope, key=key)


def _save_provider(connection: Connection, provider: Provider, **scope: str | None) -> None:
    _settle(connection, tables.service, provider.own_services, rows.service_values, ("code",), **scope)
    _settle(connection, tables.block, provider.availability, rows.block_values, rows.BLOCK_KEY, **scope)
    _settle(
        connection, tables.date_override, provider.overrides, rows.override_values, ("first", "last"), **scope
    )
    _settle(connection, tables.hold, provider.holds, rows.hold_values, ("name",), **scope)


def _drop_providers(connection: Connection, practice: str, staying: set[str]) -> None:
    """Take away what hangs on providers that go, so that their rows can go too."""
    going = [id for slug, id in provider_ids(connection, practice).items() if slug not in staying]
    for table in (
        tables.block,
        tables.date_override,
        tables.hold_marker,
        tables.regular,
        tables.hold,
        tables.service,
    ):
        connection.execute(delete(table).where(table.c.provider_id.in_(going)))
    connection.execute(
        update(tables.user).where(tables.user.c.provider_id.in_(going)).values(provider_id=None)
    )


def _save_people(
    connection: Connection, practice: Practice, id: str, providers: dict[str, str], now: datetime
) -> None:
    scope, fresh = {"practice_id": id}, {"created_at": now}
    clients = [rows.client_values(client) for client in practice.clients]
    settle(connection, tables.client, clients, scope=scope, key=("id",), fresh=fresh, remove=False)
    users = [
        {
            "email": user.email,
            "email_key": email_key(user.email),
            "role": user.role,
            "provider_id": None if user.provider is None else providers[user.provider],
        }
        for user in practice.users
    ]
    settle(connection, tables.user, users, scope=scope, key=("email_key",), fresh=fresh, remove=False)
