"""Rows of a practice as values and back. JSON columns hold the plain forms of the practice file."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping

from booking.clients import email_key
from booking.plain.document import contact_doc, page_doc
from booking.plain.release import release_from_plain, release_plain
from booking.plain.rules import rules_from_plain, rules_plain
from booking.plain.values import a_clock, an_end, clock_text, end_text
from booking.practice import (
    Block,
    Client,
    ClientStatus,
    Contact,
    DateOverride,
    Hold,
    Location,
    Mode,
    Page,
    Practice,
    Privilege,
    Provider,
    Service,
    Window,
)

Values = dict[str, Any]
BLOCK_KEY = (
    "days",
    "starts",
    "ends",
    "online",
    "modes",
    "services",
    "location",
    "from_date",
    "until",
    "every_weeks",
)
"""A block has no name: it is the same while all of it is."""


def practice_values(practice: Practice) -> Values:
    return {
        "slug": practice.slug,
        "name": practice.name,
        "timezone": practice.timezone,
        "phone": practice.phone,
        "email": practice.email,
        "self_scheduling": practice.self_scheduling,
        "rules": rules_plain(practice.rules),
        "notices": dict(practice.notices),
        "page": page_doc(practice.page),
    }


def page_from(plain: Values) -> Page:
    return Page(
        embed_origins=tuple(plain["embed_origins"]),
        privacy_url=plain["privacy_url"],
        privacy_text=plain.get("privacy_text", ""),
        locales=tuple(plain["locales"]),
        accent=plain["accent"],
    )


def provider_values(provider: Provider, position: int) -> Values:
    return {
        "position": position,
        "slug": provider.slug,
        "name": provider.name,
        "email": provider.email,
        "timezone": provider.timezone,
        "self_scheduling": provider.self_scheduling,
        "active": provider.active,
        "services": None if provider.services is None else list(provider.services),
        "addresses": list(provider.addresses),
        "rules": rules_plain(provider.rules),
    }


def provider_from(
    row: RowMapping,
    own_services: tuple[Service, ...],
    availability: tuple[Block, ...],
    overrides: tuple[DateOverride, ...],
    holds: tuple[Hold, ...],
) -> Provider:
    """The provider without accounts: those are the mirror's."""
    return Provider(
        slug=row["slug"],
        name=row["name"],
        email=row["email"],
        timezone=row["timezone"],
        self_scheduling=row["self_scheduling"],
        active=row["active"],
        services=None if row["services"] is None else tuple(row["services"]),
        own_services=own_services,
        addresses=tuple(row["addresses"]),
        rules=rules_from_plain(row["rules"]),
        availability=availability,
        overrides=overrides,
        holds=holds,
    )


def service_values(service: Service, position: int) -> Values:
    return {
        "position": position,
        "code": service.code,
        "name": service.name,
        "length": service.length,
        "buffer_before": service.buffer_before,
        "buffer_after": service.buffer_after,
        "modes": [str(mode) for mode in service.modes],
        "active": service.active,
        "online": service.online,
        "new_clients": service.new_clients,
        "capacity": service.capacity,
        "room": service.room,
        "telehealth_url": service.telehealth_url,
        "rules": rules_plain(service.rules),
    }


def service_from(row: RowMapping) -> Service:
    return Service(
        code=row["code"],
        name=row["name"],
        length=row["length"],
        buffer_before=row["buffer_before"],
        buffer_after=row["buffer_after"],
        modes=_modes(row["modes"]),
        active=row["active"],
        online=row["online"],
        new_clients=row["new_clients"],
        capacity=row["capacity"],
        room=row["room"],
        telehealth_url=row["telehealth_url"],
        rules=rules_from_plain(row["rules"]),
    )


def location_values(location: Location, position: int) -> Values:
    return {
        "position": position,
        "slug": location.slug,
        "name": location.name,
        "address": location.address,
        "hide_address": location.hide_address,
        "rooms": list(location.rooms),
    }


def location_from(row: RowMapping) -> Location:
    return Location(row["slug"], row["name"], row["address"], row["hide_address"], tuple(row["rooms"]))


def block_values(block: Block, position: int) -> Values:
    return {
        "position": position,
        "days": sorted(block.days),
        "starts": clock_text(block.start),
        "ends": end_text(block.end),
        "online": block.online,
        "modes": [str(mode) for mode in block.modes],
        "services": None if block.services is None else list(block.services),
        "location": block.location,
        "from_date": block.from_date,
        "until": block.until,
        "every_weeks": block.every_weeks,
    }


def block_from(row: RowMapping) -> Block:
    return Block(
        days=frozenset(row["days"]),
        start=a_clock(row["starts"]),
        end=an_end(row["ends"]),
        online=row["online"],
        modes=_modes(row["modes"]),
        services=None if row["services"] is None else tuple(row["services"]),
        location=row["location"],
        from_date=row["from_date"],
        until=row["until"],
        every_weeks=row["every_weeks"],
    )


def override_values(override: DateOverride, position: int) -> Values:
    return {
        "position": position,
        "first": override.first,
        "last": override.last,
        "windows": [[clock_text(window.start), end_text(window.end)] for window in override.windows],
    }


def override_from(row: RowMapping) -> DateOverride:
    windows = tuple(Window(a_clock(start), an_end(end)) for start, end in row["windows"])
    return DateOverride(row["first"], row["last"], windows)


def hold_values(hold: Hold, position: int) -> Values:
    return {
        "position": position,
        "name": hold.name,
        "starts": clock_text(hold.start),
        "ends": end_text(hold.end),
        "days": sorted(hold.days),
        "date": hold.date,
        "kept_for": list(hold.kept_for),
        "release": release_plain(hold.release),
        "from_date": hold.from_date,
        "until": hold.until,
        "every_weeks": hold.every_weeks,
        "marker": hold.marker,
        "by_page": hold.by_page,
    }


def hold_from(row: RowMapping) -> Hold:
    return Hold(
        name=row["name"],
        start=a_clock(row["starts"]),
        end=an_end(row["ends"]),
        days=frozenset(row["days"]),
        date=row["date"],
        kept_for=tuple(row["kept_for"]),
        release=release_from_plain(row["release"]),
        from_date=row["from_date"],
        until=row["until"],
        every_weeks=row["every_weeks"],
        marker=row["marker"],
        by_page=row["by_page"],
    )


def client_values(client: Client) -> Values:
    return {
        "id": client.id,
        "name": client.name,
        "email": client.email,
        "email_key": email_key(client.email),
        "phone": client.phone,
        "status": str(client.status),
        "privilege": str(client.privilege),
        "providers": list(client.providers),
        "tags": list(client.tags),
        "contacts": [contact_doc(each) for each in client.contacts],
        "notices": dict(client.notices),
    }


def client_from(row: RowMapping) -> Client:
    return Client(
        id=row["id"],
        name=row["name"],
        email=row["email"],
        status=ClientStatus(row["status"]),
        privilege=Privilege(row["privilege"]),
        phone=row["phone"],
        providers=tuple(row["providers"]),
        tags=tuple(row["tags"]),
        contacts=tuple(Contact(**each) for each in row["contacts"]),
        notices=dict(row["notices"]),
    )


def _modes(names: list[str]) -> tuple[Mode, ...]:
    return tuple(Mode(name) for name in names)
