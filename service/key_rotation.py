"""Encrypting what is stored under the first key, in batches: beside running parts, and as often as it breaks off.

A row that a worker writes meanwhile is written under the first key anyway, and what it wrote stays: a text is replaced
only where it is still the one that was read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, LargeBinary, Table, func, select, tuple_, update

from service.database import Database
from service.migrations.target import METADATA
from service.secrecy import Sealer

BATCH = 500


@dataclass(slots=True)
class Rotated:
    """``renewed`` texts were under another key, ``unopened`` ones no key opens; they were left as they are."""

    seen: int = 0
    renewed: int = 0
    unopened: int = 0


def sealed_columns() -> list[Column[Any]]:
    """Every column that holds encrypted text, whichever package's."""
    return [
        column
        for metadata in METADATA
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    ]


def count(connection: Connection) -> int:
    """How many texts there are."""
    return sum(
        connection.execute(select(func.count()).where(column.is_not(None))).scalar_one()
        for column in sealed_columns()
    )


def rotate(
    database: Database, sealer: Sealer, *, progress: Callable[[int], None] = lambda _seen: None
) -> Rotated:
    """Renew every text that is not under the first key, or not bound to its row where the column's texts are."""
    result = Rotated()
    for column in sealed_columns():
        for batch in _batches(database, column):
            renewed = _renewed(sealer, column, batch, result)
            if renewed:
                with database.write() as connection:
                    result.renewed += sum(_replace(connection, column, *item) for item in renewed)
            progress(result.seen)
    return result


def outdated(connection: Connection, sealer: Sealer) -> int:
    """How many texts the first key alone does not open."""
    return sum(
        not sealer.is_current(row[-1], row=_bound_to(column, row[0]))
        for column in sealed_columns()
        for row in connection.execute(
            select(*_key(column.table), column).where(column.is_not(None))
        ).yield_per(BATCH)
    )


def _bound_to(column: Column[Any], id: Any) -> str | None:
    """The row that the texts of the column are sealed for, None for a column whose texts are bound to none."""
    return str(id) if column.info.get("sealed") else None


def _key(table: Table) -> tuple[Column[Any], ...]:
    return tuple(table.primary_key.columns)


def _batches(database: Database, column: Column[Any]) -> Iterator[list[tuple[tuple[Any, ...], bytes]]]:
    """Texts with the keys of their rows; each batch is read in a transaction of its own."""
    key = _key(column.table)
    last: tuple[Any, ...] | None = None
    while True:
        statement = select(*key, column).where(column.is_not(None)).order_by(*key).limit(BATCH)
        if last is not None:
            statement = statement.where(tuple_(*key) > tuple_(*last))
        with database.read() as connection:
            rows = connection.execute(statement).all()
        if not rows:
            return
        yield [(tuple(row[:-1]), row[-1]) for row in rows]
        last = tuple(rows[-1][:-1])


def _renewed(
    sealer: Sealer, column: Column[Any], batch: list[tuple[tuple[Any, ...], bytes]], result: Rotated
) -> list[tuple[tuple[Any, ...], bytes, bytes]]:
    found = []
    for key, secret in batch:
        result.seen += 1
        row = _bound_to(column, key[0])
        if sealer.is_current(secret, row=row):
            continue
        try:
            found.append((key, secret, sealer.renew(secret, row=row)))
        except ValueError:
            result.unopened += 1
    return found


def _replace(
    connection: Connection, column: Column[Any], key: tuple[Any, ...], old: bytes, new: bytes
) -> bool:
    where = [part == value for part, value in zip(_key(column.table), key, strict=True)]
    done = connection.execute(update(column.table).where(*where, column == old).values({column.name: new}))
    return done.rowcount == 1
