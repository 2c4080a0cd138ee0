"""Load-aware doors are looked at once a minute, so that nobody has to open or close them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from booking.desk.means import Means
from booking.doors import looks
from booking.rules import Door
from booking.store import audit, doors, tables
from booking.store.finding import provider_by_id, services_of
from booking.store.offers import load_world
from sync.model.timespan import TimeSpan

ACTOR = "timer"


def look_at_doors(means: Means, *, now: datetime) -> int:
    """Looks at every door that nobody looked at within a minute; returns how many opened or closed."""
    with means.books.read() as connection:
        due = doors.to_look_at(connection, now=now)

    def looked(provider_id: str) -> int:
        return means.write(lambda connection: _look(connection, means, provider_id, now))

    return sum(looked(provider_id) for provider_id in due)


def _look(connection: Connection, means: Means, provider_id: str, now: datetime) -> int:
    # One look at a time for each provider, whichever process it is in.
    connection.execute(
        select(tables.provider.c.id).where(tables.provider.c.id == provider_id).with_for_update()
    )
    known = provider_by_id(connection, provider_id)
    if known is None:
        return 0
    services = [each for each in services_of(connection, known) if isinstance(each.rules.new_clients, Door)]
    if not services:
        return 0
    longest = max(each.rules.new_clients.window for each in services)  # type: ignore[union-attr]
    world = load_world(connection, means.mirror, known, services, TimeSpan(now, now + longest))
    turned = 0
    for look in looks(world, now=now):
        doors.keep(connection, practice_id=known.practice.id, provider_id=known.id, look=look, now=now)
        turned += look.turned
        if look.was is not None and look.turned:
            audit.note(
                connection,
                practice_id=known.practice.id,
                at=now,
                actor=ACTOR,
                action="door",
                about=f"provider:{known.id}",
                before="open" if look.was.open else "closed",
                after="open" if look.now.open else "closed",
            )
    return turned
