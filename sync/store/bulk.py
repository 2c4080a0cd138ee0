"""Many rows in one call of the driver: what a first reading stores goes past the statement's own machinery."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from typing import Any

from sqlalchemy import Column, Connection, Table
from sqlalchemy.engine.interfaces import Dialect


def insert_many(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all name the same columns. Columns with a fixed default may be left out; nothing for no rows."""
    if not rows:
        return
    columns = [column for column in table.columns if column.name in rows[0] or column.default is not None]
    quoted = connection.dialect.identifier_preparer.quote
    names = ", ".join(quoted(column.name) for column in columns)
    mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
    statement = f"INSERT INTO {quoted(table.name)} ({names}) VALUES ({', '.join([mark] * len(columns))})"  # noqa: S608
    values = [_values(column, connection.dialect, rows) for column in columns]
    connection.exec_driver_sql(statement, list(zip(*values, strict=False)))


def _values(column: Column[Any], dialect: Dialect, rows: Sequence[Mapping[str, Any]]) -> Iterable[Any]:
    """What the rows have in the column, as the driver takes it; its default, without end, where they do not name it."""
    name = column.name
    if name not in rows[0]:
        default = column.default.arg  # type: ignore[union-attr]
        if callable(default):
            raise TypeError(f"{name} has no fixed default")
        return repeat(default)
    bound = column.type.dialect_impl(dialect).bind_processor(dialect)
    values = [row[name] for row in rows]
    return values if bound is None else [None if value is None else bound(value) for value in values]
