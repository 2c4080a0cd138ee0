"""Many accounts, each at a memory server of its own, before one engine, one database and a clock in the hand."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from cryptography.fernet import Fernet
from sqlalchemy import insert, select, update

from service.database import Database
from service.secrecy import Sealer
from sync.backends.access import AccountAccess
from sync.backends.memory import MemoryBackend
from sync.backends.memory_server import MemoryServer
from sync.backends.protocol import CalendarBackend
from sync.engine import AccountReport, Engine
from sync.model.event import Series
from sync.store import outbox
from sync.store.due import accounts_to_write, due_accounts
from sync.store.tables import account, calendar, calendar_rule, metadata
from tests.support import ics
from tests.support.engine_world import NOON, FixedViews, appointment


class ManyAccounts:
    """Account ``a-0`` of provider ``p-0`` and so on, each with the calendar ``Work`` to write to; ``hosts`` names the
    servers that some of them share."""

    def __init__(self, url: str, count: int, *, hosts: Mapping[str, str] | None = None) -> None:
        self.hosts = hosts or {}
        self.database = Database(url)
        metadata.create_all(self.database.engine)
        self.cipher = Sealer([Fernet.generate_key().decode()])
        self.now = NOON
        self.elapsed = 0.0
        self.names = [f"a-{number}" for number in range(count)]
        self.servers = {name: MemoryServer() for name in self.names}
        self.work = {name: server.add_calendar("Work") for name, server in self.servers.items()}
        self.engine = Engine(
            database=self.database,
            cipher=self.cipher,
            open_backend=self.open,
            views=FixedViews(),
            jitter=random.Random(7),
            monotonic=lambda: self.elapsed,
        )
        with self.database.write() as connection:
            connection.execute(insert(account), [self._account(name) for name in self.names])
            connection.execute(insert(calendar_rule), [self._rule(name) for name in self.names])

    def open(self, access: AccountAccess) -> CalendarBackend:
        return MemoryBackend(self.servers[access.username], password=access.secret)

    def sync(self, name: str, *, urgent: Callable[[], None] | None = None) -> AccountReport:
        """What is due for one account."""
        return self.engine.sync_account(name, owner="worker", now=self.now, urgent=urgent)

    def sync_all(self) -> None:
        for name in self.names:
            assert self.sync(name).ok

    def due(self, limit: int = 1_000) -> list[str]:
        with self.database.read() as connection:
            return due_accounts(connection, now=self.now, limit=limit)

    def to_write(self) -> list[str]:
        with self.database.read() as connection:
            return accounts_to_write(connection, now=self.now, limit=1_000)

    def book(self, name: str, booking: str = "") -> None:
        """A request is put into the account's mirror."""
        with self.database.write() as connection:
            target = outbox.write_calendar(connection, f"p-{name}")
            assert target is not None
            outbox.put(
                connection,
                self.cipher,
                booking_ref=booking or f"booking-{name}",
                calendar_id=target,
                series=Series("", appointment()),
                now=self.now,
            )

    def fill(self, name: str, count: int, *, page_size: int = 10, seconds_a_page: float = 0.0) -> None:
        """A calendar so large that reading it takes many pages, and each page its time."""
        server = self.servers[name]
        server.page_size = page_size
        for number in range(count):
            start = NOON + timedelta(hours=number)
            server.put(self.work[name], f"e-{number:05}", ics.timed(f"e-{number}", start, timedelta(hours=1)))

        def passes() -> None:
            self.elapsed += seconds_a_page

        for _ in range(10 * count // page_size):
            server.plan("list", passes)

    def set(self, names: Iterable[str], **values: Any) -> None:
        """Columns of these accounts' calendars."""
        with self.database.write() as connection:
            connection.execute(
                update(calendar).where(calendar.c.account_id.in_(list(names))).values(**values)
            )

    def calendar_row(self, name: str) -> Any:
        with self.database.read() as connection:
            return connection.execute(select(calendar).where(calendar.c.account_id == name)).one()

    def account_row(self, name: str) -> Any:
        with self.database.read() as connection:
            return connection.execute(select(account).where(account.c.id == name)).one()

    def turn(self) -> dict[str, int]:
        """Everything that is due, once; the number of calls each server met."""
        for server in self.servers.values():
            server.calls.clear()
        for name in self.due():
            self.sync(name)
        return {name: len(self.calls(name)) for name in self.names}

    def calls(self, name: str) -> list[str]:
        """Operations asked of the account's server since the last time."""
        found = [call.operation for call in self.servers[name].calls]
        self.servers[name].calls.clear()
        return found

    def _account(self, name: str) -> dict[str, Any]:
        return {
            "id": name,
            "practice_id": "practice",
            "provider_id": f"p-{name}",
            "name": "home",
            "kind": "memory",
            "username": name,
            "host": self.hosts.get(name),
            "secret_enc": self.cipher.seal(b"secret", row=name),
            "created_at": self.now,
        }

    def _rule(self, name: str) -> dict[str, Any]:
        return {
            "id": f"rule-{name}",
            "practice_id": "practice",
            "account_id": name,
            "position": 0,
            "match": "Work",
            "role": "write",
        }
