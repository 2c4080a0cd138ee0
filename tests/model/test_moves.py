"""An owner moves our events between two of her calendars, while bookings change and answers are lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sync import pacing
from sync.engine.engine import Wish
from sync.store.changes import ChangeKind, open_changes
from tests.support.engine_model import repeatable_ids
from tests.support.google_server import GoogleServer
from tests.support.machine_runs import run
from tests.support.model_report import RUNS
from tests.support.moving_places import DavPlace, GooglePlace, MemoryPlace, MovingPlace, Standing, Wire

QUICK_RUNS = {"memory": 10, "google": 3, "radicale": 2}
SHARE = {"memory": 1, "google": 10, "radicale": 25}

bookings = st.sampled_from(("b1", "b2", "b3"))
hours = st.integers(8, 17)


class MovingMachine(RuleBasedStateMachine):
    """One run is one world; ``where`` is the calendar that she last put a booking's event into."""

    place_of: ClassVar[Callable[[], MovingPlace]]
    runs: ClassVar[int] = 0
    steps: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        type(self).runs += 1
        self.ids = repeatable_ids()
        self.ids.__enter__()
        self.place = type(self).place_of()
        self.world = self.place.world
        self.wire = Wire(self.world)
        self.wanted: set[str] = set()
        self.removed, self.told = Counter[str](), Counter[str]()
        self.where: dict[str, str] = {}
        self.counter, self.broken = 0, False

    @initialize()
    def begin(self) -> None:
        assert self.world.sync().ok

    # Bookings.

    @rule(name=bookings, hour=hours)
    def book(self, name: str, hour: int) -> None:
        self.world.book(name, hour=hour)
        self.wanted.add(name)

    @precondition(lambda self: self.wanted)
    @rule(data=st.data())
    def take_out(self, data: st.DataObject) -> None:
        self._give_up(data.draw(st.sampled_from(sorted(self.wanted))))

    @rule()
    def settle(self) -> None:
        for item in self.world.changes():
            if item.kind is ChangeKind.DELETED:
                self.told[item.booking_ref] += 1
                if item.booking_ref in self.wanted:
                    self._give_up(item.booking_ref)

    # The owner.

    @precondition(lambda self: self._ours())
    @rule(data=st.data(), title=st.booleans(), twice=st.booleans())
    def move(self, data: st.DataObject, title: bool, twice: bool) -> None:
        """Perhaps with another title, perhaps there and back."""
        name, event = data.draw(st.sampled_from(self._ours()))
        self._move(name, event)
        if title:
            self.counter += 1
            self.place.retitle(self._at(event.uid), f"typed{self.counter}")
        if twice:
            self._move(name, self._at(event.uid))

    @precondition(lambda self: self._ours())
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        name, event = data.draw(st.sampled_from(self._ours()))
        self.place.remove(event)
        self.removed[name] += 1
        self.where.pop(name, None)

    # Passes, time and faults.

    @rule(full=st.booleans())
    def sync(self, full: bool) -> None:
        self.world.sync(full=full)

    @rule()
    def look(self) -> None:
        self._pass(Wish(look=3.0))

    @rule(minutes=st.sampled_from((1, 12, 60)))
    def pass_time(self, minutes: int) -> None:
        self.world.pass_time(minutes=minutes)
        self._pass(Wish())

    @rule(call=st.integers(0, 6), after=st.booleans())
    def lose_an_answer(self, call: int, after: bool) -> None:
        self.wire.cut(call, after_effect=after)
        self.world.sync()
        self.wire.mend()

    @invariant()
    def nothing_is_taken_for_deleted_that_nobody_deleted(self) -> None:
        type(self).steps += 1
        try:
            self._demand_her_deletions()
        except BaseException:
            self.broken = True
            raise

    def teardown(self) -> None:
        try:
            if not self.broken:
                self._come_to_rest()
        finally:
            self.world.database.close()
            self.ids.__exit__(None, None, None)

    def _come_to_rest(self) -> None:
        for _ in range(6):
            self.world.pass_time(minutes=11)
            self.world.sync(full=True)
            self.settle()
        self._demand_her_deletions()
        there = {name: event.calendar for name, event in self._ours()}
        assert len(self.place.standing()) == len(there), "a booking has two events, or one stands for nothing"
        assert set(there) == self.wanted
        for name, calendar in self.where.items():
            assert there.get(name, calendar) == calendar, f"{name} is not where she put it"
        assert self.world.busy() == [], "an event of ours takes time as if it were hers"
        before = self.place.standing()
        stored = [(row.href, row.etag, row.calendar_id) for row in self.world.entries()]
        for _ in range(2):
            self.world.pass_time(minutes=6)
            self.world.sync()
        assert self.place.standing() == before
        assert [(row.href, row.etag, row.calendar_id) for row in self.world.entries()] == stored

    def _demand_her_deletions(self) -> None:
        told = Counter(self.told)
        for item in self._open_deletions():
            told[item] += 1
        more = {name for name, count in told.items() if count > self.removed[name]}
        assert not more, f"{more} handed over as deleted, which nobody did"

    def _open_deletions(self) -> list[str]:
        with self.world.database.read() as connection:
            found = open_changes(connection, self.world.cipher)
        return [item.booking_ref for item in found if item.kind is ChangeKind.DELETED]

    def _pass(self, wish: Wish) -> None:
        self.world.engine.sync_account("account", owner="worker", now=self.world.now, wish=wish)

    def _give_up(self, name: str) -> None:
        self.wanted.discard(name)
        self.where.pop(name, None)
        self.world.take_out(name)

    def _move(self, name: str, event: Standing) -> None:
        self.place.move(event)
        self.where[name] = self._at(event.uid).calendar

    def _at(self, uid: str) -> Standing:
        return next(item for item in self.place.standing() if item.uid == uid)

    def _ours(self) -> list[tuple[str, Standing]]:
        names = {row.uid: row.booking_ref for row in self.world.entries() if row.booking_ref}
        found = [(names[item.uid], item) for item in self.place.standing() if item.uid in names]
        return sorted(found, key=lambda pair: (pair[0], pair[1].uid, pair[1].calendar))


@pytest.fixture
def unhealed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The daily whole listing never comes, which could hide what was missed."""
    monkeypatch.setattr(pacing, "FULL_EVERY", pacing.FULL_EVERY * 10_000)


@pytest.fixture
def kept() -> Iterator[ExitStack]:
    """What the world of the present history needs."""
    with ExitStack() as stack:
        yield stack


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.usefixtures("unhealed")
@pytest.mark.parametrize("where", ["memory", "google", "radicale"])
def test_an_event_moved_between_her_calendars_stays_one_and_is_never_taken_for_deleted(
    where: str, kept: ExitStack, request: pytest.FixtureRequest
) -> None:
    def place() -> MovingPlace:
        if where == "memory":
            return MemoryPlace()
        if where == "radicale":
            return DavPlace(request.getfixturevalue("radicale"))
        kept.close()
        return GooglePlace(kept.enter_context(GoogleServer()))

    values: dict[str, Any] = {"place_of": staticmethod(place), "runs": 0, "steps": 0}
    made = type("Machine", (MovingMachine,), values)
    run(made, f"moves between two calendars, {where}", RUNS // SHARE[where] or QUICK_RUNS[where])
