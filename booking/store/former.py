"""What a change of a practice's terms replaced, row by row, so that it can be put back. For a day."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, delete, insert, select, update
from sqlalchemy.engine import RowMapping

from booking.store import tables
from sync.model.identity import new_id

KEPT_FOR = timedelta(days=1)

Row = Mapping[str, Any]
Rows = Mapping[str, Row]
"""By id."""
Terms = Mapping[str, Rows]
"""All that is said about somebody's time, by table."""

# Parents first. Of what follows a hold only that is looked at which goes with it.
_LISTS = (tables.service, tables.block, tables.date_override, tables.hold)
_FOLLOWING = (tables.hold_release, tables.regular)
_OWN_COLUMNS = {tables.practice.name: ("self_scheduling", "rules"),
                tables.provider.name: ("self_scheduling", "services", "rules")}  # fmt: skip
_TABLES: Mapping[str, Table] = {
    table.name: table for table in (tables.practice, tables.provider, *_LISTS, *_FOLLOWING)
}


class Scope(NamedTuple):
    """Whose terms. ``provider_id`` None: the practice's own."""

    practice_id: str
    provider_id: str | None


class Kept(NamedTuple):
    """A change that can be taken back: what it was, and whose terms it changed."""

    id: str
    what: str
    scope: Scope


def terms(connection: Connection, scope: Scope) -> Terms:
    """What stands now."""
    found: dict[str, Rows] = {}
    own = tables.practice if scope.provider_id is None else tables.provider
    mine = own.c.id == (scope.provider_id or scope.practice_id)
    columns = [own.c.id, *(own.c[name] for name in _OWN_COLUMNS[own.name])]
    found[own.name] = _by_id(connection, select(*columns).where(mine))
    for table in (tables.service,) if scope.provider_id is None else _LISTS:
        found[table.name] = _by_id(
            connection,
            select(table).where(
                table.c.practice_id == scope.practice_id, table.c.provider_id == scope.provider_id
            ),
        )
    for table in _FOLLOWING if scope.provider_id is not None else ():
        holds = select(tables.hold.c.id).where(tables.hold.c.provider_id == scope.provider_id)
        found[table.name] = _by_id(connection, select(table).where(table.c.hold_id.in_(holds)))
    return found


def keep(
    connection: Connection, scope: Scope, before: Terms, *, what: str, actor: str, now: datetime
) -> str | None:
    """Remembers how ``before`` became what stands now; None if nothing did."""
    after = terms(connection, scope)
    rows = {name: changed for name in after if (changed := _differing(name, before, after))}
    if not rows:
        return None
    table, id = tables.former_terms, new_id()
    connection.execute(delete(table).where(table.c.made_at < now - KEPT_FOR))
    connection.execute(
        insert(table).values(
            id=id,
            practice_id=scope.practice_id,
            provider_id=scope.provider_id,
            made_at=now,
            made_by=actor,
            what=what,
            rows=rows,
            prints={name: _print(after[name]) for name in rows if name not in _FOLLOWED},
        )
    )
    return id


def find(connection: Connection, practice_id: str, id: str) -> Kept | None:
    """A change that was kept and not taken back."""
    table = tables.former_terms
    row = connection.execute(
        select(table).where(table.c.id == id, table.c.practice_id == practice_id)
    ).one_or_none()
    return None if row is None else Kept(row.id, row.what, Scope(practice_id, row.provider_id))


def stands(connection: Connection, kept: Kept) -> bool:
    """True while nothing of the kind was changed since."""
    row = _row(connection, kept)
    now = terms(connection, kept.scope)
    return all(_print(now[name]) == print for name, print in row["prints"].items())


def put_back(connection: Connection, kept: Kept) -> None:
    """Makes the rows what they were; ids too, so that what was released of a hold is its own again."""
    rows = _row(connection, kept)["rows"]
    for name in reversed(list(_TABLES)):
        for id, (was, _) in rows.get(name, {}).items():
            if was is None:
                connection.execute(delete(_TABLES[name]).where(_TABLES[name].c.id == id))
    for name, table in _TABLES.items():
        for id, (was, became) in rows.get(name, {}).items():
            if was is not None and became is None:
                connection.execute(insert(table).values(**_read(was)))
            elif was is not None:
                connection.execute(update(table).where(table.c.id == id).values(**_read(was)))
    connection.execute(delete(tables.former_terms).where(tables.former_terms.c.id == kept.id))


_FOLLOWED = frozenset(table.name for table in _FOLLOWING)


def _row(connection: Connection, kept: Kept) -> RowMapping:
    table = tables.former_terms
    return connection.execute(select(table).where(table.c.id == kept.id)).mappings().one()


def _by_id(connection: Connection, statement: Any) -> Rows:
    return {row["id"]: _plain(dict(row)) for row in connection.execute(statement).mappings()}


def _differing(name: str, before: Terms, after: Terms) -> dict[str, tuple[Row | None, Row | None]]:
    old, new = before[name], after[name]
    ids = [id for id in {**old, **new} if old.get(id) != new.get(id)]
    return {id: (old.get(id), new.get(id)) for id in ids}


def _print(rows: Rows) -> str:
    return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()


def _plain(row: Row) -> dict[str, Any]:
    return {name: _written(value) for name, value in row.items()}


def _written(value: Any) -> Any:
    """As JSON can hold it; of what it cannot, with its kind."""
    if isinstance(value, datetime):
        return {"instant": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, timedelta):
        return {"seconds": value // timedelta(seconds=1)}
    return {"json": value} if isinstance(value, dict) else value


def _read(row: Row) -> dict[str, Any]:
    return {name: _value(value) for name, value in row.items()}


def _value(value: Any) -> Any:
    match value:
        case {"instant": str(text)}:
            return datetime.fromisoformat(text).astimezone(UTC)
        case {"date": str(text)}:
            return date.fromisoformat(text)
        case {"seconds": int(count)}:
            return timedelta(seconds=count)
        case {"json": dict(plain)}:
            return plain
    return value
