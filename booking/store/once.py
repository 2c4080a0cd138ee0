"""Rows that are written once, however often and from wherever it is tried."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_once(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """False if a unique key of the table was taken already; nothing is changed then."""
    if connection.dialect.name == "postgresql":
        done = connection.execute(postgresql.insert(table).values(**values).on_conflict_do_nothing())
    else:
        done = connection.execute(sqlite.insert(table).values(**values).on_conflict_do_nothing())
    return done.rowcount == 1
