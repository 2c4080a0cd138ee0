"""A provider's rows around a window of time, as the pure rules want them. Every reading is bounded by the window."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select

from booking.epoch import day_start, instant, micros, ticks
from booking.holds import HoldRow, ReleaseRow
from booking.ports import Mirror
from booking.practice import Block, DateOverride
from booking.store import tables
from booking.store.claims import provider_resource, room_resource
from booking.store.doors import doors_of
from booking.store.finding import KnownProvider, KnownService, locations_of
from booking.store.practice_rows import block_from, hold_from, override_from
from booking.weekly import monday_of
from booking.world import Offer, Room, RoomUse, Taken, World, reach
from sync.model.moments import instant_to_wall
from sync.model.timespan import TimeSpan

_WEEK = timedelta(days=7)
_MONTHS = timedelta(days=62)


def load_world(
    connection: Connection,
    mirror: Mirror,
    provider: KnownProvider,
    services: Sequence[KnownService],
    window: TimeSpan,
    *,
    also: Iterable[Offer] = (),
    without: Collection[str] = (),
) -> World:
    """All that decides the starts inside ``window`` for these services of a provider.

    ``also``: offers that are not made yet; the rows reach far enough for them too. ``without``: ids of requests and
    of offers to the waitlist that are looked past, as they would give up their time.
    """
    offers = {known.service.code: Offer(known.service, known.rules) for known in services}
    wanted = {str(index): offer for index, offer in enumerate((*offers.values(), *also))}
    beyond = reach(wanted)
    wide = window.widened(beyond, beyond)
    zone = provider.timezone
    rows = mirror.busy(connection, provider.id, wide)
    return World(
        provider=provider.slug,
        zone=zone,
        practice_open=provider.practice.self_scheduling,
        opted_in=provider.self_scheduling and provider.active,
        offers=offers,
        blocks=_blocks(connection, provider.id),
        overrides=_overrides(connection, provider.id, wide, zone),
        busy=[_pair(row.span) for row in rows if not row.soft],
        soft=[_pair(row.span) for row in rows if row.soft],
        bookings=_bookings(
            connection,
            provider.id,
            _whole_weeks(wide, zone),
            without,
            groups=any(offer.service.capacity > 1 for offer in wanted.values()),
        ),
        rooms=_rooms(connection, provider.practice.id, wanted, wide, without),
        holds=(holds := hold_rows(connection, provider.id)),
        releases=_releases(connection, holds, wide, zone),
        doors=doors_of(connection, provider.id, offers.values()),
        freshness=mirror.freshness(connection, provider.id),
    )


def hold_rows(connection: Connection, provider_id: str) -> list[HoldRow]:
    rows = connection.execute(
        select(tables.hold).where(tables.hold.c.provider_id == provider_id).order_by(tables.hold.c.position)
    )
    return [HoldRow(row["id"], hold_from(row)) for row in rows.mappings()]


def own_hours(
    connection: Connection, provider: KnownProvider, *, now: datetime
) -> tuple[list[Block], list[DateOverride]]:
    """The provider's blocks, and the overrides of the two months ahead."""
    window = TimeSpan(now, now + _MONTHS)
    return _blocks(connection, provider.id), _overrides(connection, provider.id, window, provider.timezone)


def _blocks(connection: Connection, provider_id: str) -> list[Block]:
    rows = connection.execute(
        select(tables.block)
        .where(tables.block.c.provider_id == provider_id)
        .order_by(tables.block.c.position)
    )
    return [block_from(row) for row in rows.mappings()]


def _overrides(connection: Connection, provider_id: str, window: TimeSpan, zone: str) -> list[DateOverride]:
    first, last = _local_dates(window, zone)
    table = tables.date_override
    rows = connection.execute(
        select(table)
        .where(table.c.provider_id == provider_id, table.c.first <= last, table.c.last >= first)
        .order_by(table.c.position)
    )
    return [override_from(row) for row in rows.mappings()]


def _bookings(
    connection: Connection, provider_id: str, window: TimeSpan, without: Collection[str], *, groups: bool
) -> list[Taken]:
    claim, request, offer = tables.claim, tables.request, tables.waiting_offer
    rows = connection.execute(
        select(
            claim,
            func.coalesce(request.c.service_code, offer.c.service_code).label("service_code"),
            func.coalesce(request.c.mode, offer.c.mode).label("mode"),
        )
        .join(request, request.c.id == claim.c.request_id, isouter=True)
        .join(offer, offer.c.id == claim.c.offer_id, isouter=True)
        .where(
            claim.c.resource == provider_resource(provider_id),
            claim.c.starts_at < window.end,
            claim.c.ends_at > window.start,
            func.coalesce(claim.c.request_id, claim.c.offer_id).not_in(without),
        )
        .order_by(claim.c.starts_at)
    ).all()
    moving = _moving(connection, provider_id, {row.request_id for row in rows}) if groups else ()
    return [
        Taken(
            start=micros(row.starts_at),
            end=micros(row.ends_at),
            before=ticks(row.buffer_before),
            after=ticks(row.buffer_after),
            session=row.session,
            service=row.service_code,
            mode=row.mode,
            until=None if row.until is None else micros(row.until),
            moving=row.session in moving,
        )
        for row in rows
    ]


def _moving(connection: Connection, provider_id: str, requests: Collection[str | None]) -> set[str]:
    """The sessions in which one of these requests holds more than one time, be it far from the others."""
    claim = tables.claim
    found = connection.execute(
        select(claim.c.session)
        .where(claim.c.resource == provider_resource(provider_id), claim.c.request_id.in_(requests))
        .group_by(claim.c.request_id, claim.c.session)
        .having(func.count(claim.c.starts_at.distinct()) > 1)
    )
    return set(found.scalars())


def _rooms(
    connection: Connection,
    practice_id: str,
    offers: Mapping[str, Offer],
    window: TimeSpan,
    without: Collection[str],
) -> list[Room]:
    """The rooms of the practice with their uses by anyone; none if no service needs one."""
    if all(offer.service.room is None for offer in offers.values()):
        return []
    named = [
        (room_resource(practice_id, location.slug, name), name, location.slug)
        for location in locations_of(connection, practice_id)
        for name in location.rooms
    ]
    claim = tables.claim
    rows = connection.execute(
        select(claim).where(
            claim.c.resource.in_([key for key, _, _ in named]),
            claim.c.starts_at < window.end,
            claim.c.ends_at > window.start,
            func.coalesce(claim.c.request_id, claim.c.offer_id).not_in(without),
        )
    )
    uses: dict[str, list[RoomUse]] = {key: [] for key, _, _ in named}
    for row in rows:
        until = None if row.until is None else micros(row.until)
        uses[row.resource].append(RoomUse(micros(row.starts_at), micros(row.ends_at), row.session, until))
    return [Room(key, name, location, uses[key]) for key, name, location in named]


def _releases(
    connection: Connection, holds: Sequence[HoldRow], window: TimeSpan, zone: str
) -> list[ReleaseRow]:
    if not holds:
        return []
    first, last = _local_dates(window, zone)
    table = tables.hold_release
    rows = connection.execute(
        select(table).where(
            table.c.hold_id.in_([row.id for row in holds]),
            table.c.day >= first - _WEEK,
            table.c.day <= last,
        )
    )
    return [release_from(row) for row in rows]


def release_from(row: Row[Any]) -> ReleaseRow:
    return ReleaseRow(row.hold_id, row.day, row.stage, row.state, tuple(row.to), row.unit)


def _whole_weeks(window: TimeSpan, zone: str) -> TimeSpan:
    first, last = _local_dates(window, zone)
    start = min(window.start, instant(day_start(monday_of(first), zone)))
    return TimeSpan(start, max(window.end, instant(day_start(monday_of(last) + _WEEK, zone))))


def _local_dates(window: TimeSpan, zone: str) -> tuple[date, date]:
    return instant_to_wall(window.start, zone).date(), instant_to_wall(window.end, zone).date()


def _pair(span: TimeSpan) -> tuple[int, int]:
    return micros(span.start), micros(span.end)
