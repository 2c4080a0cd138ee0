"""Whatever an owner does, reading what changed gives what reading everything gives, and blocks what Google blocks."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sync.model.fingerprint import fingerprint
from sync.model.freebusy import BusyPolicy
from sync.model.occurrences import busy_intervals
from sync.model.timespan import TimeSpan, merged
from tests.support.google_account import ZONE, GoogleAccount, timed
from tests.support.google_server import GoogleServer

WINDOW = TimeSpan(datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC))
HOURS = st.integers(6, 20)
DAYS = st.integers(1, 28)
RULES = st.sampled_from(
    [
        "RRULE:FREQ=WEEKLY;COUNT=6",
        "RRULE:FREQ=DAILY;COUNT=9",
        "RRULE:FREQ=WEEKLY;UNTIL=20260401T000000Z",
        "RRULE:FREQ=MONTHLY",
    ]
)
ACTIONS = st.sampled_from(
    ["single", "series", "all_day", "move", "cancel", "instance", "skip", "rule", "free", "once"]
)
STEPS = st.lists(st.tuples(ACTIONS, st.integers(0, 9), DAYS, HOURS, RULES), min_size=1, max_size=6)


def at(day: int, hour: int) -> dict[str, Any]:
    return timed(f"2026-03-{day:02}T{hour:02}:00:00", f"2026-03-{day:02}T{hour + 1:02}:00:00")


def do(account: GoogleAccount, action: str, which: int, day: int, hour: int, rule: str) -> None:
    """One thing Ada does; nothing where there is nothing to do it to."""
    server, calendar = account.server, account.id
    if action in ("single", "series"):
        server.put(calendar, at(day, hour) | ({"recurrence": [rule]} if action == "series" else {}))
        return
    if action == "all_day":
        server.put(
            calendar, {"start": {"date": f"2026-03-{day:02}"}, "end": {"date": f"2026-03-{day + 2:02}"}}
        )
        return
    living = [body for body in server.events(calendar) if "recurringEventId" not in body]
    masters = [body for body in living if "recurrence" in body]
    chosen = masters if action in ("instance", "skip", "rule", "once") else living
    if not chosen:
        return
    body = chosen[which % len(chosen)]
    change: dict[str, dict[str, Any]] = {
        "move": {"summary": f"Moved to {hour}"} if "recurrence" in body else at(day, hour),
        "free": {"transparency": "transparent"},
        "rule": {"recurrence": [rule]},
        "once": {"recurrence": None},
    }
    if action == "cancel":
        server.cancel(calendar, body["id"])
    elif action in ("instance", "skip"):
        instances = server.accounts.books[calendar].instances_of(body["id"], WINDOW.end)
        instance = instances[which % len(instances)]["id"]
        server.cancel(calendar, instance) if action == "skip" else server.change(
            calendar, instance, at(day, hour)
        )
    elif action == "move" and "date" in body["start"]:
        server.change(calendar, body["id"], {"summary": "Renamed"})
    else:
        server.change(calendar, body["id"], change[action])


def meaning(objects: dict[str, Any]) -> dict[str, str]:
    return {href: fingerprint(seen.series) for href, seen in objects.items()}


def busy_here(account: GoogleAccount) -> list[tuple[datetime, datetime]]:
    spans = [
        interval.span.clipped(WINDOW)
        for seen in account.mirror.values()
        if seen.series is not None
        for interval in busy_intervals(seen.series, window=WINDOW, zone=ZONE, policy=BusyPolicy())
    ]
    return [(span.start, span.end) for span in merged(span for span in spans if span is not None)]


@settings(max_examples=60)
@given(st.lists(STEPS, min_size=1, max_size=4), st.lists(st.integers(0, 3), min_size=1, max_size=4))
def test_what_changed_leads_to_what_there_is(rounds: list[list[Any]], sizes: list[int]) -> None:
    with GoogleServer() as server:
        account = GoogleAccount(server)
        server.set_page_sizes([*sizes, 2])
        for steps in rounds:
            for step in steps:
                do(account, *step)
            account.follow()
            assert meaning(account.mirror) == meaning(account.everything())
            assert busy_here(account) == server.busy(account.id, WINDOW.start, WINDOW.end)
        account.backend.close()
