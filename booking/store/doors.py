"""Load-aware doors as they stand: one row for each provider and rule."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, exists, insert, or_, select, update

from booking.doors import Look
from booking.rules import Door
from booking.store.tables import door, practice, provider, service
from booking.world import DoorState, Offer

LOOK_EVERY = timedelta(minutes=1)


def doors_of(connection: Connection, provider_id: str, offers: Iterable[Offer]) -> dict[Door, DoorState]:
    """Those among the offers' rules that somebody has looked at."""
    wanted = {_key(rule): rule for offer in offers if isinstance(rule := offer.rules.new_clients, Door)}
    if not wanted:
        return {}
    rows = connection.execute(select(door).where(door.c.provider_id == provider_id, door.c.rule.in_(wanted)))
    return {wanted[row.rule]: DoorState(row.is_open, row.share) for row in rows}


def to_look_at(connection: Connection, *, now: datetime) -> list[str]:
    """Ids of active providers in whose rules, or those of practice or services, a load-aware door may be, and at whose
    doors nobody has looked within a minute."""
    stated = [
        table.c.rules["new_clients"]["window"].as_string().is_not(None) for table in (practice, provider)
    ]
    of_service = exists().where(
        service.c.practice_id == provider.c.practice_id,
        service.c.rules["new_clients"]["window"].as_string().is_not(None),
    )
    lately = exists().where(door.c.provider_id == provider.c.id, door.c.looked_at > now - LOOK_EVERY)
    return list(
        connection.execute(
            select(provider.c.id)
            .join(practice, practice.c.id == provider.c.practice_id)
            .where(provider.c.active, or_(*stated, of_service), ~lately)
            .order_by(provider.c.id)
        ).scalars()
    )


def keep(connection: Connection, *, practice_id: str, provider_id: str, look: Look, now: datetime) -> None:
    where = (door.c.provider_id == provider_id, door.c.rule == _key(look.door))
    values = {"is_open": look.now.open, "share": look.now.share, "looked_at": now}
    if look.turned:
        values["since"] = now
    if look.was is None:
        row = {"practice_id": practice_id, "provider_id": provider_id, "rule": _key(look.door)}
        connection.execute(insert(door).values(**row, **values))
    else:
        connection.execute(update(door).where(*where).values(**values))


def _key(rule: Door) -> str:
    return f"{rule.open_below:g}/{rule.close_above:g}/{rule.window // timedelta(minutes=1)}"
