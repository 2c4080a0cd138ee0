"""Backups that any database can restore: every row of every table as JSON, in one gzip file with a checksum.

Line one is the head: format, schema revisions, instant. Then the rows, ``{"t": TABLE, "r": {COLUMN: VALUE}}``, parents
first. The last line counts them and holds the SHA-256 of all lines before it. Sessions and sign-in links are left out:
nobody is signed in by a restore. Encrypted columns stay encrypted; the keys are not in the file.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby, islice
from pathlib import Path
from typing import Any, Final

from sqlalchemy import JSON, Column, Connection, Table, func, insert, select, update

from booking.store.tables import mail, stamp
from booking.store.tables import metadata as booking_tables
from service.database import Database
from service.people.tables import login_link, session
from service.people.tables import metadata as people_tables
from service.schema import revisions, upgrade
from sync.store.tables import account, calendar
from sync.store.tables import metadata as sync_tables

FORMAT: Final = 1
_BATCH: Final = 500
# Who is signed in is nobody's to carry over; the versions of offered time rise by themselves as rows are put in.
_LEFT_OUT: Final = frozenset({session.name, login_link.name, stamp.name})


class BackupRefused(Exception):
    """Nothing was written; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a whole and sound file holds."""

    revisions: tuple[str, ...]
    taken_at: datetime
    rows: int


def tables() -> list[Table]:
    """Every table that is kept, in the order in which rows may be put in."""
    found = [
        table for metadata in (booking_tables, people_tables, sync_tables) for table in metadata.sorted_tables
    ]
    return [table for table in found if table.name not in _LEFT_OUT]


def write_backup(database: Database, path: Path, *, now: datetime) -> Contents:
    """Writes all rows, as they are at one instant, and reads the file back before it takes its name.

    The file is its owner's only. One that is there already is replaced.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            with database.read() as connection:
                _write(file, _lines(connection, now))
            file.flush()
            os.fsync(file.fileno())
        contents = check_backup(draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return contents


def check_backup(path: Path) -> Contents:
    """Reads the whole file. Raises BackupRefused if it is no backup, not of this format, or damaged."""
    with _reading(path):
        head: dict[str, Any] = {}
        rows = 0
        for number, document in enumerate(_documents(path)):
            if number == 0:
                head = document
            else:
                rows += 1
        return Contents(tuple(head["revisions"]), datetime.fromisoformat(head["taken_at"]), rows)


def restore_backup(database: Database, path: Path) -> Contents:
    """Puts the rows of a sound file into an empty database, all or none.

    Afterwards no worker holds an account, and every calendar is read whole before its mirror counts as known:
    what happened at the remote since the backup is found again and not made twice. Raises BackupRefused.
    """
    contents = check_backup(path)
    upgrade(database)
    with database.write() as connection, _reading(path):
        _refuse_other_schema(contents, revisions(connection))
        _refuse_rows(connection)
        _fill(connection, islice(_documents(path), 1, None))
        _read_anew(connection)
    return contents


def _refuse_other_schema(contents: Contents, present: tuple[str, ...]) -> None:
    if contents.revisions != present:
        raise BackupRefused(
            f"the backup has the schema {', '.join(contents.revisions)}, this release {', '.join(present)}:"
            " restore it with the release that made it, then run freehold db upgrade with this one"
        )


def _refuse_rows(connection: Connection) -> None:
    for table in tables():
        if connection.execute(select(func.count()).select_from(table)).scalar_one():
            raise BackupRefused(
                f"the database is not empty (there are rows in {table.name}); name an empty one"
            )


def _fill(connection: Connection, documents: Iterable[dict[str, Any]]) -> None:
    known = {table.name: table for table in tables()}
    for name, group in groupby(documents, key=lambda document: document["t"]):
        table = known.get(name)
        if table is None:
            raise BackupRefused(f"the file holds a table {name} that this release does not know")
        rows = (_loaded(table, document["r"]) for document in group)
        while batch := list(islice(rows, _BATCH)):
            connection.execute(insert(table), batch)


def _read_anew(connection: Connection) -> None:
    """Leases and sending end with the program that was backed up; its knowledge of the remotes may be old."""
    connection.execute(
        update(account).values(
            lease_owner=None,
            lease_until=None,
            fence=account.c.fence + 1,
            not_before=None,
            discover_due_at=None,
        )
    )
    connection.execute(update(calendar).values(due_at=None, full_due_at=None, checked_at=None))
    connection.execute(update(mail).values(taken_until=None))


def _lines(connection: Connection, now: datetime) -> Iterator[dict[str, Any]]:
    yield {
        "freehold_backup": FORMAT,
        "revisions": list(revisions(connection)),
        "taken_at": now.isoformat(),
    }
    for table in tables():
        statement = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=_BATCH)
        for row in connection.execute(statement).mappings():
            yield {"t": table.name, "r": {c.name: _plain(c, row[c]) for c in table.columns}}


def _plain(column: Column[Any], value: Any) -> Any:
    """JSON for a value; the types JSON does not know become an object with one key, which says which it is."""
    if isinstance(column.type, JSON):
        return value
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, timedelta):
        return {"seconds": value // timedelta(seconds=1)}
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    return value


def _loaded(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(table.columns[name], value) for name, value in row.items()}


def _value(column: Column[Any], plain: Any) -> Any:
    if isinstance(column.type, JSON) or not isinstance(plain, dict):
        return plain
    [(kind, value)] = plain.items()
    if kind == "at":
        return datetime.fromisoformat(value)
    if kind == "date":
        return date.fromisoformat(value)
    if kind == "seconds":
        return timedelta(seconds=value)
    return base64.b64decode(value, validate=True)


def _write(file: Any, documents: Iterator[dict[str, Any]]) -> None:
    digest, count = hashlib.sha256(), -1
    with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=6, mtime=0) as packed:
        for document in documents:
            line = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
            digest.update(line)
            packed.write(line)
            count += 1
        packed.write(json.dumps({"rows": count, "sha256": digest.hexdigest()}).encode() + b"\n")


def _documents(path: Path) -> Iterator[dict[str, Any]]:
    """The head and the rows; the end raises BackupRefused unless all of it is there as it was written."""
    digest, count, last = hashlib.sha256(), -1, b""
    with gzip.open(path, "rb") as packed:
        for line in packed:
            if last:
                digest.update(last)
                count += 1
                document = json.loads(last)
                if count == 0:
                    _check_head(document)
                yield document
            last = line
    end = json.loads(last or b"null")
    if not isinstance(end, dict) or end != {"rows": count, "sha256": digest.hexdigest()}:
        raise BackupRefused("the file is damaged: its checksum does not hold; take another backup")


def _check_head(head: Any) -> None:
    if not isinstance(head, dict) or "freehold_backup" not in head:
        raise BackupRefused("this is no backup of Freehold")
    if head["freehold_backup"] != FORMAT:
        raise BackupRefused(
            f"this backup has the form {head['freehold_backup']}; restore it with its own release"
        )


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except (gzip.BadGzipFile, zlib.error, EOFError, ValueError, KeyError, TypeError) as error:
        raise BackupRefused(f"{path.name} is damaged, or no backup of Freehold; take another") from error
    except OSError as error:
        raise BackupRefused(f"{path} cannot be read: {error.strerror or error}") from error
