"""The engine with one of its guards taken out. Some property has to notice each."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from typing import Any

from sqlalchemy import delete, select, update

from sync import resolving
from sync.backends.memory import MemoryBackend
from sync.backends.protocol import Identity, Written
from sync.engine import echoes, expansion, observing, pulling, removing, writing
from sync.engine.context import Pass
from sync.guard import Judgement, Verdict
from sync.model import identity
from sync.model.event import Series
from sync.pacing import FULL_EVERY
from sync.reconcile import Step, decide
from sync.store.entries import sealed_in
from sync.store.tables import busy, calendar, entry, history

Patch = tuple[Any, str, Any]


def _demand_nothing(self: MemoryBackend, collection: Any, seen: Any) -> Any:
    return collection.objects.get(seen.href) or type("Absent", (), {"raw": seen.raw})()


def _cursor_first(take_page: Callable[..., None]) -> Callable[..., None]:
    def early(run: Any, row: Any, reading: Any, page: Any, done: Any, generation: int) -> None:
        if page.cursor is not None:
            with run.database.write() as connection:
                values = {
                    "cursor_kind": page.cursor.kind.value,
                    "cursor_value": page.cursor.value,
                    "cursor_params": page.cursor.params,
                    "full_due_at": run.now + FULL_EVERY,
                }
                connection.execute(update(calendar).where(calendar.c.id == row.id).values(**values))
        take_page(run, row, reading, page, done, generation)

    return early


def _no_late_create(reopen: Callable[..., None]) -> Callable[..., None]:
    def ignoring(connection: Any, run: Any, found: Any, *rest: Any) -> None:
        if found.row.closed_by != "us":
            reopen(connection, run, found, *rest)

    return ignoring


def _echo(was: Any, ours: Any, theirs: Any) -> Step | None:
    step = decide(was, ours, theirs)
    return Step.PULL if step in (None, Step.ADOPT) else step


def _only_the_event(series: Series | None, cipher: Any, row: str) -> bytes | None:
    return sealed_in(row, series, cipher)


def _any_name(create: Callable[..., Written]) -> Callable[..., Written]:
    number = count()

    def anew(self: MemoryBackend, calendar: Any, named: Identity, series: Series, **rest: Any) -> Written:
        name = f"{named.name}{next(number)}"
        uid = identity.event_uid(name)
        return create(self, calendar, Identity(uid, name), replace(series, uid=uid), **rest)

    return anew


def _wiped_first(finish: Callable[..., Any]) -> Callable[..., Any]:
    def anew(run: Any, row: Any, reading: Any, cursor: Any, *rest: Any) -> Any:
        if cursor is None and row.cursor_value is not None:
            with run.database.write() as connection:
                connection.execute(delete(busy).where(busy.c.calendar_id == row.id))
                remote = (entry.c.calendar_id == row.id, entry.c.origin == "remote")
                told = select(entry.c.id).where(*remote)
                connection.execute(delete(history).where(history.c.entry_id.in_(told)))
                connection.execute(delete(entry).where(*remote))
        return finish(run, row, reading, cursor, *rest)

    return anew


MUTANTS: dict[str, Callable[[], Patch]] = {
    "no If-Match": lambda: (MemoryBackend, "_demand", _demand_nothing),
    "no fence": lambda: (Pass, "prove_lease", lambda self, connection: None),
    "cursor stored early": lambda: (pulling, "_take_page", _cursor_first(pulling._take_page)),
    "no sweep guard": lambda: (removing, "judge", lambda removal, now: Judgement(Verdict.ALLOW)),
    "no echo test": lambda: (resolving, "decide", _echo),
    "no late-create rule": lambda: (observing, "_reopen", _no_late_create(observing._reopen)),
    "no look before a deletion": lambda: (
        removing,
        "verify",
        lambda run, remote, candidates, **rest: [removing.Absent(found) for found in candidates],
    ),
    "no base after a lost answer": lambda: (resolving, "_base", lambda situation: situation.agreed),
    "no identity of its own": lambda: (MemoryBackend, "create", _any_name(MemoryBackend.create)),
    "no look for a write that was not named": lambda: (
        echoes,
        "unnamed",
        lambda connection, run, silent: [],
    ),
    "wiped before it is read anew": lambda: (pulling, "_read", _wiped_first(pulling._read)),
    "no note of a removal sent": lambda: (writing, "sealed_write", _only_the_event),
    "over while out of sight": lambda: (expansion, "goes_on_after", lambda *series, **rest: False),
}


@contextmanager
def without(guard: str) -> Iterator[None]:
    """The engine without this guard of ``MUTANTS``."""
    owner, name, put = MUTANTS[guard]()
    real = getattr(owner, name)
    setattr(owner, name, put)
    try:
        yield
    finally:
        setattr(owner, name, real)
