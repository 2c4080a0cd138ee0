"""The versions of what decides offered time. Triggers of the schema raise them; here they are only read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select

from booking.store import tables


class Stamp(NamedTuple):
    """Equal stamps of a provider mean that nothing but time has changed what is offered."""

    provider: int
    practice: int
    rooms: int


def versions_of(connection: Connection, practice_id: str) -> dict[str, int]:
    """Every scope of a practice: unchanged as long as nothing that decides its offered time was changed."""
    table = tables.stamp
    rows = connection.execute(
        select(table.c.scope, table.c.version).where(table.c.practice_id == practice_id)
    )
    return {row.scope: row.version for row in rows}


def stamp_in(versions: Mapping[str, int], practice_id: str, provider_id: str) -> Stamp:
    """What was never changed has version 0."""
    scopes = (provider_id, practice_id, f"rooms:{practice_id}")
    return Stamp(*(versions.get(scope, 0) for scope in scopes))


def stamp_of(connection: Connection, practice_id: str, provider_id: str) -> Stamp:
    scopes = {"provider": provider_id, "practice": practice_id, "rooms": f"rooms:{practice_id}"}
    rows = connection.execute(_STAMP, scopes)
    return stamp_in({row.scope: row.version for row in rows}, practice_id, provider_id)


# Asked before every answer, so it is built once; a list that is expanded would be compiled anew each time.
_STAMP = select(tables.stamp.c.scope, tables.stamp.c.version).where(
    tables.stamp.c.scope.in_([bindparam("provider"), bindparam("practice"), bindparam("rooms")])
)
