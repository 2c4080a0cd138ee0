"""What each file of tests/data/ics takes of 2026 by other people's expansion.

``python -m tests.support.expanders.corpus`` writes it. Nothing of ours is asked, and which events take time is decided
here once more, from the same words of the RFCs.
"""

from __future__ import annotations

import json
import sys
import warnings
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events

FOLDER = Path(__file__).parents[2] / "data" / "ics"
EXPECTED = FOLDER / "expected.json"
OWNER = "ada@home.example"
ZONE = ZoneInfo("Europe/Berlin")
BEGIN, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)

BY_HAND = {
    "exchange_cancelled_occurrence": (
        "recurring-ical-events raises for a component without DTSTART",
        [("2026-04-20T07:00Z", 30), ("2026-04-22T07:00Z", 30), ("2026-04-23T07:00Z", 30)],
    ),
    "nextcloud_date_until_and_exdate": (
        "recurring-ical-events reads a DATE in UNTIL as the midnight before that day",
        [
            *((f"2026-03-{day}T17:00Z", 90) for day in (23, 24, 26, 27, 28)),
            *((f"2026-{day}T16:00Z", 90) for day in ("03-30", "03-31", "04-01", "04-02", "04-03")),
        ],
    ),
    "exchange_utc_zone_unquoted": (
        "icalendar does not read a colon in a parameter without quotes",
        [("2026-04-07T06:00Z", 45)],
    ),
    "fastmail_jmap_zone": (
        "recurring-ical-events adds elapsed hours on the wall clock (3.3.6)",
        [("2026-03-29T00:30Z", 120)],
    ),
    "iphone_duration_only": (
        "recurring-ical-events adds elapsed hours on the wall clock (3.3.6)",
        [("2026-10-24T20:00Z", 480)],
    ),
    "date_ends_on_its_start": (
        "recurring-ical-events gives the event no time",
        [("2026-05-13T22:00Z", 1440)],
    ),
}  # fmt: skip


def main() -> None:
    """Write expected.json anew."""
    found = {path.stem: _of(path) for path in sorted(FOLDER.glob("*.ics"))}
    EXPECTED.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
    sys.stdout.write(f"{len(found)} files, {len(BY_HAND)} of them by hand\n")


def _of(path: Path) -> dict[str, Any]:
    if path.stem in BY_HAND:
        reason, spans = BY_HAND[path.stem]
        begins = [(datetime.fromisoformat(begin), timedelta(minutes=minutes)) for begin, minutes in spans]
        return {"by": f"hand: {reason}", "busy": [[_text(at), _text(at + length)] for at, length in begins]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        calendar = icalendar.Calendar.from_ical(path.read_bytes())
        events = recurring_ical_events.of(calendar).between(BEGIN, END)
    spans = sorted({(_utc(event.start), _utc(event.end)) for event in events if _takes_time(event)})
    return {
        "by": "recurring-ical-events",
        "busy": [[_text(begin), _text(end)] for begin, end in spans if begin < end],
    }


def _takes_time(event: Any) -> bool:
    """TRANSP (RFC 5545 3.8.2.7), STATUS (3.8.1.11), the owner's PARTSTAT (3.2.12), and Outlook's FREE."""
    free = event.get("TRANSP") == "TRANSPARENT" or event.get("X-MICROSOFT-CDO-BUSYSTATUS") == "FREE"
    return not free and event.get("STATUS") != "CANCELLED" and "DECLINED" not in _answers(event)


def _answers(event: Any) -> list[str]:
    listed = event.get("ATTENDEE", [])
    people = listed if isinstance(listed, list) else [listed]
    own = [
        person
        for person in people
        if OWNER in (str(person).lower().removeprefix("mailto:"), str(person.params.get("EMAIL", "")).lower())
    ]
    return [str(person.params.get("PARTSTAT", "NEEDS-ACTION")) for person in own]


def _utc(moment: date) -> datetime:
    at = moment if isinstance(moment, datetime) else datetime.combine(moment, time())
    return (at if at.tzinfo else at.replace(tzinfo=ZONE)).astimezone(UTC)


def _text(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%MZ}"


if __name__ == "__main__":
    main()
