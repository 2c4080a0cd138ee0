"""What a change of switches, rules, blocks, holds or clients opens and closes, before it is made. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from booking.epoch import micros
from booking.holds import HoldRow
from booking.obstacles import suits
from booking.openings import Starts, beyond, offered
from booking.practice import Block, Client, DateOverride, Hold, Mode, Practice, Provider
from booking.rules import effective
from booking.weekly import block_spans
from booking.world import Asker, Offer, Room, Taken, World
from sync.model.moments import instant_to_wall
from sync.model.timespan import TimeSpan

LOOKED_AHEAD = timedelta(days=28)


class Stated(NamedTuple):
    """What the practice says about one provider's time. ``rooms`` are pairs of location and name."""

    zone: str
    practice_open: bool
    opted_in: bool
    offers: Mapping[str, Offer]
    blocks: tuple[Block, ...]
    overrides: tuple[DateOverride, ...]
    holds: tuple[Hold, ...]
    rooms: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Impact:
    """For one provider, over the window: times that somebody could not book and can then, and the other way round.

    ``opened`` and ``closed`` count times by the code of their service. ``strangers``: it concerns people who are not
    known yet; ``clients``: the ids of known clients who gain or lose a time. ``stranded``: what is booked and then
    lies outside of all hours or services; it stays booked.
    """

    provider: str
    opened: Mapping[str, int]
    closed: Mapping[str, int]
    strangers: bool
    clients: frozenset[str]
    stranded: tuple[Taken, ...]

    @property
    def opens(self) -> int:
        return sum(self.opened.values())

    @property
    def closes(self) -> int:
        return sum(self.closed.values())

    @property
    def nothing(self) -> bool:
        return not (self.opens or self.closes or self.stranded)


def stated(practice: Practice | None, slug: str) -> Stated | None:
    """None: the practice has no such provider."""
    provider = next((each for each in practice.providers if each.slug == slug), None) if practice else None
    if practice is None or provider is None:
        return None
    return Stated(
        zone=provider.timezone,
        practice_open=practice.self_scheduling,
        opted_in=provider.self_scheduling and provider.active,
        offers=_offers(practice, provider),
        blocks=provider.availability,
        overrides=provider.overrides,
        holds=provider.holds,
        rooms=tuple((place.slug, name) for place in practice.locations for name in place.rooms),
    )


def impact(
    slug: str,
    base: World,
    before: Stated | None,
    after: Stated | None,
    people: Iterable[tuple[Client, Client]],
    *,
    now: datetime,
) -> Impact:
    """``base`` is what is taken, whatever the practice says; ``people`` are clients as they are and as they will be.

    How fresh the calendars are is left out, as in ``openings``.
    """
    window = TimeSpan(now, now + LOOKED_AHEAD)
    worlds = tuple(None if terms is None else _under(base, terms) for terms in (before, after))
    gained: dict[str, set[int]] = {}
    lost: dict[str, set[int]] = {}
    clients: set[str] = set()
    strangers = False
    for (was, will), ids in _groups(people, worlds).items():
        old, new = (
            {} if world is None else offered(world, asker, window=window, now=now)
            for world, asker in zip(worlds, (was, will), strict=True)
        )
        more, less = beyond(new, old), beyond(old, new)
        if any(more.values()) or any(less.values()):
            _add(gained, more)
            _add(lost, less)
            clients |= ids
            strangers |= not ids
    return Impact(
        provider=slug,
        opened={code: len(starts) for code, starts in sorted(gained.items())},
        closed={code: len(starts) for code, starts in sorted(lost.items())},
        strangers=strangers,
        clients=frozenset(clients),
        stranded=tuple(_stranded(worlds[0], worlds[1], window, now)),
    )


def _add(found: dict[str, set[int]], more: Starts) -> None:
    for code, starts in more.items():
        if starts:
            found.setdefault(code, set()).update(starts)


def _offers(practice: Practice, provider: Provider) -> dict[str, Offer]:
    """The provider's own set if there is one, else what is offered of the practice's."""
    named = provider.services
    services = provider.own_services or [
        each for each in practice.services if named is None or each.code in named
    ]
    return {
        each.code: Offer(each, effective(practice.rules, provider.rules, each.rules)) for each in services
    }


def _under(base: World, terms: Stated) -> World:
    ids = {row.hold.name: row.id for row in base.holds}
    rooms = {(room.location, room.name): room for room in base.rooms}
    return replace(
        base,
        zone=terms.zone,
        practice_open=terms.practice_open,
        opted_in=terms.opted_in,
        offers=terms.offers,
        blocks=terms.blocks,
        overrides=terms.overrides,
        holds=[HoldRow(ids.get(hold.name, f"new {hold.name}"), hold) for hold in terms.holds],
        rooms=[
            rooms.get((place, name)) or Room(f"new {place}/{name}", name, place)
            for place, name in terms.rooms
        ],
    )


Pair = tuple[Asker, Asker]


def _groups(
    people: Iterable[tuple[Client, Client]], worlds: Sequence[World | None]
) -> dict[Pair, frozenset[str]]:
    """Clients for whom the rules cannot differ, together; strangers are a group without anybody."""
    words = {word for world in worlds if world for row in world.holds for word in _audiences(row.hold)}
    slugs = {world.provider for world in worlds if world}
    found: dict[Pair, set[str]] = {(Asker(), Asker()): set()}
    for was, will in people:
        if _elsewhere(was, slugs) and _elsewhere(will, slugs):
            continue
        before = _asker(was, words, slugs)
        after = before if will is was else _asker(will, words, slugs)
        found.setdefault((before, after), set()).add(will.id)
    return {pair: frozenset(ids) for pair, ids in found.items()}


def _elsewhere(client: Client, slugs: set[str]) -> bool:
    """True for a client of other providers: nothing here is ever theirs."""
    return bool(client.providers) and slugs.isdisjoint(client.providers)


def _audiences(hold: Hold) -> Iterator[str]:
    yield from hold.kept_for
    if isinstance(hold.release, tuple):
        for stage in hold.release:
            yield from stage.to


def _asker(client: Client, words: set[str], slugs: set[str]) -> Asker:
    """The client by what the rules look at, with a name of their own only if a hold names them."""
    return Asker(
        id=client.id if f"client:{client.id}" in words else "somebody known",
        status=client.status,
        privilege=client.privilege,
        providers=("another",) if _elsewhere(client, slugs) else (),
        tags=frozenset(tag for tag in client.tags if f"tag:{tag}" in words),
    )


def _stranded(before: World | None, after: World | None, window: TimeSpan, now: datetime) -> Iterator[Taken]:
    if before is None:
        return
    at, opens, closes = micros(now), micros(window.start), micros(window.end)
    booked = [
        row
        for row in before.bookings
        if opens <= row.start < closes and (row.until is None or row.until > at)
    ]
    stood, stands = _standing(before, window), _standing(after, window)
    for row in booked:
        if _holds(stood, before, row) and not (after and _holds(stands, after, row)):
            yield row


Standing = Sequence[tuple[int, int, Block]]


def _standing(world: World | None, window: TimeSpan) -> Standing:
    if world is None:
        return []
    first, last = (instant_to_wall(at, world.zone).date() for at in (window.start, window.end))
    return block_spans(world.blocks, world.overrides, first=first, last=last, zone=world.zone)


def _holds(standing: Standing, world: World, row: Taken) -> bool:
    offer = world.offers.get(row.service)
    return (
        offer is not None
        and offer.service.active
        and any(
            start <= row.start and row.end <= end and suits(block, offer, Mode(row.mode))
            for start, end, block in standing
        )
    )
