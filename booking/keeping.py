"""What stays although a file no longer names it: people, and whatever has bookings."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from booking.practice import ANY_ROOM, Account, Client, Practice, Provider, Secret, Service, User


@dataclass(frozen=True, slots=True)
class Booked:
    """Providers (by slug) and services (by the slug of whose own set it is in, else None, and code) with bookings."""

    providers: frozenset[str] = frozenset()
    services: frozenset[tuple[str | None, str]] = frozenset()


NOTHING_BOOKED = Booked()


def kept(
    old: Practice, new: Practice, *, booked: Booked = NOTHING_BOOKED, given: Collection[tuple[str, str]] = ()
) -> Practice:
    """``new`` with all of ``old`` that is deactivated instead of removed, and with the clients and users of ``old``.

    ``given`` are the accounts (provider slug, name) that come with a secret; the others keep theirs, and where it
    came from. The result has no dangling name: rendered, it reads as a practice file.
    """
    rooms = {room for location in new.locations for room in location.rooms}
    stored = {provider.slug: provider for provider in old.providers}
    own = tuple(_kept_within(stored.get(each.slug), each, booked, rooms, given) for each in new.providers)
    slugs = {provider.slug for provider in own}
    gone = tuple(
        _retired(each, booked, rooms)
        for each in old.providers
        if each.slug not in slugs and each.slug in booked.providers
    )
    services = _kept_services(None, old.services, new.services, booked, rooms)
    return _with_people(old, replace(new, services=services, providers=own + gone))


def _kept_services(
    owner: str | None, old: tuple[Service, ...], new: tuple[Service, ...], booked: Booked, rooms: set[str]
) -> tuple[Service, ...]:
    codes = {service.code for service in new}
    return new + tuple(
        _without_room(replace(each, active=False), rooms)
        for each in old
        if each.code not in codes and (owner, each.code) in booked.services
    )


def _without_room(service: Service, rooms: set[str]) -> Service:
    there = service.room in rooms or (service.room == ANY_ROOM and rooms)
    return service if there else replace(service, room=None)


def _kept_within(
    old: Provider | None, new: Provider, booked: Booked, rooms: set[str], given: Collection[tuple[str, str]]
) -> Provider:
    if old is None:
        return new
    accounts = {account.name: account for account in old.accounts}
    return replace(
        new,
        own_services=_kept_services(new.slug, old.own_services, new.own_services, booked, rooms),
        accounts=tuple(
            each if (new.slug, each.name) in given else _with_source(accounts.get(each.name), each)
            for each in new.accounts
        ),
    )


def _with_source(old: Account | None, new: Account) -> Account:
    if old is None or new.secret != Secret() or old.kind != new.kind:
        return new
    return replace(new, secret=old.secret)


def _retired(provider: Provider, booked: Booked, rooms: set[str]) -> Provider:
    """A provider who is only kept for the bookings: offers nothing, reads no calendar."""
    return replace(
        provider,
        active=False,
        self_scheduling=False,
        services=(),
        own_services=_kept_services(provider.slug, provider.own_services, (), booked, rooms),
        rules={},
        accounts=(),
        availability=(),
        overrides=(),
        holds=(),
    )


def _with_people(old: Practice, new: Practice) -> Practice:
    slugs = {provider.slug for provider in new.providers}
    clients = {client.id for client in new.clients}
    users = {user.email.casefold() for user in new.users}
    return replace(
        new,
        clients=new.clients + tuple(_of(each, slugs) for each in old.clients if each.id not in clients),
        users=new.users
        + tuple(_user_of(each, slugs) for each in old.users if each.email.casefold() not in users),
    )


def _of(client: Client, slugs: set[str]) -> Client:
    return replace(client, providers=tuple(slug for slug in client.providers if slug in slugs))


def _user_of(user: User, slugs: set[str]) -> User:
    return user if user.provider in slugs else replace(user, provider=None)
