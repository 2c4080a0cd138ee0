"""Practices, providers, services and clients as use cases need them: a few rows by slug or id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from booking.plain.rules import rules_from_plain
from booking.practice import Client, Location, Page, Service
from booking.rules import Rules, effective
from booking.store import tables
from booking.store.practice_rows import client_from, location_from, page_from, service_from


@dataclass(frozen=True, slots=True)
class KnownPractice:
    id: str
    slug: str
    name: str
    timezone: str
    phone: str
    email: str
    self_scheduling: bool
    rules: Mapping[str, Any]
    notices: Mapping[str, bool]
    page: Page


@dataclass(frozen=True, slots=True)
class KnownProvider:
    id: str
    practice: KnownPractice
    slug: str
    name: str
    email: str
    timezone: str
    self_scheduling: bool
    active: bool
    services: tuple[str, ...] | None
    rules: Mapping[str, Any]

    @property
    def open(self) -> bool:
        return self.practice.self_scheduling and self.self_scheduling and self.active


@dataclass(frozen=True, slots=True)
class KnownService:
    """``rules`` are the effective ones: practice, narrowed by provider, then by service."""

    id: str
    service: Service
    rules: Rules


def practice_by_slug(connection: Connection, slug: str) -> KnownPractice | None:
    return _practice(connection, tables.practice.c.slug == slug)


def practice_by_id(connection: Connection, practice_id: str) -> KnownPractice | None:
    return _practice(connection, tables.practice.c.id == practice_id)


def providers_of(connection: Connection, practice: KnownPractice) -> list[KnownProvider]:
    rows = connection.execute(
        select(tables.provider)
        .where(tables.provider.c.practice_id == practice.id)
        .order_by(tables.provider.c.position)
    )
    return [_provider(row, practice) for row in rows.mappings()]


def provider_by_slug(connection: Connection, practice: KnownPractice, slug: str) -> KnownProvider | None:
    row = (
        connection.execute(
            select(tables.provider).where(
                tables.provider.c.practice_id == practice.id, tables.provider.c.slug == slug
            )
        )
        .mappings()
        .one_or_none()
    )
    return None if row is None else _provider(row, practice)


def provider_by_id(connection: Connection, provider_id: str) -> KnownProvider | None:
    row = (
        connection.execute(select(tables.provider).where(tables.provider.c.id == provider_id))
        .mappings()
        .one_or_none()
    )
    practice = None if row is None else practice_by_id(connection, row["practice_id"])
    return None if row is None or practice is None else _provider(row, practice)


def providers_named(connection: Connection, slug: str) -> list[KnownProvider]:
    """Every provider with this slug, in whichever practice."""
    ids = connection.execute(
        select(tables.provider.c.id).where(tables.provider.c.slug == slug).order_by(tables.provider.c.id)
    ).scalars()
    found = (provider_by_id(connection, provider_id) for provider_id in ids.all())
    return [provider for provider in found if provider is not None]


def services_of(connection: Connection, provider: KnownProvider) -> list[KnownService]:
    """The provider's own set if there is one, else what is offered of the practice's; in order, inactive ones too."""
    rows = (
        connection.execute(
            select(tables.service)
            .where(tables.service.c.practice_id == provider.practice.id)
            .where(tables.service.c.provider_id.in_([provider.id]) | tables.service.c.provider_id.is_(None))
            .order_by(tables.service.c.position)
        )
        .mappings()
        .all()
    )
    own = [row for row in rows if row["provider_id"] is not None]
    named = provider.services
    return [_service(row, provider) for row in (own or rows) if own or named is None or row["code"] in named]


def service_by_id(connection: Connection, provider: KnownProvider, service_id: str) -> KnownService:
    """A service that a request names; such a row is never removed."""
    row = connection.execute(select(tables.service).where(tables.service.c.id == service_id)).mappings().one()
    return _service(row, provider)


def locations_of(connection: Connection, practice_id: str) -> tuple[Location, ...]:
    rows = connection.execute(
        select(tables.location)
        .where(tables.location.c.practice_id == practice_id)
        .order_by(tables.location.c.position)
    )
    return tuple(location_from(row) for row in rows.mappings())


def clients_of(connection: Connection, practice_id: str) -> list[Client]:
    """All clients of the practice, by id."""
    rows = connection.execute(
        select(tables.client).where(tables.client.c.practice_id == practice_id).order_by(tables.client.c.id)
    )
    return [client_from(row) for row in rows.mappings()]


def client_by_id(connection: Connection, practice_id: str, client_id: str) -> Client | None:
    row = (
        connection.execute(
            select(tables.client).where(
                tables.client.c.practice_id == practice_id, tables.client.c.id == client_id
            )
        )
        .mappings()
        .one_or_none()
    )
    return None if row is None else client_from(row)


def _practice(connection: Connection, which: Any) -> KnownPractice | None:
    row = connection.execute(select(tables.practice).where(which)).mappings().one_or_none()
    if row is None:
        return None
    return KnownPractice(
        id=row["id"],
        slug=row["slug"],
        name=row["name"],
        timezone=row["timezone"],
        phone=row["phone"],
        email=row["email"],
        self_scheduling=row["self_scheduling"],
        rules=rules_from_plain(row["rules"]),
        notices=dict(row["notices"]),
        page=page_from(row["page"]),
    )


def _provider(row: RowMapping, practice: KnownPractice) -> KnownProvider:
    return KnownProvider(
        id=row["id"],
        practice=practice,
        slug=row["slug"],
        name=row["name"],
        email=row["email"],
        timezone=row["timezone"],
        self_scheduling=row["self_scheduling"],
        active=row["active"],
        services=None if row["services"] is None else tuple(row["services"]),
        rules=rules_from_plain(row["rules"]),
    )


def _service(row: RowMapping, provider: KnownProvider) -> KnownService:
    service = service_from(row)
    return KnownService(row["id"], service, effective(provider.practice.rules, provider.rules, service.rules))
