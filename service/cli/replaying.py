"""``freehold replay``: every recorded decision about one event, decided once more by today's code."""

from __future__ import annotations

from dataclasses import asdict

from service.cli.failure import CommandFailed
from service.cli.opening import opened
from service.cli.output import say_document, say_table
from service.cli.places import calendar_named
from service.recorder import Flight, flight


def replay(calendar_id: str, uid: str, *, json: bool) -> None:
    """Fails where a decision would fall otherwise today. No title and no text of the event is printed."""
    with opened(json=json) as runtime, runtime.database.read() as connection:
        calendar_named(connection, calendar_id)
        found = flight(connection, runtime.sealer, calendar_id, uid, texts=False)
    if found is None:
        raise CommandFailed("nothing is known of an event with this UID in this calendar")
    if json and not found.differs:
        say_document({"items": [_document(line) for line in found.lines]})
    elif not json:
        say_table(("at", "seen", "done", "recorded", "today", "same", "why"), _rows(found))
    if found.differs:
        raise CommandFailed(f"{found.differs} of {len(found.lines)} decisions would fall otherwise today")


def _rows(found: Flight) -> list[tuple[str, ...]]:
    return [
        (
            line.at.isoformat(timespec="seconds"),
            line.direction,
            line.decision,
            line.word or "a person",
            line.again or "",
            "yes" if line.same else "no",
            line.reason,
        )
        for line in found.lines
    ]


def _document(line: object) -> dict[str, object]:
    told = asdict(line)  # type: ignore[call-overload]
    told["at"] = told["at"].isoformat()
    told.pop("raw")
    return dict(told)
