"""``freehold deletions``: a person's answer to deletions that were held back."""

from __future__ import annotations

from service.cli.failure import WrongUse
from service.cli.opening import opened
from service.cli.output import say
from service.cli.places import calendar_named
from service.held_deletions import answer_held


def answer(calendar_id: str, word: str) -> None:
    if word not in ("confirm", "restore"):
        raise WrongUse(f"the answer is confirm or restore, not {word!r}")
    with opened() as runtime:
        with runtime.database.read() as connection:
            calendar = calendar_named(connection, calendar_id)
        held, done = answer_held(
            runtime,
            calendar_id,
            practice_id=calendar.practice_id,
            confirmed=word == "confirm",
            actor="cli",
        )
    say(_told(word, held, done))


def _told(word: str, held: int, done: int) -> str:
    if not held:
        return "no deletions are held in this calendar"
    if word == "confirm":
        return f"{done} deletions confirmed"
    return (
        f"{done} bookings are written again; {held - done} other events are read again and block until then"
    )
