"""The appointment in the client's calendar, read back by another library than the one that wrote it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from booking.client_event import ClientEvent, Mailbox, Method, method_for, write
from booking.requests import Status
from sync.model.timespan import TimeSpan
from tests.support.expanders.rules import ICAL_JS

START = datetime(2026, 11, 25, 15, tzinfo=UTC)
STAMP = datetime(2026, 11, 23, 12, tzinfo=UTC)
EVENT = ClientEvent(
    request_id="abc123",
    sequence=4,
    span=TimeSpan(START, START + timedelta(minutes=45)),
    zone="America/New_York",
    summary='Appointment with Ada, "Byron"; MD',
    organizer=Mailbox("office@elm.example", 'Elm "Street"'),
    attendee="ann@example.com",
    sender="no-reply@freehold.example",
    location="12 Elm Street; 2nd floor, left",
    description="Elm Street\n+1 555 0100",
)
NEEDS_JS = pytest.mark.skipif(bool(ICAL_JS.missing), reason=ICAL_JS.missing)


@pytest.fixture(autouse=True, scope="module")
def _child() -> Iterator[None]:
    yield
    ICAL_JS.process.close()


def parsed(event: ClientEvent = EVENT, method: Method = Method.REQUEST) -> dict[str, Any]:
    found: dict[str, Any] = ICAL_JS.process.ask(op="invitation", text=write(event, method, stamp=STAMP))
    return found


@NEEDS_JS
def test_another_library_reads_the_invitation_back() -> None:
    assert parsed() == {
        "method": "REQUEST",
        "uid": "freehold-abc123",
        "sequence": 4,
        "status": "CONFIRMED",
        "start": START.timestamp(),
        "end": START.timestamp() + 45 * 60,
        "zone": "America/New_York",
        "zones": ["America/New_York"],
        "summary": 'Appointment with Ada, "Byron"; MD',
        "location": "12 Elm Street; 2nd floor, left",
        "description": "Elm Street\n+1 555 0100",
        "organizer": "mailto:office@elm.example",
        "sent_by": "mailto:no-reply@freehold.example",
        "attendees": ["mailto:ann@example.com"],
        "partstat": "ACCEPTED",
    }


@NEEDS_JS
def test_a_cancellation_names_the_same_event() -> None:
    found = parsed(replace(EVENT, sequence=5), Method.CANCEL)
    assert (found["method"], found["status"], found["uid"], found["sequence"]) == (
        "CANCEL", "CANCELLED", "freehold-abc123", 5,
    )  # fmt: skip


@NEEDS_JS
def test_a_file_taken_by_hand_invites_nobody() -> None:
    found = parsed(method=Method.PUBLISH)
    assert (found["attendees"], found["organizer"]) == ([], None)


@NEEDS_JS
@pytest.mark.parametrize("hour,minute", [(5, 30), (6, 30)])
def test_both_readings_of_a_doubled_hour_are_told_apart(hour: int, minute: int) -> None:
    start = datetime(2026, 11, 1, hour, minute, tzinfo=UTC)
    found = parsed(replace(EVENT, span=TimeSpan(start, start + timedelta(minutes=45))))
    assert (found["start"], found["end"]) == (start.timestamp(), start.timestamp() + 45 * 60)


def test_no_line_is_longer_than_75_octets() -> None:
    text = write(replace(EVENT, summary="ä" * 300), Method.REQUEST, stamp=STAMP)
    assert max(len(line) for line in text.encode().split(b"\r\n")) <= 75


@pytest.mark.parametrize(
    "status,last,expected",
    [
        (Status.ACCEPTED, None, Method.REQUEST),
        (Status.ACCEPTED, Method.CANCEL, Method.REQUEST),
        (Status.CANCELLED, Method.REQUEST, Method.CANCEL),
        (Status.DECLINED, Method.REQUEST, Method.CANCEL),
        (Status.CANCELLED, Method.CANCEL, None),
        (Status.DECLINED, None, None),
        (Status.PENDING, None, None),
    ],
)
def test_what_was_never_put_in_is_not_taken_out(
    status: Status, last: Method | None, expected: Method | None
) -> None:
    assert method_for(status, last) is expected
