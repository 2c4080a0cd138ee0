"""Those who use the practice: they insist on an answer, and what they did is written down."""

from __future__ import annotations

import http.client
import random
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tests.support.faults.history import Kind, Op, Outcome, Span
from tests.support.faults.practice import LENGTH_MINUTES
from tests.support.faults.remotes import half_hour
from tests.support.faults.world import Answer, World

_PATIENCE_SECONDS = 60.0
_PAUSE_SECONDS = 0.02
_LENGTH = timedelta(minutes=LENGTH_MINUTES)
_PROVIDER = "/practices/elm-street/providers/ada"


class People:
    """``chance`` decides all that is left open. Deeds return what is to be written down of them."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self._world = world
        self._chance = chance
        self._asked = 0
        self._named = 0
        self._own: dict[str, Span] = {}
        starts = [datetime.fromisoformat(text) for text in self._starts()]
        self._first = min(starts)
        self._free = [(start, start + _LENGTH) for start in starts]
        chance.shuffle(self._free)

    def free(self) -> Span:
        """A time on offer that nobody has asked for yet; it is not given out again."""
        start, end = self._free.pop()
        return start.astimezone(UTC), end.astimezone(UTC)

    # Clients and staff

    def ask(self, span: Span) -> Op:
        """One client, one key, as often as it takes."""
        self._asked += 1
        client, key = f"client{self._asked}@example.com", f"key-{self._chance.randrange(2**64)}"
        body = {
            "service": "90834",
            "start": span[0].isoformat(),
            "mode": "in_person",
            "client": {"name": "Grace Hopper", "email": client},
        }
        began, answer = self._insist("POST", f"{_PROVIDER}/requests", body, {"Idempotency-Key": key})
        op = self._op(Kind.ASK, began, answer, span=span, client=client)
        return replace(op, booking=answer.body["id"]) if answer and answer.status == 201 else op

    def decide(self, kind: Kind, request_id: str) -> Op:
        began, answer = self._insist("POST", f"/requests/{request_id}/{kind.value}", {})
        return self._op(kind, began, answer, booking=request_id)

    # The provider, in her own program

    def in_calendar(self, kind: Kind, request_id: str, span: Span | None = None) -> Op:
        """What she does to the event of a booking, and that it is read. Refused: the event is not there."""
        began, far = time.monotonic(), self._world.far
        uid = self._world.event_of(request_id)
        self._named += 1
        note = f"note-{self._named}-{self._chance.randrange(2**32)}"
        done = (
            uid is not None
            and {
                Kind.CONFIRM: lambda: far.confirm(uid),
                Kind.DELETE: lambda: far.delete(uid),
                Kind.NOTE: lambda: far.note(uid, note),
                Kind.DRAG: lambda: span is not None and far.drag(uid, span),
            }[kind]()
        )
        outcome = Outcome.DONE if done else Outcome.REFUSED
        op = Op(
            kind, began, time.monotonic(), outcome, booking=request_id, span=span,
            text=note if kind is Kind.NOTE else None,
        )  # fmt: skip
        self.read()
        return op

    def own(self, kind: Kind) -> Op:
        """She makes, moves or removes an event of her own; one of those there already, unless it is a new one."""
        began = time.monotonic()
        if kind is Kind.ADD or not self._own:
            kind, name = Kind.ADD, f"hers{len(self._own):04d}{self._chance.randrange(2**32):08x}"
        else:
            name = self._chance.choice(sorted(self._own))
        if kind is Kind.REMOVE:
            self._world.far.remove(name)
            op = Op(kind, began, time.monotonic(), Outcome.DONE, name=name, span=self._own.pop(name))
        else:
            span = self._time_of_her_own()
            text = self._world.far.add(name, span)
            self._own[name] = span
            op = Op(kind, began, time.monotonic(), Outcome.DONE, name=name, span=span, text=text)
        self.read()
        return op

    def read(self, *, full: bool = False) -> Op:
        """Staff have the calendar read now."""
        path = f"/accounts/{self._world.account}/sync"
        began, answer = self._insist("POST", path, {"full": True} if full else {})
        return self._op(Kind.READ, began, answer)

    def _time_of_her_own(self) -> Span:
        """Half an hour in an evening; now and then a time on offer, which nobody can have from then on."""
        if self._chance.random() < 0.3:
            return self.free()
        self._named += 1
        day = self._first.replace(hour=20, minute=0) + timedelta(days=self._named // 4 % 50)
        start, end = half_hour(day, self._named % 4)
        return start.astimezone(UTC), end.astimezone(UTC)

    # Insisting

    def _insist(
        self, method: str, path: str, body: object, headers: dict[str, str] | None = None
    ) -> tuple[float, Answer | None]:
        began = time.monotonic()
        while time.monotonic() - began < _PATIENCE_SECONDS:
            try:
                answer = self._world.call(method, path, body, headers)
            except (OSError, http.client.HTTPException, ValueError):
                answer = None
            if answer is not None and answer.status < 500 and not _in_progress(answer):
                return began, answer
            time.sleep(_PAUSE_SECONDS)
        return began, None

    def _op(self, kind: Kind, began: float, answer: Answer | None, **rest: object) -> Op:
        outcome = Outcome.UNKNOWN
        if answer is not None:
            outcome = Outcome.DONE if answer.status < 300 else Outcome.REFUSED
        return Op(kind, began, time.monotonic(), outcome, **rest)  # type: ignore[arg-type]

    def _starts(self) -> list[str]:
        today = self._world.runtime.now().date()
        query = f"service=90834&start={today}&end={today + timedelta(days=50)}"
        _, answer = self._insist("GET", f"{_PROVIDER}/slots?{query}", None)
        assert answer is not None
        assert answer.status == 200, answer.body
        return [slot["start"] for slot in answer.body["slots"]]


def _in_progress(answer: Answer) -> bool:
    return answer.status == 409 and "in-progress" in str(answer.body.get("type", ""))
