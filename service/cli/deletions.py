"""``freehold deletions``: a person's answer to deletions that were held back."""

from __future__ import annotations

from service.cli.failure import WrongUse
from service.cli.opening import opened
from service.cli.output import say
from service.cli.places import calendar_named
from service.work import drain_changes
from sync.store.deletions import confirm, held_entries, restore


def answer(calendar_id: str, word: str) -> None:
    if word not in ("confirm", "restore"):
        raise WrongUse(f"the answer is confirm or restore, not {word!r}")
    with opened() as runtime:
        with runtime.database.write() as connection:
            calendar_named(connection, calendar_id)
            held = len(held_entries(connection, runtime.sealer, calendar_id))
            carry_out = confirm if word == "confirm" else restore
            done = carry_out(connection, runtime.sealer, calendar_id, now=runtime.now()) if held else 0
        # What a confirmed deletion of a booking means to its client is decided by booking, at once.
        drain_changes(runtime)
        runtime.doorbell.ring("sync")
    say(_told(word, held, done))


def _told(word: str, held: int, done: int) -> str:
    if not held:
        return "no deletions are held in this calendar"
    if word == "confirm":
        return f"{done} deletions confirmed"
    return (
        f"{done} bookings are written again; {held - done} other events are read again and block until then"
    )
