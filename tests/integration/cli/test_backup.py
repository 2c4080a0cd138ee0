"""Backups are whole, sound, and restore into either database."""

import fcntl
import gzip
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select

from booking.store.tables import request, service
from service.backup import BackupRefused, check_backup, restore_backup, tables, write_backup
from service.database import Database
from sync.store.tables import account, calendar, entry
from tests.support.command import Freehold
from tests.support.practice_text import GOOD

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Database]:
    """A practice with a calendar, an event and a request, in SQLite; a worker holds the account."""
    freehold = Freehold(tmp_path)
    freehold("apply", "-", stdin=GOOD)
    freehold("login-link", "owner@example.com")
    database = Database(f"sqlite:///{freehold.data_dir / 'freehold.db'}")
    with database.write() as connection:
        _fill(connection)
    yield database
    database.close()


@pytest.fixture
def target(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


def _fill(connection: Connection) -> None:
    home = connection.execute(select(account)).one()
    own = {"practice_id": home.practice_id, "created_at": NOW}
    connection.execute(account.update().values(lease_owner="worker", lease_until=NOW, fence=7))
    connection.execute(
        insert(calendar).values(
            id="work", account_id=home.id, provider_id=home.provider_id, remote_id="/work/", url="https://x/work/",
            name="Work", role="write", cursor_kind="sync-token", cursor_value="17", checked_at=NOW,
            full_due_at=NOW + timedelta(days=1), **own,
        )
    )  # fmt: skip
    connection.execute(
        insert(entry).values(
            id="event", calendar_id="work", origin="remote", uid="u", agreed_enc=b"\x00\xff sealed", **own
        )
    )
    known = connection.execute(select(service)).first()
    assert known is not None
    connection.execute(
        insert(request).values(
            id="r-1", provider_id=home.provider_id, service_id=known.id, service_code=known.code, mode="in_person",
            session="r-1", event_ref="r-1", status="pending", starts_at=NOW + timedelta(days=3),
            ends_at=NOW + timedelta(days=3, hours=1), buffer_before=timedelta(0), buffer_after=timedelta(minutes=10),
            timezone="America/New_York", client_name="Zoë “quoted” Ünal", client_email="z@example.com",
            client_email_key="z@example.com", last_action="request", expires_at=NOW + timedelta(days=1),
            former={"at": "a dictionary in JSON"}, **own,
        )
    )  # fmt: skip


def rows(database: Database) -> dict[str, list[tuple[object, ...]]]:
    with database.read() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in tables()
            if table not in (account, calendar)
        }


def test_every_row_is_restored_into_either_database(
    source: Database, target: Database, tmp_path: Path
) -> None:
    written = write_backup(source, tmp_path / "backup", now=NOW)
    restored = restore_backup(target, tmp_path / "backup")
    assert restored == written
    assert written.taken_at == NOW
    assert rows(target) == rows(source)
    write_backup(target, tmp_path / "again", now=NOW)
    restore_into = check_backup(tmp_path / "again")
    assert restore_into == written


def test_after_a_restore_no_worker_holds_an_account_and_calendars_are_read_whole(
    source: Database, target: Database, tmp_path: Path
) -> None:
    write_backup(source, tmp_path / "backup", now=NOW)
    restore_backup(target, tmp_path / "backup")
    with target.read() as connection:
        home = connection.execute(select(account)).one()
        work = connection.execute(select(calendar)).one()
    assert (home.lease_owner, home.lease_until, home.fence) == (None, None, 8)
    assert (work.checked_at, work.due_at, work.full_due_at) == (None, None, None)
    assert work.cursor_value == "17"


def test_nobody_is_signed_in_by_a_restore(source: Database, tmp_path: Path) -> None:
    write_backup(source, tmp_path / "backup", now=NOW)
    text = gzip.decompress((tmp_path / "backup").read_bytes()).decode()
    assert '"t":"practice"' in text
    assert '"t":"login_link"' not in text


def test_the_file_is_its_owners_only_and_holds_no_key(source: Database, tmp_path: Path) -> None:
    write_backup(source, tmp_path / "backup", now=NOW)
    assert (tmp_path / "backup").stat().st_mode & 0o777 == 0o600
    text = gzip.decompress((tmp_path / "backup").read_bytes()).decode()
    assert (tmp_path / "data" / "encryption_keys").read_text().strip() not in text
    assert "open sesame" not in text


@pytest.mark.parametrize("harm", ["cut", "changed", "a line less", "no gzip", "another format"])
def test_a_damaged_file_is_refused_and_nothing_is_restored(
    source: Database, tmp_path: Path, harm: str
) -> None:
    path = tmp_path / "backup"
    write_backup(source, path, now=NOW)
    packed = path.read_bytes()
    lines = gzip.decompress(packed).splitlines(keepends=True)
    path.write_bytes(
        {
            "cut": packed[: len(packed) // 2],
            "changed": gzip.compress(b"".join(lines).replace(b"Ada Byron", b"Ada Lovelace")),
            "a line less": gzip.compress(b"".join(lines[:5] + lines[6:])),
            "no gzip": b"".join(lines),
            "another format": gzip.compress(
                b"".join(lines).replace(b'"freehold_backup":1', b'"freehold_backup":2')
            ),
        }[harm]
    )
    empty = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(BackupRefused):
        restore_backup(empty, path)
    empty.close()


def test_a_database_with_rows_is_refused(source: Database, tmp_path: Path) -> None:
    write_backup(source, tmp_path / "backup", now=NOW)
    before = rows(source)
    with pytest.raises(BackupRefused, match="not empty"):
        restore_backup(source, tmp_path / "backup")
    assert rows(source) == before


def test_a_backup_of_another_schema_is_refused_with_the_mend(source: Database, tmp_path: Path) -> None:
    with source.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    write_backup(source, tmp_path / "backup", now=NOW)
    empty = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(BackupRefused, match="freehold db upgrade"):
        restore_backup(empty, tmp_path / "backup")
    empty.close()


def test_the_commands_carry_a_practice_to_another_machine(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    old, new = Freehold(tmp_path / "old"), Freehold(tmp_path / "new")
    old("apply", "-", stdin=GOOD)
    old("db", "backup", str(tmp_path / "backup"))
    done = new("db", "restore", str(tmp_path / "backup"))
    assert new("export").out == old("export").out
    assert "the present keys do not open" in done.err
    again = new("db", "restore", str(tmp_path / "backup"), check=False)
    assert (again.code, again.out) == (1, "")


def test_a_restore_is_refused_while_the_program_runs_on_the_data(tmp_path: Path) -> None:
    freehold = Freehold(tmp_path)
    freehold("db", "upgrade")
    freehold("db", "backup", "backup")
    (freehold.data_dir / "up.lock").write_text("4711")
    lock = os.open(freehold.data_dir / "up.lock", os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    done = freehold("db", "restore", "backup", check=False)
    os.close(lock)
    assert (done.code, done.out) == (1, "")
    assert "4711" in done.err
