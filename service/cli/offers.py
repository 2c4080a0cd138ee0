"""``freehold slots`` and ``freehold explain``: what is on offer, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from booking.desk import STRANGER, Asking, SlotQuery
from booking.roles import Actor, Role
from service.cli.failure import WrongUse
from service.cli.opening import opened
from service.cli.output import say, say_document, say_table
from service.cli.places import ProviderPlace, provider_of
from service.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose time, for what, and in whose name; as typed."""

    provider: str
    practice: str | None
    service: str
    client: str | None

    def place(self, runtime: Runtime) -> ProviderPlace:
        with runtime.database.read() as connection:
            return provider_of(connection, self.provider, self.practice)


def slots(asked: Asked, *, start: str | None, end: str | None, zone: str | None, json: bool) -> None:
    first, last = _date("--start", start), _date("--end", end)
    with opened(json=json) as runtime:
        place = asked.place(runtime)
        query = SlotQuery(
            practice=place.practice.slug,
            provider=place.slug,
            service=asked.service,
            start=first,
            end=last,
            zone=zone,
            asking=STRANGER if asked.client is None else Asking(client_id=asked.client),
        )
        answer = runtime.desk.slots(query, now=runtime.now())
    if json:
        say_document(answer.document())
        return
    checked = "never" if answer.checked_at is None else answer.checked_at.isoformat(timespec="seconds")
    say(f"{len(answer.slots)} times, zone {answer.timezone}, calendars {answer.freshness}, read {checked}")
    say_table(
        ("day", "start", "end", "modes"),
        [
            (f"{slot.start:%a %Y-%m-%d}", f"{slot.start:%H:%M}", f"{slot.end:%H:%M}", ", ".join(slot.modes))
            for slot in answer.slots
        ],
    )


def explain(asked: Asked, *, at: str, json: bool) -> None:
    start = _instant("--at", at)
    with opened(json=json) as runtime:
        place = asked.place(runtime)
        answer = runtime.desk.explain(
            Actor(Role.OWNER, place.practice.id, "cli"),
            place.slug,
            service=asked.service,
            start=start,
            client_id=asked.client,
            now=runtime.now(),
        )
    document = answer.document()
    if json:
        say_document(document)
        return
    say("bookable" if document["bookable"] else "not bookable")
    say_table(
        ("rule", "passed", "why", "may change it"),
        [
            (
                item["rule"],
                "yes" if item["passed"] else "no",
                item["text"],
                "" if item["passed"] else ", ".join(item["may_change"]),
            )
            for item in document["reasons"]
        ],
    )
    say(f"On the phone: {document['phone']}")


def _date(option: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise WrongUse(f"{option} takes an ISO date such as 2026-03-01, not {text!r}") from None


def _instant(option: str, text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise WrongUse(f"{option} takes a time with its offset such as 2026-03-01T09:00-05:00, not {text!r}")
    return found
