"""Nobody is flooded by way of a booking page, and nothing that matters is lost."""

from datetime import UTC, datetime, timedelta

from booking.mail_limits import ALL_AN_HOUR, ANYBODY_A_DAY, ANYBODY_AN_HOUR, Verdict, allowed

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def sent(count: int, kind: str = "created", *, ago: timedelta = MINUTE) -> list[tuple[datetime, str]]:
    return [(NOW - ago, kind)] * count


def test_what_anybody_can_cause_ends_at_the_hours_limit() -> None:
    assert allowed("created", sent(ANYBODY_AN_HOUR - 1), now=NOW).verdict is Verdict.SEND
    assert allowed("code", sent(ANYBODY_AN_HOUR), now=NOW).verdict is Verdict.NEVER
    assert allowed("waitlist_joined", sent(ANYBODY_AN_HOUR), now=NOW).verdict is Verdict.NEVER
    assert allowed("created", sent(ANYBODY_AN_HOUR, "waitlist_joined"), now=NOW).verdict is Verdict.NEVER


def test_what_anybody_can_cause_ends_at_the_days_limit() -> None:
    assert allowed("created", sent(ANYBODY_A_DAY, ago=2 * HOUR), now=NOW).verdict is Verdict.NEVER


def test_an_answer_is_sent_however_many_requests_there_were() -> None:
    assert allowed("confirmed", sent(ANYBODY_A_DAY), now=NOW).verdict is Verdict.SEND


def test_too_many_mails_in_an_hour_wait_for_the_hour_to_end() -> None:
    found = allowed("confirmed", sent(ALL_AN_HOUR, "cancelled"), now=NOW)
    assert (found.verdict, found.at) == (Verdict.LATER, NOW - MINUTE + HOUR)
