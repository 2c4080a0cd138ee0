"""Requests against random histories: client, provider in the app and in the calendar, staff, time, crashes.

After every step: what is held is what the states say, the audit agrees, the calendar is meant to say what is true. Once
all is quiet, everybody has been told where things stand, each of it once.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import Connection, select

from booking.desk import Receipt
from booking.desk.means import Means
from booking.desk.views import Replayed
from booking.refusals import Refused
from booking.requests import Status, held
from booking.store import capabilities, requests, tables
from service.database import Database
from service.schema import upgrade
from service.secrecy import TokenMaker
from sync.model.event import Status as EventStatus
from sync.model.moments import WallTime, instant_to_wall
from sync.model.timespan import TimeSpan
from tests.support.desk_world import GRACE, HOUR, MINUTE, TEN, DeskWorld, ada, desk_world, elm_street

ZONE = "America/New_York"
STARTS = [TEN + n * 30 * MINUTE for n in range(5)]
"""Close together, so that histories meet."""
_TOLD: dict[Status, set[str]] = {
    Status.PENDING: {"created", "undone", "rescheduled", "provider_changed"},
    Status.ACCEPTED: {"confirmed", "rescheduled", "undone", "provider_changed"},
    Status.DECLINED: {"declined", "undone"},
    Status.CANCELLED: {"cancelled", "deleted", "undone"},
    Status.EXPIRED: {"expired", "undone"},
}
"""What the client was last told, by where the request stands."""


class Crash(Exception):
    """A process ends just before its transaction is committed."""


class Crashing:
    """Transactions of the desk, of which the next few never are committed once ``armed`` says so."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.armed = 0

    def read(self) -> Any:
        return self._database.read()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with self._database.write() as connection:
            yield connection
            if self.armed:
                self.armed -= 1
                raise Crash


_template: list[tuple[TemporaryDirectory[str], Path]] = []


def _fresh(folder: Path) -> str:
    """A database with the whole schema, copied from one that is made once."""
    if not _template:
        kept = TemporaryDirectory()
        path = Path(kept.name) / "template.db"
        database = Database(f"sqlite:///{path}")
        upgrade(database)
        database.close()
        _template.append((kept, path))
    shutil.copy(_template[0][1], folder / "books.db")
    return f"sqlite:///{folder / 'books.db'}"


class BookingMachine(RuleBasedStateMachine):
    """``url`` gives the address of a new database with the schema; None: SQLite. ``runs`` and ``steps`` are counted."""

    url: ClassVar[Callable[[], str] | None] = None
    runs: ClassVar[int] = 0
    steps: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        folder = Path(self.stack.enter_context(TemporaryDirectory()))
        made = type(self).url
        bob = replace(ada(), slug="bob", name="Bob Moog", email="bob@example.com")
        practice = elm_street(providers=(ada(), bob))
        self.world: DeskWorld = self.stack.enter_context(
            desk_world(made() if made else _fresh(folder), practice)
        )
        self.books = Crashing(self.world.database)
        means: Means = self.world.desk._means
        for part in (self.world.desk, self.world.desk.waitlist):
            part._means = replace(means, books=self.books)
        self.ids: list[str] = []
        self.gone: dict[str, Any] = {}
        self.keys = 0

    @initialize()
    def begun(self) -> None:
        """Three have asked already: without them a short history would be about nothing."""
        type(self).runs += 1
        for start in STARTS[:6:2]:
            self.ask(start, False)

    def teardown(self) -> None:
        try:
            self._quiet()
        finally:
            self.stack.close()

    # What people do

    def _try(self, act: Callable[[], object]) -> None:
        """What is refused, or dies with its process, changes nothing; the invariants say so."""
        type(self).steps += 1
        with suppress(Refused, Crash):
            act()

    def _some(self, number: int) -> str:
        return self.ids[number % len(self.ids)]

    def _token(self, number: int) -> str:
        return TokenMaker("x" * 40).derive(capabilities.MANAGE, self._some(number))

    @rule(start=st.sampled_from(STARTS), twice=st.booleans())
    def ask(self, start: datetime, twice: bool) -> None:
        """With ``twice`` from two devices, or once more after no answer came."""
        self.keys += 1
        form = self.world.form(start=start, email=f"client-{self.keys}@example.com")
        receipt = Receipt(f"key-{self.keys}", "body", lambda done: done.id.encode())

        def act() -> None:
            done = self.world.desk.request_once(form, receipt, now=self.world.now)
            assert not isinstance(done, Replayed)
            self.ids.append(done.id)
            if twice:
                again = self.world.desk.request_once(form, receipt, now=self.world.now)
                assert isinstance(again, Replayed)
                assert again.answer == done.id.encode()

        self._try(act)

    @precondition(lambda self: self.ids)
    @rule(
        number=st.integers(0, 9),
        deed=st.sampled_from(["accept", "decline", "cancel", "undo"]),
        twice=st.booleans(),
    )
    def decide(self, number: int, deed: str, twice: bool) -> None:
        actor = self.world.owner if number % 2 else self.world.provider_actor()

        def act() -> None:
            for _ in range(1 + twice):
                getattr(self.world.desk, deed)(actor, self._some(number), now=self.world.now)

        self._try(act)

    @precondition(lambda self: self.ids)
    @rule(
        number=st.integers(0, 9),
        start=st.sampled_from(STARTS),
        deed=st.sampled_from(["reschedule", "propose"]),
    )
    def put_elsewhere(self, number: int, start: datetime, deed: str) -> None:
        given = start if deed == "reschedule" else [start, start + 2 * HOUR]
        call = getattr(self.world.desk, deed)
        self._try(lambda: call(self.world.owner, self._some(number), given, now=self.world.now))

    @precondition(lambda self: self.ids)
    @rule(number=st.integers(0, 9), to=st.sampled_from(["ada", "bob"]))
    def reassign(self, number: int, to: str) -> None:
        self._try(
            lambda: self.world.desk.reassign(self.world.owner, self._some(number), to, now=self.world.now)
        )

    @precondition(lambda self: self.ids)
    @rule(number=st.integers(0, 9), deed=st.sampled_from(["cancel", "refuse"]))
    def client_says_no(self, number: int, deed: str) -> None:
        call = getattr(self.world.desk, f"client_{deed}")
        self._try(lambda: call(self._token(number), now=self.world.now))

    @precondition(lambda self: self.ids)
    @rule(
        number=st.integers(0, 9),
        start=st.sampled_from(STARTS),
        deed=st.sampled_from(["reschedule", "choose"]),
    )
    def client_takes(self, number: int, start: datetime, deed: str) -> None:
        call = getattr(self.world.desk, f"client_{deed}")
        self._try(lambda: call(self._token(number), start, now=self.world.now))

    # What the provider does in the calendar

    @precondition(lambda self: self.ids)
    @rule(number=st.integers(0, 9), start=st.sampled_from([None, *STARTS]), confirmed=st.booleans())
    def edit_there(self, number: int, start: datetime | None, confirmed: bool) -> None:
        ref = self._event(self._some(number))
        if self.world.event(ref) is None:
            return
        changes: dict[str, Any] = {"status": EventStatus.CONFIRMED} if confirmed else {}
        if start is not None:
            changes["start"] = WallTime(instant_to_wall(start, ZONE), ZONE)
        if changes:
            self._try(lambda: self.world.edit(ref, **changes))

    @precondition(lambda self: self.ids)
    @rule(number=st.integers(0, 9))
    def delete_there(self, number: int) -> None:
        ref = self._event(self._some(number))
        event = self.world.event(ref)
        if event is not None:
            self.gone[ref] = event
            self._try(lambda: self.world.delete(ref))

    @precondition(lambda self: self.gone)
    @rule()
    def restore_there(self) -> None:
        ref, event = self.gone.popitem()
        if self.world.event(ref) is None:
            self._try(lambda: self.world.restore(ref, event))

    # What time and workers do

    @rule(by=st.sampled_from([MINUTE, GRACE, HOUR, 9 * HOUR]))
    def wait(self, by: timedelta) -> None:
        self.world.later(by)
        self.world.read_at(self.world.now)

    @rule()
    def work(self) -> None:
        self._try(self._work)

    @rule(after=st.integers(1, 3))
    def crash(self, after: int) -> None:
        """The next transactions are lost, whoever makes them."""
        self.books.armed = after

    def _work(self) -> int:
        desk, now = self.world.desk, self.world.now
        try:
            return desk.expire(now=now) + desk.settle_graces(now=now)
        except ExceptionGroup as failed:
            raise Crash from failed

    # What must hold

    @invariant()
    def the_books_agree(self) -> None:
        world = self.world
        with world.database.read() as connection:
            for request_id in self._all(connection):
                stored = requests.find(connection, request_id)
                assert stored is not None
                standing = stored.standing
                claims = connection.execute(
                    select(tables.claim).where(tables.claim.c.request_id == request_id)
                ).all()
                lasting = {
                    (row.starts_at, row.ends_at)
                    for row in claims
                    if row.until is None or row.until > world.now
                }
                expected = {(each.span.start, each.span.end) for each in held(standing, now=world.now)}
                assert lasting == expected, (standing, lasting, expected)
                states = connection.execute(
                    select(tables.audit.c.after)
                    .where(
                        tables.audit.c.object == f"request:{request_id}", tables.audit.c.after.is_not(None)
                    )
                    .order_by(tables.audit.c.at)
                ).scalars()
                assert standing.status.value in set(states)
                event = world.mirror.event(connection, standing.seat.event)
                shown = None if event is None or event.series is None else event.series.master
                if request_id in self.given_up(connection):
                    continue
                assert (shown is not None) == standing.live, standing
                if shown is None or standing.proposal is not None:
                    continue
                confirmed = shown.status is EventStatus.CONFIRMED
                assert confirmed == (standing.status is Status.ACCEPTED) or standing.status is Status.PENDING
                assert isinstance(shown.start, WallTime)
                assert shown.start.instant(ZONE) == standing.span.start

    @invariant()
    def no_time_is_given_twice(self) -> None:
        with self.world.database.read() as connection:
            rows = connection.execute(select(tables.claim)).all()
        for one in rows:
            for other in rows:
                if one.resource == other.resource and one.session != other.session:
                    first = TimeSpan(one.starts_at, one.ends_at)
                    assert not first.overlaps(TimeSpan(other.starts_at, other.ends_at))

    def given_up(self, connection: Connection) -> set[str]:
        """Requests whose event the provider took for her own."""
        return set()

    def _all(self, connection: Connection) -> list[str]:
        return list(connection.execute(select(tables.request.c.id)).scalars())

    def _event(self, request_id: str) -> str:
        with self.world.database.read() as connection:
            stored = requests.find(connection, request_id)
        assert stored is not None
        return stored.standing.seat.event

    def _quiet(self) -> None:
        """All graces are over and all work is done: nothing is left to do, and everybody knows."""
        self.books.armed = 0
        self.world.later(GRACE)
        self.world.read_at(self.world.now)
        self._work()
        assert self._work() == 0
        self.the_books_agree()
        with self.world.database.read() as connection:
            for request_id in self._all(connection):
                stored = requests.find(connection, request_id)
                assert stored is not None
                assert not stored.standing.untold
                mails = connection.execute(
                    select(tables.mail)
                    .where(tables.mail.c.request_id == request_id, tables.mail.c.audience == "client")
                    .order_by(tables.mail.c.sequence, tables.mail.c.created_at)
                ).all()
                kinds = [row.kind for row in mails if row.kind not in ("proposed", "reminder")]
                assert kinds.count("created") == 1
                latest = max(row.created_at for row in mails if row.kind in kinds)
                last = {row.kind for row in mails if row.created_at == latest}
                assert last & _TOLD[stored.standing.status], (stored.standing, kinds)
                assert len({row.dedupe for row in mails}) == len(mails)


def machine(url: Callable[[], str] | None = None) -> type[BookingMachine]:
    """A machine of its own, so that its counts are."""
    return type(
        "Booking", (BookingMachine,), {"url": staticmethod(url) if url else None, "runs": 0, "steps": 0}
    )
