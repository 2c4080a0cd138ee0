"""The schema that the revisions make, on both databases."""

import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, inspect
from sqlalchemy.engine import make_url

from service.database import Database
from service.migrations.target import METADATA, is_ours
from service.schema import SchemaRefused, configuration, is_current, revisions, upgrade
from tests.support.postgres import PostgresServer


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


def test_an_empty_database_is_not_current_and_an_upgraded_one_is(database: Database) -> None:
    assert not is_current(database)
    upgrade(database)
    assert is_current(database)


def test_the_head_told_by_the_files_names_is_the_one_that_alembic_finds(database: Database) -> None:
    upgrade(database)
    with database.read() as connection:
        found = revisions(connection)
        assert set(found) == set(MigrationContext.configure(connection).get_current_heads())
    assert set(found) == set(ScriptDirectory.from_config(configuration()).get_heads())


def test_upgrading_twice_changes_nothing(database: Database) -> None:
    upgrade(database)
    upgrade(database)
    assert is_current(database)


def test_the_revisions_make_exactly_the_tables_of_the_code(database: Database) -> None:
    upgrade(database)
    with database.read() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_object": is_ours}
        )
        assert compare_metadata(context, METADATA) == []


def test_the_revisions_make_every_check_of_the_code(database: Database) -> None:
    upgrade(database)
    wanted = {
        (table.name, str(constraint.name))
        for metadata in METADATA
        for table in metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }
    with database.read() as connection:
        inspector = inspect(connection)
        made = {
            (table, check["name"])
            for table in inspector.get_table_names()
            for check in inspector.get_check_constraints(table)
        }
    assert made == wanted


def test_processes_that_start_at_once_make_the_schema_once(database: Database, database_url: str) -> None:
    words = "import sys; from service.database import Database; from service.schema import upgrade"
    program = f"{words}; upgrade(Database(sys.argv[1]))"
    started = [subprocess.Popen([sys.executable, "-c", program, database_url]) for _ in range(3)]
    assert [process.wait(timeout=120) for process in started] == [0, 0, 0]
    assert is_current(database)


@pytest.mark.postgres
def test_a_role_that_may_not_make_the_extension_is_told_in_one_sentence(
    postgres: PostgresServer, postgres_url: str
) -> None:
    name = make_url(postgres_url).database
    with psycopg.connect(postgres.libpq_url(), autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS plain_role")
        connection.execute("CREATE ROLE plain_role LOGIN")
    with psycopg.connect(postgres.libpq_url(str(name)), autocommit=True) as connection:
        connection.execute("GRANT ALL ON SCHEMA public TO plain_role")
    database = Database(postgres_url.replace("postgres@", "plain_role@"))
    try:
        with pytest.raises(SchemaRefused, match='run "CREATE EXTENSION btree_gist;" in this database once'):
            upgrade(database)
    finally:
        database.close()
