"""A small world to change one thing in: Ada in New York, Mondays 09:00-12:00, a 45-minute session every 15 minutes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from booking.availability import Slot, open_slots, window_of_dates
from booking.epoch import micros
from booking.practice import Block, ClientStatus, Mode, Service
from booking.rules import Rules
from booking.world import Asker, Offer, Taken, World, taken
from sync.model.moments import instant_to_wall, wall_to_instant
from sync.model.timespan import TimeSpan

ZONE = "America/New_York"
MONDAY = date(2026, 1, 12)
NOW = datetime(2026, 1, 9, 12, 0, tzinfo=UTC)
SESSION = Service("s", "Session", timedelta(minutes=45), modes=(Mode.IN_PERSON, Mode.TELEHEALTH))
MORNING = Block(frozenset({0}), time(9), time(12))
ANYONE = Asker()
GRACE = Asker(id="c-1", status=ClientStatus.ACTIVE, tags=frozenset({"regulars"}))


def a_world(*, service: Service = SESSION, rules: dict[str, Any] | None = None, **facts: Any) -> World:
    stated: dict[str, Any] = {"zone": ZONE, "blocks": [MORNING], **facts}
    return World(
        provider="ada",
        practice_open=stated.pop("practice_open", True),
        opted_in=stated.pop("opted_in", True),
        offers={service.code: Offer(service, Rules().narrowed(rules or {}))},
        **stated,
    )


def local(clock: str, day: date = MONDAY, zone: str = ZONE) -> datetime:
    """The instant of ``"09:30"`` on a local day."""
    return wall_to_instant(datetime.combine(day, time.fromisoformat(clock)), zone)


def span(start: str, end: str, day: date = MONDAY) -> tuple[int, int]:
    """A busy row from one clock time to another."""
    return micros(local(start, day)), micros(local(end, day))


def booked(start: str, end: str, *, day: date = MONDAY, session: str = "b-1", **changes: Any) -> Taken:
    """A booking of ours in person, without buffers unless stated (micros)."""
    row = taken(TimeSpan(local(start, day), local(end, day)), SESSION, session=session, mode=Mode.IN_PERSON)
    return row._replace(**changes)


def slots(
    world: World,
    *,
    client: Asker = ANYONE,
    now: datetime = NOW,
    days: int = 1,
    first: date = MONDAY,
    **asked: Any,
) -> list[Slot]:
    window = window_of_dates(first, first + timedelta(days=days), zone=world.zone)
    return open_slots(world, service="s", client=client, window=window, now=now, **asked)


def starts(world: World, **asked: Any) -> list[str]:
    """The offered starts as local clock times."""
    return [f"{instant_to_wall(slot.start, world.zone):%H:%M}" for slot in slots(world, **asked)]


def with_service(world: World, **changes: Any) -> World:
    offer = world.offers["s"]
    return replace(world, offers={"s": replace(offer, service=replace(offer.service, **changes))})
