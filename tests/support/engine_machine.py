"""Random histories of an owner, her bookings, two workers, a faulty server and a clock."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.support.engine_model import EngineModel, repeatable_ids
from tests.support.far_server import Place
from tests.support.watched_server import Outside, WatchedServer

BOOKINGS = ("b1", "b2", "b3", "b4")

hours = st.integers(8, 17)
days = st.integers(24, 29)
names = st.sampled_from(BOOKINGS)
outside = st.builds(
    Outside,
    day=st.integers(1, 20),
    hour=st.integers(6, 19),
    count=st.sampled_from((1, 1, 1, 3, 30)),
    all_day=st.just(False),
    free=st.sampled_from((False, False, True)),
    moved=st.booleans(),
)
outside |= st.builds(Outside, day=st.integers(1, 20), hour=st.just(0), all_day=st.just(True))
# A course that begins long after what is looked ahead to, and ends.
outside |= st.builds(Outside, day=st.integers(110, 150), hour=st.integers(6, 19), count=st.just(3))


def _without_class(raw: bytes) -> bytes:
    return raw.replace(b"CLASS:PRIVATE\r\n", b"X-KEPT-BY:server\r\n")


class EngineMachine(RuleBasedStateMachine):
    """One run is one world. ``runs`` and ``steps`` count over all of them."""

    url: ClassVar[Callable[[], str]] = staticmethod(lambda: "sqlite://")
    place: ClassVar[Callable[[], Place | None]] = staticmethod(lambda: None)
    healing: ClassVar[bool] = False
    runs: ClassVar[int] = 0
    steps: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        type(self).runs += 1
        self.ids = repeatable_ids()
        self.ids.__enter__()
        self.model = EngineModel(type(self).url(), place=type(self).place())
        self.server = self.model.server
        self.broken = False

    @initialize(
        page_size=st.sampled_from((1, 2, 100)),
        tokens=st.sampled_from((True, True, False)),
        etags=st.sampled_from((True, True, True, False)),
        rewrites=st.sampled_from((False, False, True)),
        content_tokens=st.sampled_from((False, False, True)),
        burns_names=st.booleans(),
        repeats=st.booleans(),
        autumn=st.booleans(),
        events=st.lists(outside, max_size=4),
    )
    def begin(
        self,
        page_size: int,
        tokens: bool,
        etags: bool,
        rewrites: bool,
        content_tokens: bool,
        burns_names: bool,
        repeats: bool,
        autumn: bool,
        events: list[Outside],
    ) -> None:
        server = self.server
        if isinstance(server, WatchedServer):
            server.page_size, server.offers_tokens, server.states_etags = page_size, tokens, etags
            server.rewrites = _without_class if rewrites else None
            server.content_tokens, server.burns_names = content_tokens, burns_names
            server.refuses_repeats = repeats
        if autumn:
            self.model.begin_in_autumn()
        for event in events:
            self.model.owner_adds(event)
        self.model.sync()

    # The owner.

    @rule(event=outside)
    def owner_adds(self, event: Outside) -> None:
        self.model.owner_adds(event)

    @precondition(lambda self: self.model.outside)
    @rule(
        data=st.data(), kind=st.sampled_from(("day", "free", "declined", "text", "moved", "split", "remove"))
    )
    def owner_changes(self, data: st.DataObject, kind: str) -> None:
        href = data.draw(st.sampled_from(sorted(self.model.outside)))
        event = self.model.outside[href]
        if kind == "remove":
            self.model.owner_removes(href)
        elif kind == "split":
            self.model.owner_splits(href)
        elif kind == "day":
            self.model.owner_changes(
                href, replace(event, day=data.draw(st.integers(1, 20)) + self.model.shift)
            )
        elif kind == "text":
            self.model.owner_changes(href, replace(event, text=data.draw(st.sampled_from(("Lunch", "Call")))))
        else:
            self.model.owner_changes(href, replace(event, **{kind: not getattr(event, kind)}))

    @precondition(lambda self: self.model.our_objects())
    @rule(
        data=st.data(),
        hour=hours,
        kind=st.sampled_from(("move", "type", "note", "confirm", "remove", "remove")),
    )
    def owner_acts_on_ours(self, data: st.DataObject, hour: int, kind: str) -> None:
        self._on_ours(data.draw(st.sampled_from(sorted(self.model.our_objects()))), hour, kind)

    def _on_ours(self, href: str, hour: int, kind: str) -> None:
        if kind == "move":
            self.model.owner_moves_ours(href, hour)
        elif kind == "confirm":
            self.model.owner_confirms_ours(href)
        elif kind == "remove":
            self.model.owner_removes_ours(href)
        elif kind == "type" or self.server.keeps_unknown:
            self.model.owner_types_in_ours(href, unknown=kind == "note")

    @precondition(lambda self: any(item.trash for item in self.model.bookings.values()))
    @rule(data=st.data())
    def owner_restores_ours(self, data: st.DataObject) -> None:
        removed = [(n, href) for n, b in sorted(self.model.bookings.items()) for href in sorted(b.trash)]
        self.model.owner_restores_ours(*data.draw(st.sampled_from(removed)))

    @precondition(lambda self: self.model.trash)
    @rule(data=st.data())
    def owner_restores(self, data: st.DataObject) -> None:
        self.model.owner_restores(data.draw(st.sampled_from(sorted(self.model.trash))))

    # Bookings.

    @rule(name=names, hour=hours, day=days, accepted=st.booleans())
    def book(self, name: str, hour: int, day: int, accepted: bool) -> None:
        self.model.book(name, hour=hour, day=day, accepted=accepted)

    @precondition(lambda self: self.model.bookings)
    @rule(data=st.data())
    def take_out(self, data: st.DataObject) -> None:
        self.model.take_out(data.draw(st.sampled_from(sorted(self.model.bookings))))

    @precondition(lambda self: self.model.bookings)
    @rule(data=st.data(), hour=hours)
    def take_out_and_book_again(self, data: st.DataObject, hour: int) -> None:
        name = data.draw(st.sampled_from(sorted(self.model.bookings)))
        self.model.take_out(name)
        self.model.sync()
        self.model.check()
        self.model.book(name, hour=hour, day=24)

    @precondition(lambda self: self.model.wanted())
    @rule(data=st.data(), hour=st.none() | hours, lost=st.booleans())
    def change_a_wish_on_its_way(self, data: st.DataObject, hour: int | None, lost: bool) -> None:
        """One wish is on its way to the calendar when another takes its place, and perhaps no answer comes."""
        name = data.draw(st.sampled_from(self.model.wanted()))
        before = self.model.bookings[name].wish
        then = data.draw(st.sampled_from((before, before | {"hour": 13}, None)))
        if hour is None:
            self.model.take_out(name)
        else:
            self.model.book(name, **before | {"hour": hour})

        def meanwhile() -> None:
            if then is not None:
                self.model.book(name, **then)
            elif name in self.model.wanted():
                self.model.take_out(name)
            if lost:
                raise self.server.lost

        change, removal = self.server.write_operations[-2:]
        self.server.plan(removal if hour is None else change, meanwhile, after_effect=True)
        self.model.sync()

    @rule(name=names, hour=hours, day=days, kind=st.sampled_from(("remove", "move", "type")))
    def undo_our_write_at_once(self, name: str, hour: int, day: int, kind: str) -> None:
        """She acts on what we have just written before it was read back."""

        def meanwhile() -> None:
            written = sorted(href for href, ref in self.model.our_objects().items() if ref == name)
            if written:
                self._on_ours(written[-1], 18, kind)

        self.model.book(name, hour=hour, day=day)
        self.server.plan(self.server.write_operations[0], meanwhile, after_effect=True)
        self.model.sync()

    @precondition(lambda self: self.model.steps > 30 and self.model.bookings)
    @rule(data=st.data())
    def give_up(self, data: st.DataObject) -> None:
        self.model.give_up(data.draw(st.sampled_from(sorted(self.model.bookings))))

    @rule(contest=st.booleans())
    def settle_changes(self, contest: bool) -> None:
        self.model.settle_changes(contest=contest)

    @rule(meant=st.booleans())
    def judge_held(self, meant: bool) -> None:
        self.model.judge_held(meant=meant)

    # Passes and time.

    @rule()
    def sync(self) -> None:
        self.model.sync()

    @rule()
    def sync_again(self) -> None:
        self.model.sync()

    @rule()
    def sync_due(self) -> None:
        self.model.sync_due()

    @rule()
    def look(self) -> None:
        self.model.sync(look=3.0)

    @rule(event=outside)
    def wake_up(self, event: Outside) -> None:
        self.model.wake_up(self.model.owner_adds(event))
        self.model.sync_due()

    @rule(event=outside)
    def wake_up_while_reading(self, event: Outside) -> None:
        def meanwhile() -> None:
            self.model.wake_up(self.model.owner_adds(event))

        self.server.plan(self._reading(), meanwhile, after_effect=True)
        self.model.sync()

    @rule()
    def sync_full(self) -> None:
        self.model.sync(full=True)

    @rule(minutes=st.sampled_from((1, 12, 60)))
    def pass_time(self, minutes: int) -> None:
        self.model.world.pass_time(minutes=minutes)

    @precondition(lambda self: self.model.steps > 40)
    @rule()
    def pass_days(self) -> None:
        self.model.world.pass_time(days=2)

    @precondition(lambda self: self.model.steps > 50)
    @rule()
    def pass_weeks(self) -> None:
        """The window that series are expanded in has to slide."""
        self.model.world.pass_time(days=35)

    # Faults.

    def _operation(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(self.server.operations))

    @rule(data=st.data(), after=st.booleans(), skip=st.integers(0, 2))
    def lose_an_answer(self, data: st.DataObject, after: bool, skip: int) -> None:
        self.server.cut(self._operation(data), after_effect=after, skip=skip)
        self.model.sync()

    @rule(data=st.data(), after=st.booleans())
    def answer_with_trouble(self, data: st.DataObject, after: bool) -> None:
        operation, trouble = self._operation(data), data.draw(st.sampled_from(self.server.troubles))
        self.server.answer_with(operation, trouble, after_effect=after)
        self.model.sync()

    @rule(data=st.data())
    def refuse_a_write(self, data: st.DataObject) -> None:
        self.server.refuse(data.draw(st.sampled_from(self.server.write_operations)))
        self.model.sync()

    @rule(number=st.integers(0, 8))
    def crash_at_failpoint(self, number: int) -> None:
        self.model.crash_at_failpoint(number)
        self.model.sync()

    @rule(data=st.data(), after=st.booleans())
    def crash_at_call(self, data: st.DataObject, after: bool) -> None:
        self.model.crash_at_call(self._operation(data), after=after)
        self.model.sync()

    @rule(data=st.data(), after=st.booleans())
    def lose_the_lease(self, data: st.DataObject, after: bool) -> None:
        self.server.plan(self._operation(data), self.model.steal_lease, after_effect=after)
        self.model.sync()

    @rule(
        data=st.data(),
        after=st.booleans(),
        first=st.sampled_from(("nothing", "take_out", "book", "move", "type", "remove")),
        second_worker=st.booleans(),
        at_failpoint=st.integers(-1, 4),
    )
    def meanwhile(
        self,
        data: st.DataObject,
        after: bool,
        first: str,
        second_worker: bool,
        at_failpoint: int,
    ) -> None:
        """While one worker waits for an answer or is stopped somewhere, others go on."""
        name = data.draw(names)

        def act() -> None:
            ours = self.model.our_objects()
            if first == "take_out" and name in self.model.bookings:
                self.model.take_out(name)
            elif first == "book":
                self.model.book(name, hour=16, day=26)
            elif first in ("move", "type", "remove") and ours:
                self._on_ours(min(ours), 18, first)
            if second_worker:
                self.model.second_worker()

        if at_failpoint >= 0:
            self.model.at_failpoint(at_failpoint, act)
        else:
            self.server.plan(self._operation(data), act, after_effect=after)
        self.model.sync()

    @precondition(lambda self: self.model.our_objects() or self.model.outside)
    @rule(data=st.data(), hour=hours, kind=st.sampled_from(("move", "remove", "type")))
    def overtake_a_reading(self, data: st.DataObject, hour: int, kind: str) -> None:
        """What a worker has just been given is old before it is stored: another has read what came after."""
        ours, others = sorted(self.model.our_objects()), sorted(self.model.outside)
        href = data.draw(st.sampled_from(ours or others))

        def change_it(at: int) -> None:
            if href in self.model.outside:
                event = replace(self.model.outside[href], hour=at, all_day=False)
                self.model.owner_changes(href, event)
            elif href in self.model.our_objects():
                self._on_ours(href, at, kind if at == hour else "move")

        def meanwhile() -> None:
            change_it(hour)
            self.model.second_worker()

        change_it(7)
        self.server.plan(self._reading(), meanwhile, after_effect=True)
        self.model.sync()

    def _reading(self) -> str:
        """The operation that a look for changes begins with."""
        if isinstance(self.server, WatchedServer):
            return "report" if self.server.offers_tokens else "list"
        return "REPORT" if "REPORT" in self.server.operations else "GET"

    @rule()
    def forget_tokens(self) -> None:
        self.model.forget_tokens()

    @precondition(lambda self: self.server.lies)
    @rule()
    def list_nothing_once(self) -> None:
        self.model.lie_once()

    @precondition(lambda self: type(self).healing and self.server.lies)
    @rule()
    def report_nothing_once(self) -> None:
        self.model.lie_about_changes()

    @rule()
    def be_away(self) -> None:
        self.model.server.reachable = False
        self.model.sync()
        self.model.server.reachable = True

    @invariant()
    def holds(self) -> None:
        type(self).steps += 1
        try:
            self.model.check()
        except BaseException:
            self.broken = True
            raise

    def teardown(self) -> None:
        try:
            if not self.broken:
                self.model.come_to_rest(healing=type(self).healing)
        finally:
            self.model.close()
            self.ids.__exit__(None, None, None)


def machine(**values: Any) -> type[EngineMachine]:
    """A machine of its own, with counters of its own."""
    return type("Machine", (EngineMachine,), {"runs": 0, "steps": 0, **values})
