"""What a change of the practice would open and close, asked of the books as they stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import Connection

from booking.impact import LOOKED_AHEAD, Impact, Stated, impact, stated
from booking.ports import Mirror
from booking.practice import Client, Practice
from booking.store.finding import (
    KnownProvider,
    practice_by_slug,
    providers_of,
    services_of,
)
from booking.store.offers import load_world
from booking.world import World
from sync.model.timespan import TimeSpan


def impacts(
    connection: Connection, mirror: Mirror, old: Practice | None, new: Practice, *, now: datetime
) -> list[Impact]:
    """For each provider whose time the change touches, in the order of the new practice; ``old`` None: there is none.

    What changes nothing for anybody in the next four weeks is left out.
    """
    home = None if old is None else practice_by_slug(connection, old.slug)
    known = {} if home is None else {each.slug: each for each in providers_of(connection, home)}
    people = _people(old, new)
    same_people = all(was == will for was, will in people)
    found = []
    for slug in _slugs(old, new):
        before, after = stated(old, slug), stated(new, slug)
        if before == after and same_people:
            continue
        base = _base(connection, mirror, known.get(slug), slug, before, after, now)
        each = impact(slug, base, before, after, people, now=now)
        if not each.nothing:
            found.append(each)
    return found


def _slugs(old: Practice | None, new: Practice) -> Iterator[str]:
    known = (*new.providers, *(old.providers if old else ()))
    yield from dict.fromkeys(provider.slug for provider in known)


def _people(old: Practice | None, new: Practice) -> list[tuple[Client, Client]]:
    """Clients as they are and as they will be; one who is new to the practice counts as they will be."""
    before: Mapping[str, Client] = {client.id: client for client in (old.clients if old else ())}
    return [(before.get(client.id, client), client) for client in new.clients]


def _base(
    connection: Connection,
    mirror: Mirror,
    known: KnownProvider | None,
    slug: str,
    before: Stated | None,
    after: Stated | None,
    now: datetime,
) -> World:
    """What is taken of the provider's time; nothing for one who is not there yet."""
    if known is None:
        return World(provider=slug, zone="UTC", practice_open=False, opted_in=False, offers={})
    services = services_of(connection, known)
    window = TimeSpan(now, now + LOOKED_AHEAD)
    also = [offer for terms in (before, after) if terms for offer in terms.offers.values()]
    return load_world(connection, mirror, known, services, window, also=also)
