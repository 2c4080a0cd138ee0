"""An engine over a memory server and a real database: a provider's account, her calendars, and a clock in the hand."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.fernet import Fernet
from sqlalchemy import Connection, insert, select

from service.database import Database
from service.secrecy import Sealer
from sync.backends.memory import MemoryBackend
from sync.backends.memory_server import MemoryServer
from sync.engine import AccountReport, Engine
from sync.engine.engine import Wish
from sync.engine.expansion import keep_time
from sync.model.event import Event, Series, Status
from sync.model.freebusy import BusyPolicy
from sync.model.moments import Length, WallTime
from sync.model.timespan import TimeSpan
from sync.store import outbox
from sync.store.changes import Change, close_change, open_changes
from sync.store.ports import ProviderView
from sync.store.tables import account, busy, calendar, calendar_rule, entry, metadata

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ZONE = "America/New_York"


class FixedViews:
    """Every provider reads her calendars in the same way."""

    def __init__(self, policy: BusyPolicy | None = None) -> None:
        self.policy = policy or BusyPolicy()

    def view(self, connection: Connection, provider_id: str) -> ProviderView:
        return ProviderView(
            zone=ZONE,
            policy=self.policy,
            horizon=timedelta(days=60),
            poll_every=timedelta(minutes=5),
            own_addresses=frozenset({"ada@example.com"}),
        )


class EngineWorld:
    """One account at one memory server with the calendar ``Work`` to write to."""

    def __init__(
        self, url: str, *, roles: dict[str, str] | None = None, server: MemoryServer | None = None
    ) -> None:
        self.database = Database(url)
        metadata.create_all(self.database.engine)
        self.cipher = Sealer([Fernet.generate_key().decode()])
        self.server = server or MemoryServer()
        self.work = self.server.add_calendar("Work")
        self.views = FixedViews()
        self.now = NOON
        self.backend = MemoryBackend
        self.engine = Engine(
            database=self.database,
            cipher=self.cipher,
            open_backend=lambda access: self.backend(
                self.server, password=access.secret, own_addresses=access.own_addresses
            ),
            views=self.views,
            jitter=random.Random(7),
        )
        with self.database.write() as connection:
            connection.execute(
                insert(account).values(
                    id="account",
                    practice_id="practice",
                    provider_id="ada",
                    name="home",
                    kind="memory",
                    secret_enc=self.cipher.seal(b"secret", row="account"),
                    created_at=self.now,
                )
            )
            for position, (match, role) in enumerate((roles or {"Work": "write"}).items()):
                connection.execute(
                    insert(calendar_rule).values(
                        id=f"rule-{position}",
                        practice_id="practice",
                        account_id="account",
                        position=position,
                        match=match,
                        role=role,
                    )
                )

    def sync(self, *, full: bool = False, owner: str = "worker") -> AccountReport:
        """A pass over everything, due or not."""
        return self.engine.sync_account(
            "account", owner=owner, now=self.now, wish=Wish(everything=True, full=full)
        )

    def pass_time(self, **length: float) -> None:
        self.now += timedelta(**length)

    def busy(self) -> list[TimeSpan]:
        with self.database.read() as connection:
            rows = connection.execute(select(busy).order_by(busy.c.starts_at, busy.c.ends_at))
            return [TimeSpan(row.starts_at, row.ends_at) for row in rows]

    def calendar_row(self, name: str = "Work") -> Any:
        with self.database.read() as connection:
            return connection.execute(select(calendar).where(calendar.c.name == name)).one()

    def account_row(self) -> Any:
        with self.database.read() as connection:
            return connection.execute(select(account)).one()

    def entries(self) -> list[Any]:
        with self.database.read() as connection:
            return list(connection.execute(select(entry).order_by(entry.c.created_at, entry.c.id)).all())

    def book(
        self, booking: str = "booking", *, hour: int = 10, summary: str = "Request: GH", day: int = 24
    ) -> None:
        """A request is put into the mirror: New York wall clock, 45 minutes, tentative."""
        with self.database.write() as connection:
            self.put(connection, booking, appointment(hour=hour, summary=summary, day=day))

    def put(self, connection: Connection, booking: str, event: Event) -> None:
        target = outbox.write_calendar(connection, "ada")
        assert target is not None
        outbox.put(
            connection,
            self.cipher,
            booking_ref=booking,
            calendar_id=target,
            series=Series("", event),
            now=self.now,
        )

    def put_own(self, series: Series, name: str = "own") -> None:
        """An event of the provider's own is put into the mirror, and takes its time at once."""
        with self.database.write() as connection:
            self.put_own_in(connection, series, name)

    def put_own_in(self, connection: Connection, series: Series, name: str = "own") -> None:
        target = outbox.write_calendar(connection, "ada")
        assert target is not None
        entry_id = outbox.put(
            connection,
            self.cipher,
            booking_ref=name,
            calendar_id=target,
            series=series,
            now=self.now,
            takes_time=True,
        )
        keep_time(connection, self.cipher, entry_id, self.views.view(connection, "ada"), self.now)

    def take_out(self, booking: str = "booking") -> None:
        with self.database.write() as connection:
            outbox.take_out(connection, self.cipher, booking_ref=booking, now=self.now)

    def event(self, booking: str = "booking") -> outbox.OurEvent | None:
        with self.database.read() as connection:
            return outbox.our_event(connection, self.cipher, booking)

    def changes(self) -> list[Change]:
        """Open changes, closed by this look at them."""
        with self.database.write() as connection:
            found = open_changes(connection, self.cipher)
            for item in found:
                close_change(connection, item.id, outcome="seen", now=self.now)
            return found

    def texts(self) -> dict[str, str]:
        return dict(self.server.texts(self.work))

    def writes(self) -> int:
        return sum(call.operation in ("create", "update", "delete") for call in self.server.calls)


def appointment(
    *,
    hour: int = 10,
    minute: int = 0,
    summary: str = "Request: GH",
    status: Status = Status.TENTATIVE,
    day: int = 24,
) -> Event:
    return Event(
        start=WallTime(datetime(2026, 11, day, hour, minute), ZONE),
        length=Length(exact=timedelta(minutes=45)),
        summary=summary,
        status=status,
        private=True,
    )
