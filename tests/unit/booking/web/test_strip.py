"""The hours around a request, as a strip."""

from datetime import UTC, datetime, timedelta

from booking.web.strip import WIDTH, strip
from sync.model.timespan import TimeSpan

TEN = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
"""Ten in New York."""
NEW_YORK = "America/New_York"


def span(start: float, hours: float) -> TimeSpan:
    begin = TEN + timedelta(hours=start)
    return TimeSpan(begin, begin + timedelta(hours=hours))


def test_it_reaches_three_hours_to_either_side_in_whole_hours() -> None:
    found = strip(span(0.25, 0.75), [], zone=NEW_YORK)
    assert (found.hours[0][1].hour, found.ends.hour) == (7, 14)


def test_every_hour_has_its_place() -> None:
    found = strip(span(0, 1), [], zone=NEW_YORK)
    assert [hour.hour for _, hour in found.hours] == [7, 8, 9, 10, 11, 12, 13]
    assert [x for x, _ in found.hours][:2] == [0, round(WIDTH / 7)]


def test_the_request_lies_in_the_middle() -> None:
    bar = strip(span(0, 1), [], zone=NEW_YORK).bars[-1]
    assert bar.kind == "asked"
    assert abs(2 * bar.x + bar.width - WIDTH) <= 1


def test_what_reaches_beyond_is_cut() -> None:
    bar = strip(span(0, 1), [(span(-9, 7), "busy")], zone=NEW_YORK).bars[0]
    assert (bar.x, bar.width) == (0, round(WIDTH / 7))


def test_what_lies_outside_is_left_out() -> None:
    assert len(strip(span(0, 1), [(span(9, 1), "busy")], zone=NEW_YORK).bars) == 1


def test_a_short_event_can_still_be_seen() -> None:
    bar = strip(span(0, 1), [(span(-1, 0.01), "busy")], zone=NEW_YORK).bars[0]
    assert bar.width >= 4


def test_the_hours_are_those_of_the_providers_zone_with_half_hour_offsets_too() -> None:
    found = strip(span(0, 1), [], zone="Asia/Kolkata")
    assert {hour.minute for _, hour in found.hours} == {0}
