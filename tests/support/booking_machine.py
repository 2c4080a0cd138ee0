"""Requests against random histories: client, provider in the app and in the calendar, staff, time, crashes.

Some are for one time, some for seats of a group, some for series; others wait on the waitlist and take what they are
offered. What must hold after every step, and once all is quiet, is in ``booking_truths``.
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
from sqlalchemy import Connection

from booking.desk import Receipt, Recurring
from booking.desk.forms import WaitForm
from booking.desk.means import Means
from booking.desk.views import Replayed
from booking.refusals import Refused
from booking.series import Scope
from booking.store import capabilities, requests
from service.database import Database
from service.schema import upgrade
from service.secrecy import TokenMaker
from sync.model.event import Override, Series
from sync.model.event import Status as EventStatus
from sync.model.moments import WallTime, instant_to_wall
from tests.support import booking_truths as truths
from tests.support.desk_world import (
    GRACE,
    HOUR,
    MINUTE,
    SESSION,
    TEN,
    DeskWorld,
    a_group,
    ada,
    desk_world,
    elm_street,
)

ZONE = "America/New_York"
STARTS = [TEN + n * 30 * MINUTE for n in range(5)]
"""Close together, so that histories meet."""
WEEK = timedelta(weeks=1)
REPEATS = [
    Recurring(rule="FREQ=WEEKLY;COUNT=3"),
    Recurring(rule="FREQ=WEEKLY;INTERVAL=2;COUNT=2"),
    Recurring(dates=((TEN + timedelta(days=1)).date(), (TEN + 2 * WEEK).date())),
]
NUMBERS = st.integers(0, 19)
SCOPES = st.sampled_from(list(Scope))


class Crash(Exception):
    """A process ends just before its transaction is committed."""


class Crashing:
    """Transactions of the desk, of which the next few never are committed once ``armed`` says so."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.armed = 0

    def read(self) -> Any:
        return self._database.read()

    def glance(self) -> Any:
        return self._database.glance()

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
        practice = elm_street(providers=(ada(), bob), services=(SESSION, a_group(3)))
        self.world: DeskWorld = self.stack.enter_context(
            desk_world(made() if made else _fresh(folder), practice)
        )
        self.books = Crashing(self.world.database)
        means: Means = self.world.desk._means
        for part in (self.world.desk, self.world.desk.waitlist):
            part._means = replace(means, books=self.books)
        self.ids: list[str] = []
        self.places: list[str] = []
        """Tokens of the waitlist."""
        self.gone: dict[str, Any] = {}
        self.keys = 0

    @initialize()
    def begun(self) -> None:
        """Three have asked already: without them a short history would be about nothing."""
        type(self).runs += 1
        for start in STARTS[:6:2]:
            self.ask(start, False, "90834")

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

    @rule(start=st.sampled_from(STARTS), twice=st.booleans(), service=st.sampled_from(["90834", "group"]))
    def ask(self, start: datetime, twice: bool, service: str) -> None:
        """With ``twice`` from two devices, or once more after no answer came."""
        self.keys += 1
        form = self.world.form(start=start, service=service, email=f"client-{self.keys}@example.com")
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

    @rule(start=st.sampled_from(STARTS), recurring=st.sampled_from(REPEATS))
    def ask_for_a_series(self, start: datetime, recurring: Recurring) -> None:
        self.keys += 1
        form = self.world.form(start=start, email=f"client-{self.keys}@example.com", recurring=recurring)

        def act() -> None:
            done = self.world.desk.request(form, now=self.world.now)
            self.ids += [request_id for request_id, _ in done.dates]

        self._try(act)

    @precondition(lambda self: self.ids)
    @rule(
        number=NUMBERS,
        deed=st.sampled_from(["accept", "decline", "cancel", "undo"]),
        twice=st.booleans(),
        scope=SCOPES,
    )
    def decide(self, number: int, deed: str, twice: bool, scope: Scope) -> None:
        actor = self.world.owner if number % 2 else self.world.provider_actor()
        given = {} if deed == "undo" else {"scope": scope}

        def act() -> None:
            for _ in range(1 + twice):
                getattr(self.world.desk, deed)(actor, self._some(number), now=self.world.now, **given)

        self._try(act)

    @precondition(lambda self: self.ids)
    @rule(
        number=NUMBERS,
        start=st.sampled_from(STARTS),
        deed=st.sampled_from(["reschedule", "propose"]),
    )
    def put_elsewhere(self, number: int, start: datetime, deed: str) -> None:
        given = start if deed == "reschedule" else [start, start + 2 * HOUR]
        call = getattr(self.world.desk, deed)
        self._try(lambda: call(self.world.owner, self._some(number), given, now=self.world.now))

    @precondition(lambda self: self.ids)
    @rule(number=NUMBERS, to=st.sampled_from(["ada", "bob"]))
    def reassign(self, number: int, to: str) -> None:
        self._try(
            lambda: self.world.desk.reassign(self.world.owner, self._some(number), to, now=self.world.now)
        )

    @precondition(lambda self: self.ids)
    @rule(number=NUMBERS, deed=st.sampled_from(["cancel", "refuse"]))
    def client_says_no(self, number: int, deed: str) -> None:
        call = getattr(self.world.desk, f"client_{deed}")
        self._try(lambda: call(self._token(number), now=self.world.now))

    @precondition(lambda self: self.ids)
    @rule(
        number=NUMBERS,
        start=st.sampled_from(STARTS),
        deed=st.sampled_from(["reschedule", "choose"]),
    )
    def client_takes(self, number: int, start: datetime, deed: str) -> None:
        call = getattr(self.world.desk, f"client_{deed}")
        self._try(lambda: call(self._token(number), start, now=self.world.now))

    @precondition(lambda self: self.ids)
    @rule(number=NUMBERS, scope=SCOPES)
    def client_gives_up(self, number: int, scope: Scope) -> None:
        token = self._token(number)
        self._try(lambda: self.world.desk.client_cancel(token, scope=scope, now=self.world.now))

    # The waitlist

    @rule(service=st.sampled_from(["90834", "group"]))
    def join(self, service: str) -> None:
        self.keys += 1
        form = WaitForm(
            practice="elm-street",
            provider="ada",
            service=service,
            name="Grace Hopper",
            email=f"client-{self.keys}@example.com",
            first=TEN.date(),
            last=TEN.date(),
        )
        self._try(lambda: self.places.append(self.world.desk.waitlist.join(form, now=self.world.now)))

    @precondition(lambda self: self.places)
    @rule(number=NUMBERS, deed=st.sampled_from(["take", "let_pass", "leave"]), twice=st.booleans())
    def answer_an_offer(self, number: int, deed: str, twice: bool) -> None:
        call = getattr(self.world.desk.waitlist, deed)
        token = self.places[number % len(self.places)]

        def act() -> None:
            for _ in range(1 + twice):
                done = call(token, now=self.world.now)
                self.ids += [done.id] if deed == "take" else []

        self._try(act)

    # What the provider does in the calendar

    @precondition(lambda self: self.ids)
    @rule(number=NUMBERS, start=st.sampled_from([None, *STARTS]), confirmed=st.booleans())
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
    @rule(number=NUMBERS)
    def delete_there(self, number: int) -> None:
        ref = self._event(self._some(number))
        event = self.world.event(ref)
        if event is not None:
            self.gone[ref] = event
            self._try(lambda: self.world.delete(ref))

    @precondition(lambda self: self.ids)
    @rule(number=NUMBERS, by=st.sampled_from([None, HOUR, 2 * HOUR]), confirmed=st.booleans())
    def edit_one_date_there(self, number: int, by: timedelta | None, confirmed: bool) -> None:
        """One date of a series is taken out, or moved, confirmed or not."""
        with self.world.database.read() as connection:
            stored = requests.find(connection, self._some(number))
            assert stored is not None
            known = self.world.mirror.event(connection, stored.standing.seat.event)
        series = None if known is None else known.series
        if series is None or series.master is None or stored.asked.series_id is None:
            return
        after = _with_date(series, stored.asked.wall, by, confirmed=confirmed)
        self._try(lambda: self.world.edit(stored.standing.seat.event, series=after))

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
            done = desk.expire(now=now) + desk.settle_graces(now=now)
            return done + desk.waitlist.offer(now=now)
        except ExceptionGroup as failed:
            raise Crash from failed

    # What must hold

    @invariant()
    def the_books_agree(self) -> None:
        with self.world.database.read() as connection:
            truths.what_is_held_is_what_the_states_say(connection, now=self.world.now)
            truths.no_time_is_given_twice(connection)
            truths.the_audit_agrees(connection)
            truths.the_calendar_is_meant_to_say_what_is_true(connection, self.world)
            truths.nothing_else_stands_there(connection, self.world)
            truths.offers_hold_their_time(connection)

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
            truths.everybody_knows_once(connection)


def _with_date(series: Series, wall: datetime, by: timedelta | None, *, confirmed: bool) -> Series:
    """The date of a series gone, or as an exception of its own that is moved by so much."""
    key = WallTime(wall, ZONE)
    rest = tuple(each for each in series.overrides if each.recurrence_id != key)
    if by is None:
        excluded = (*series.recurrence.excluded, key)
        return replace(series, recurrence=replace(series.recurrence, excluded=excluded), overrides=rest)
    assert series.master is not None
    known = next((each.event for each in series.overrides if each.recurrence_id == key), series.master)
    status = EventStatus.CONFIRMED if confirmed else known.status
    event = replace(known, start=WallTime(wall + by, ZONE), status=status)
    return replace(series, overrides=(*rest, Override(key, event)))


def machine(url: Callable[[], str] | None = None) -> type[BookingMachine]:
    """A machine of its own, so that its counts are."""
    return type(
        "Booking", (BookingMachine,), {"url": staticmethod(url) if url else None, "runs": 0, "steps": 0}
    )
