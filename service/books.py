"""The desk's transactions, with the places around them at which a test ends the program."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection

from service.database import Database
from sync.failpoints import failpoint


@dataclass(frozen=True, slots=True)
class Books:
    """Answers ``booking.ports.Transactions``."""

    database: Database

    def read(self) -> AbstractContextManager[Connection]:
        return self.database.read()

    def glance(self) -> AbstractContextManager[Connection]:
        return self.database.glance()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        failpoint("desk.before_transaction")
        with self.database.write() as connection:
            yield connection
            failpoint("desk.before_commit")
        failpoint("desk.after_commit")
