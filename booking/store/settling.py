"""Makes the rows of a table what they should be: known ones keep their ids, new ones get one, others go."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, insert, select, update

from sync.model.identity import new_id

Values = Mapping[str, Any]


def settle(
    connection: Connection,
    table: Table,
    wanted: Sequence[Values],
    *,
    scope: Values,
    key: Sequence[str],
    fresh: Values | None = None,
    remove: bool = True,
) -> list[str]:
    """Make the rows within ``scope`` (column values; None is NULL) the ``wanted`` ones and return their ids in order.

    Rows are known by the columns of ``key``; of several with the same key the first stays the first. ``fresh`` is
    added to new rows only, whose ids are random unless ``wanted`` has them. Without ``remove``, others stay.
    """
    found = connection.execute(select(table).where(_within(table, scope)).order_by(*_order(table)))
    known = _numbered([dict(row) for row in found.mappings()], key)
    named = _numbered(wanted, key)
    if remove:
        for name in known.keys() - named.keys():
            connection.execute(delete(table).where(_row(table, scope, known[name]["id"])))
    return [
        _insert(connection, table, {**scope, **(fresh or {}), **values})
        if (row := known.get(name)) is None
        else _update(connection, table, scope, row, values)
        for name, values in named.items()
    ]


def _update(connection: Connection, table: Table, scope: Values, row: Values, values: Values) -> str:
    changed = {column: value for column, value in values.items() if row[column] != value}
    if changed:
        connection.execute(update(table).where(_row(table, scope, row["id"])).values(**changed))
    return str(row["id"])


def _insert(connection: Connection, table: Table, values: Values) -> str:
    row = {"id": new_id(), **values}
    connection.execute(insert(table).values(**row))
    return str(row["id"])


def _numbered(rows: Iterable[Values], key: Sequence[str]) -> dict[tuple[str, int], Values]:
    counts: dict[str, int] = {}
    found: dict[tuple[str, int], Values] = {}
    for row in rows:
        name = json.dumps([row[column] for column in key], default=str)
        counts[name] = counts.get(name, 0) + 1
        found[name, counts[name]] = row
    return found


def _within(table: Table, scope: Values) -> ColumnElement[bool]:
    return and_(
        *(
            table.c[name].is_(None) if value is None else table.c[name] == value
            for name, value in scope.items()
        )
    )


def _row(table: Table, scope: Values, id: str) -> ColumnElement[bool]:
    return and_(_within(table, scope), table.c.id == id)


def _order(table: Table) -> list[Any]:
    return [table.c[name] for name in ("position", "id") if name in table.c]
