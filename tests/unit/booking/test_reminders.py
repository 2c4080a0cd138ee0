"""When a client is reminded, and when a reminder has lost its point."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from booking.reminders import Outcome, Reminder, outcome, planned
from booking.requests import Seat, Standing, Status
from sync.model.timespan import TimeSpan

START = datetime(2026, 11, 25, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SEAT = Seat("ada", "90834", "r-1", "r-1", None, "America/New_York")
ACCEPTED = Standing(Status.ACCEPTED, TimeSpan(START, START + HOUR), START, SEAT)
RULE = (2 * DAY, 2 * HOUR)


def test_an_appointment_has_the_reminders_of_the_rule() -> None:
    found = planned(ACCEPTED, RULE, now=START - 3 * DAY)
    assert [each.due_at for each in found] == [START - 2 * DAY, START - 2 * HOUR]


def test_a_reminder_whose_time_is_past_at_acceptance_is_none() -> None:
    assert planned(ACCEPTED, RULE, now=START - 2 * DAY) == [Reminder(START, 2 * HOUR)]


def test_nothing_but_an_appointment_is_reminded_of() -> None:
    pending = replace(ACCEPTED, status=Status.PENDING)
    assert planned(pending, RULE, now=START - 3 * DAY) == []


@pytest.mark.parametrize(
    "before,standing,now,expected",
    [
        (2 * DAY, ACCEPTED, START - 2 * DAY, Outcome.SENT),
        (2 * DAY, ACCEPTED, START - 3 * HOUR, Outcome.SENT),
        (2 * DAY, ACCEPTED, START - 2 * HOUR, Outcome.OVERTAKEN),
        (2 * HOUR, ACCEPTED, START - timedelta(minutes=1), Outcome.SENT),
        (2 * HOUR, ACCEPTED, START, Outcome.OVER),
        (DAY, ACCEPTED, START - DAY, Outcome.DROPPED),
        (2 * HOUR, replace(ACCEPTED, status=Status.CANCELLED), START - 2 * HOUR, Outcome.MOVED),
        (
            2 * HOUR,
            replace(ACCEPTED, span=TimeSpan(START + HOUR, START + 2 * HOUR)),
            START - 2 * HOUR,
            Outcome.MOVED,
        ),
    ],
)
def test_what_a_due_reminder_comes_to(
    before: timedelta, standing: Standing, now: datetime, expected: Outcome
) -> None:
    assert outcome(Reminder(START, before), standing, RULE, now=now) is expected
