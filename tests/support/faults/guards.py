"""The program with one of its guards taken out, for the proof that the counts would show it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from booking.store import idempotency
from sync.backends.protocol import Identity
from sync.engine import writing
from sync.model.identity import event_name, event_uid, new_id


def _a_new_name_at_each_attempt() -> None:
    """As if events were created without a name of their own: neither found again nor refused as a repetition."""
    look, write = writing._look, writing._write

    def anew(found: Any) -> Identity:
        name = event_name(new_id(), "", 0)
        return Identity(uid=event_uid(name), name=name)

    def blind(run: Any, remote: Any, found: Any, *, refused: bool = False) -> None:
        if found.agreed_print is not None:
            look(run, remote, found, refused=refused)

    def renamed(run: Any, remote: Any, found: Any, ours: Any) -> None:
        write(run, remote, found, replace(ours, uid=anew(found).uid) if found.agreed_print is None else ours)

    writing.identity_of = anew
    writing._write = renamed
    writing._look = blind  # type: ignore[assignment]


def _no_kept_answers() -> None:
    idempotency.find = lambda connection, **rest: None  # type: ignore[assignment]
    idempotency.keep = lambda connection, **rest: None  # type: ignore[assignment]


GUARDS: dict[str, Callable[[], None]] = {
    "a name of its own for each event": _a_new_name_at_each_attempt,
    "the kept answer of a key": _no_kept_answers,
}


def take_out(guard: str) -> None:
    """In this process, for good."""
    GUARDS[guard]()
