"""Brings the database's schema up to date, and says whether it is."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from service.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

_FOLDER = Path(__file__).parent / "migrations"
# Any number serves, as long as every process that migrates this database takes the same one.
_LOCK = 0x_F4EE_401D_5C4E
_EXTENSION = "btree_gist"
_NOT_PERMITTED = "42501"
_NOT_INSTALLED = ("58P01", "0A000")


class SchemaRefused(RuntimeError):
    """The database does not let us make what we need. The message is one sentence, for the operator."""


def upgrade(database: Database) -> None:
    """Applies every revision that is missing, in one transaction; of many processes one does it, the others wait.

    Raises ``SchemaRefused`` if a role may not make the extension that PostgreSQL needs.
    """
    with database.write() as connection:
        if database.dialect == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
            _extend(connection)
        from alembic import command  # every other command of the program does without it

        command.upgrade(configuration(connection), "head")


def is_current(database: Database) -> bool:
    """True if every revision has been applied, and none that this release does not know."""
    with database.read() as connection:
        return set(revisions(connection)) == _heads()


def is_empty(database: Database) -> bool:
    """True if no revision was ever applied: the program has not begun here."""
    with database.read() as connection:
        return not revisions(connection)


def revisions(connection: Connection) -> tuple[str, ...]:
    """The newest revisions that have been applied, sorted; none in an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return ()
    return tuple(sorted(connection.execute(text("SELECT version_num FROM alembic_version")).scalars()))


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's configuration without a file: revisions lie in the package, the connection is the caller's."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


@cache
def _heads() -> set[str]:
    """Revisions follow one another, and the name of each file begins with its number."""
    numbers = (path.name.partition("_")[0] for path in (_FOLDER / "versions").glob("[0-9]*.py"))
    return {max(numbers)}


def _extend(connection: Connection) -> None:
    found = connection.exec_driver_sql(f"SELECT 1 FROM pg_extension WHERE extname = '{_EXTENSION}'")  # noqa: S608
    if found.scalar():
        return
    try:
        connection.exec_driver_sql(f"CREATE EXTENSION {_EXTENSION}")
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None)
        if state == _NOT_PERMITTED:
            raise SchemaRefused(
                f"The database role may not create the extension {_EXTENSION}:"
                f' have an administrator run "CREATE EXTENSION {_EXTENSION};" in this database once.'
            ) from error
        if state in _NOT_INSTALLED:
            raise SchemaRefused(
                f"PostgreSQL's extension {_EXTENSION} is not installed on the database server:"
                " it comes with the package postgresql-contrib."
            ) from error
        raise
