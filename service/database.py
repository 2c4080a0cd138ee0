"""The database: one engine, two kinds of transaction. SQLite by default, PostgreSQL by URL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.pool import ConnectionPoolEntry

LONGEST_PAUSE = timedelta(seconds=30)


class Database:
    """Opens transactions. Reads cannot write; writes on SQLite take the lock at once (``BEGIN IMMEDIATE``).

    A transaction in which nothing is said for ``longest_pause`` is ended by PostgreSQL, and its locks with it: its
    process was halted, or its machine is gone, and others wait for the rows.
    """

    def __init__(self, url: str | URL, *, longest_pause: timedelta = LONGEST_PAUSE) -> None:
        self.engine = _engine(url, longest_pause)
        self.dialect = self.engine.dialect.name
        # PostgreSQL's driver begins by itself otherwise. SQLite's does not, see _sqlite_connect.
        alone = {} if self.dialect == "sqlite" else {"isolation_level": "AUTOCOMMIT"}
        self._glancing = self.engine.execution_options(freehold_mode="glance", **alone)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self.engine.connect().execution_options(freehold_mode="read") as connection, connection.begin():
            yield connection

    @contextmanager
    def glance(self) -> Iterator[Connection]:
        """Reads without a transaction, for what is asked a thousand times a second: each statement by itself."""
        with self._glancing.connect() as connection:
            yield connection

    @contextmanager
    def write(self, *, passing: bool = False) -> Iterator[Connection]:
        """``passing``: SQLite does not wait until the disk has it. Other processes see it; a power cut may undo it."""
        mode = "passing" if passing else "write"
        with self.engine.connect().execution_options(freehold_mode=mode) as connection, connection.begin():
            yield connection

    def close(self) -> None:
        self.engine.dispose()


def _engine(url: str | URL, longest_pause: timedelta) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(parsed, connect_args={"timeout": 30, "check_same_thread": False})
        event.listen(engine, "connect", _sqlite_connect)
        event.listen(engine, "begin", _sqlite_begin)
        return engine
    engine = create_engine(parsed, pool_pre_ping=True, pool_size=10, max_overflow=20)
    event.listen(engine, "connect", _ends_pauses(longest_pause))
    event.listen(engine, "begin", _postgresql_begin)
    return engine


def _ends_pauses(longest: timedelta) -> Callable[[Any, ConnectionPoolEntry], None]:
    milliseconds = longest // timedelta(milliseconds=1)

    def connected(connection: Any, _record: ConnectionPoolEntry) -> None:
        # By a statement, not by an option of the connection, which a pooler in between may refuse.
        connection.autocommit = True
        connection.execute(f"SET idle_in_transaction_session_timeout = {milliseconds}")
        connection.autocommit = False

    return connected


def _sqlite_connect(connection: Any, _record: ConnectionPoolEntry) -> None:
    # The driver's own BEGIN is switched off: _sqlite_begin chooses the kind.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_begin(connection: Connection) -> None:
    # A deferred BEGIN that reads and then writes fails at once when another writer was quicker; IMMEDIATE waits.
    mode = connection.get_execution_options().get("freehold_mode")
    if mode in ("read", "glance"):
        _sqlite_setting(connection, "query_only", "ON")
        if mode == "read":
            connection.exec_driver_sql("BEGIN")
    else:
        _sqlite_setting(connection, "query_only", "OFF")
        # A later FULL commit makes what was NORMAL before it last as well: the log is one file.
        _sqlite_setting(connection, "synchronous", "NORMAL" if mode == "passing" else "FULL")
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _sqlite_setting(connection: Connection, name: str, value: str) -> None:
    """Set it where this connection has it otherwise."""
    if connection.info.get(name) != value:
        connection.exec_driver_sql(f"PRAGMA {name}={value}")
        connection.info[name] = value


def _postgresql_begin(connection: Connection) -> None:
    if connection.get_execution_options().get("freehold_mode") == "read":
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
