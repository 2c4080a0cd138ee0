"""A practice at its desk: real database, real mirror, a calendar whose provider is played by the test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from cryptography.fernet import Fernet
from sqlalchemy import func, insert, select, update

from booking.desk import Asking, CalendarChange, Desk, RequestForm, SlotQuery
from booking.desk.forms import STRANGER
from booking.desk.views import Requested, SlotAnswer
from booking.practice import (
    Block,
    Client,
    ClientStatus,
    Location,
    Mode,
    Practice,
    Provider,
    Service,
)
from booking.roles import Actor, Role
from booking.store import tables
from booking.store.finding import practice_by_slug
from booking.store.practices import provider_ids, save_practice
from service.database import Database
from service.mirror import StoredMirror
from service.secrecy import Sealer, TokenMaker
from sync.model.event import Event, Series
from sync.model.identity import new_id
from sync.model.timespan import TimeSpan
from sync.store import tables as sync_tables

MONDAY = datetime(2026, 11, 23, 12, tzinfo=UTC)
"""When every desk world begins: 7 o'clock in the morning in New York."""
TEN = datetime(2026, 11, 25, 15, tzinfo=UTC)
"""Wednesday, 10 o'clock in New York: two days and three hours ahead."""
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
GRACE = timedelta(minutes=2)

SESSION = Service("90834", "Individual session", timedelta(minutes=45), buffer_after=timedelta(minutes=10))
WEEK = Block(frozenset(range(5)), time(9), time(17))
GRACE_HOPPER = Client("c-1", "Grace Hopper", "grace@example.com", ClientStatus.ACTIVE)


def ada(**changes: Any) -> Provider:
    base = Provider(
        "ada", "Ada Byron", "ada@example.com", "America/New_York", self_scheduling=True, availability=(WEEK,)
    )
    return replace(base, **changes)


def elm_street(**changes: Any) -> Practice:
    base = Practice(
        "elm-street",
        "Elm Street Therapy",
        "America/New_York",
        self_scheduling=True,
        services=(SESSION,),
        locations=(Location("main", "Main office", rooms=("Blue", "Green")),),
        providers=(ada(),),
        clients=(GRACE_HOPPER,),
    )
    return replace(base, **changes)


@dataclass
class DeskWorld:
    """``now`` stands still until the test moves it. All of Ada's calendars were read whole at ``MONDAY``."""

    database: Database
    desk: Desk
    cipher: Sealer
    mirror: StoredMirror
    practice_id: str
    providers: dict[str, str]
    calendars: dict[str, str] = field(default_factory=dict)
    now: datetime = MONDAY

    @property
    def owner(self) -> Actor:
        return Actor(Role.OWNER, self.practice_id, "user:owner")

    def provider_actor(self, slug: str = "ada") -> Actor:
        return Actor(Role.PROVIDER, self.practice_id, f"user:{slug}", provider_id=self.providers[slug])

    def later(self, by: timedelta) -> datetime:
        self.now += by
        return self.now

    # The client

    def form(self, **changes: Any) -> RequestForm:
        base = RequestForm(
            practice="elm-street",
            provider="ada",
            service="90834",
            start=TEN,
            name="Grace Hopper",
            email="grace@example.com",
        )
        return replace(base, **changes)

    def ask(self, **changes: Any) -> Requested:
        return self.desk.request(self.form(**changes), now=self.now)

    def accepted(self, **changes: Any) -> str:
        """The id of an appointment whose notice has gone out."""
        asked = self.ask(**changes)
        self.desk.accept(self.owner, asked.id, now=self.now)
        self.later(GRACE)
        self.desk.settle_graces(now=self.now)
        return asked.id

    def token(self, client_id: str = "c-1") -> Asking:
        link = self.desk.client_link(self.practice_id, client_id, now=self.now)
        return Asking(client_token=link.token)

    def slots(self, asking: Asking = STRANGER, provider: str = "ada", service: str = "90834") -> SlotAnswer:
        """Those of the Wednesday on which ``TEN`` lies."""
        day = TEN.date()
        query = SlotQuery(
            practice="elm-street",
            provider=provider,
            service=service,
            start=day,
            end=day + timedelta(days=1),
            asking=asking,
        )
        return self.desk.slots(query, now=self.now)

    def starts(self, **query: Any) -> set[datetime]:
        return {slot.start.astimezone(UTC) for slot in self.slots(**query).slots}

    # The calendar

    def read_at(self, moment: datetime) -> None:
        """The calendars were read whole at this moment."""
        with self.database.write() as connection:
            connection.execute(update(sync_tables.calendar).values(checked_at=moment))

    def busy(self, start: datetime, end: datetime, *, soft: bool = False, provider: str = "ada") -> None:
        """An event of the provider's own, as a reading would have stored it."""
        entry_id = new_id()
        owner = {"practice_id": self.practice_id, "calendar_id": self.calendars[provider]}
        with self.database.write() as connection:
            connection.execute(
                insert(sync_tables.entry).values(
                    id=entry_id, origin="remote", uid=entry_id, created_at=self.now, **owner
                )
            )
            connection.execute(
                insert(sync_tables.busy).values(
                    entry_id=entry_id,
                    provider_id=self.providers[provider],
                    starts_at=start,
                    ends_at=end,
                    soft=soft,
                    **owner,
                )
            )

    def event(self, request_id: str) -> Event | None:
        """What the event of a request should mean now; None: it is to be gone, or there never was one."""
        with self.database.read() as connection:
            found = self.mirror.event(connection, request_id)
        return None if found is None or found.series is None else found.series.master

    def edit(self, request_id: str, *, series: Series | None = None, **changes: Any) -> str:
        """The provider changes the event, and the change is read: the mirror takes it over, the desk settles it."""
        with self.database.write() as connection:
            known = self.mirror.event(connection, request_id)
            assert known is not None
            assert known.series is not None
            assert known.series.master is not None
            after = series or replace(known.series, master=replace(known.series.master, **changes))
            self.mirror.put(
                connection, booking_ref=request_id, calendar_id=known.calendar_id, series=after, now=self.now
            )
            change = CalendarChange(request_id, "edited", known.series, after)
            return self.desk.settle(connection, change, now=self.now)

    def edit_removed(self, request_id: str, before: Event, **changes: Any) -> str:
        """A change of an event that we have taken out meanwhile is read late."""
        was = Series(request_id, before)
        after = replace(was, master=replace(before, **changes))
        with self.database.write() as connection:
            return self.desk.settle(
                connection, CalendarChange(request_id, "edited", was, after), now=self.now
            )

    def delete(self, request_id: str) -> str:
        with self.database.write() as connection:
            known = self.mirror.event(connection, request_id)
            self.mirror.take_out(connection, booking_ref=request_id, now=self.now)
            change = CalendarChange(request_id, "deleted", known.series if known else None, None)
            return self.desk.settle(connection, change, now=self.now)

    def restore(self, request_id: str, event: Event) -> str:
        with self.database.write() as connection:
            change = CalendarChange(request_id, "restored", None, Series(request_id, event))
            return self.desk.settle(connection, change, now=self.now)

    # The books

    def held(self) -> list[TimeSpan]:
        """All claims on Ada's time that have not lapsed, by start."""
        claim = tables.claim
        with self.database.read() as connection:
            rows = connection.execute(
                select(claim)
                .where(claim.c.resource == f"provider:{self.providers['ada']}")
                .order_by(claim.c.starts_at)
            ).all()
        return [TimeSpan(r.starts_at, r.ends_at) for r in rows if r.until is None or r.until > self.now]

    def mails(self, audience: str = "client") -> list[str]:
        mail = tables.mail
        with self.database.read() as connection:
            statement = (
                select(mail.c.kind).where(mail.c.audience == audience).order_by(mail.c.created_at, mail.c.id)
            )
            return list(connection.execute(statement).scalars())

    def audit(self, request_id: str) -> list[tuple[str, str]]:
        """Actor and action, in order."""
        audit = tables.audit
        with self.database.read() as connection:
            rows = connection.execute(
                select(audit).where(audit.c.object == f"request:{request_id}").order_by(audit.c.at)
            ).all()
        return [(row.actor, row.action) for row in rows]

    def count(self, table: str) -> int:
        with self.database.read() as connection:
            return connection.execute(
                select(func.count()).select_from(tables.metadata.tables[table])
            ).scalar_one()


class Looked:
    """Live calendars that were read this very moment; ``fails`` makes them silent."""

    fails = False

    def look(self, provider_id: str) -> bool:
        return not self.fails


@contextmanager
def desk_world(url: str, practice: Practice, *, calendar: bool = True) -> Iterator[DeskWorld]:
    """``url`` has the whole schema. ``calendar``: every provider has one for writing; without it none has any."""
    database = Database(url)
    try:
        cipher = Sealer([Fernet.generate_key().decode()])
        mirror = StoredMirror(cipher)
        desk = Desk(database, mirror, TokenMaker("x" * 40), Looked(), base_url="https://book.example")
        with database.write() as connection:
            save_practice(connection, practice, now=MONDAY)
            found = practice_by_slug(connection, practice.slug)
            assert found is not None
            world = DeskWorld(database, desk, cipher, mirror, found.id, provider_ids(connection, found.id))
        if calendar:
            for slug in world.providers:
                _connect(world, slug)
        yield world
    finally:
        database.close()


def _connect(world: DeskWorld, slug: str) -> None:
    account_id, calendar_id = new_id(), new_id()
    owner = {"practice_id": world.practice_id, "provider_id": world.providers[slug], "created_at": MONDAY}
    with world.database.write() as connection:
        connection.execute(
            insert(sync_tables.account).values(
                id=account_id, name="home", kind="caldav", state="ok", discovered_at=MONDAY, **owner
            )
        )
        connection.execute(
            insert(sync_tables.calendar).values(
                id=calendar_id,
                account_id=account_id,
                remote_id="/work/",
                url="/work/",
                name="Work",
                role="write",
                state="ok",
                checked_at=MONDAY,
                **owner,
            )
        )
    world.calendars[slug] = calendar_id


def a_group(capacity: int = 3, **changes: Any) -> Service:
    base = Service("group", "Group", timedelta(minutes=60), modes=(Mode.IN_PERSON,), capacity=capacity)
    return replace(base, **changes)
