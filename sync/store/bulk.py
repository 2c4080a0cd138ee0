"""Many rows in one call of the driver: what a first reading stores goes past the statement's own machinery."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Table
from sqlalchemy.engine.interfaces import Dialect

_Pick = Callable[[Mapping[str, Any]], Any]


def insert_many(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all name the same columns. Columns with a fixed default may be left out; nothing for no rows."""
    if not rows:
        return
    columns = [column for column in table.columns if column.name in rows[0] or column.default is not None]
    picks = [_pick(column, connection.dialect, named=column.name in rows[0]) for column in columns]
    quoted = connection.dialect.identifier_preparer.quote
    names = ", ".join(quoted(column.name) for column in columns)
    mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
    statement = f"INSERT INTO {quoted(table.name)} ({names}) VALUES ({', '.join([mark] * len(columns))})"  # noqa: S608
    connection.exec_driver_sql(statement, [tuple(pick(row) for pick in picks) for row in rows])


def _pick(column: Column[Any], dialect: Dialect, *, named: bool) -> _Pick:
    """The value of a row as the driver takes it."""
    name = column.name
    if not named:
        default = column.default.arg  # type: ignore[union-attr]
        if callable(default):
            raise TypeError(f"{name} has no fixed default")
        return lambda _row: default
    bound = column.type.dialect_impl(dialect).bind_processor(dialect)
    if bound is None:
        return lambda row: row[name]
    return lambda row: bound(row[name])
