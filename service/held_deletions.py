"""A person's answer to deletions that were held back, and what follows from it at once."""

from __future__ import annotations

from typing import NamedTuple

from booking.store import audit
from service.runtime import Runtime
from service.work import drain_changes
from sync.store.deletions import confirm, held_entries, restore


class Answered(NamedTuple):
    """``held``: how many the answer was for; ``done``: how many were confirmed, or are written again."""

    held: int
    done: int


def answer_held(
    runtime: Runtime, calendar_id: str, *, practice_id: str, confirmed: bool, actor: str
) -> Answered:
    """Confirms or undoes all held deletions of a calendar; where none are held nothing happens.

    ``actor`` is an id for the audit: ``user:ID``, ``token:ID`` or ``cli``.
    """
    carry_out = confirm if confirmed else restore
    with runtime.database.write() as connection:
        now = runtime.now()
        held = len(held_entries(connection, runtime.sealer, calendar_id))
        if not held:
            return Answered(0, 0)
        done = carry_out(connection, runtime.sealer, calendar_id, now=now)
        audit.note(
            connection,
            practice_id=practice_id,
            at=now,
            actor=actor,
            action="confirm_deletions" if confirmed else "restore_deletions",
            about=f"calendar:{calendar_id}",
        )
    # What a confirmed deletion of a booking means to its client is decided by booking, at once.
    drain_changes(runtime)
    runtime.doorbell.ring("sync")
    return Answered(held, done)
