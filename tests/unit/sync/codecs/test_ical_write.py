"""The text of events we make ourselves."""

from datetime import UTC, date, datetime, timedelta

from sync.codecs.ical import read_object, write_object
from sync.codecs.lines import unfolded
from sync.model.event import Event, Series, Status
from sync.model.moments import Length, WallTime

STAMP = datetime(2026, 2, 28, 12, 0, tzinfo=UTC)
HOUR = Length(exact=timedelta(hours=1))


def lines(event, **more):
    return unfolded(write_object(Series("abc@freehold", event), stamp=STAMP, **more))


def test_a_tentative_private_request_is_written_as_promised():
    event = Event(
        WallTime(datetime(2026, 3, 2, 9), "America/New_York"),
        HOUR,
        "Request: GH",
        status=Status.TENTATIVE,
        private=True,
    )
    written = lines(event)
    assert written[written.index("BEGIN:VEVENT") :] == [
        "BEGIN:VEVENT",
        "UID:abc@freehold",
        "DTSTAMP:20260228T120000Z",
        "DTSTART;TZID=America/New_York:20260302T090000",
        "DTEND;TZID=America/New_York:20260302T100000",
        "SUMMARY:Request: GH",
        "STATUS:TENTATIVE",
        "TRANSP:OPAQUE",
        "CLASS:PRIVATE",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    assert "TZID:America/New_York" in written


def test_utc_and_dates_need_no_definition_of_a_zone():
    assert "BEGIN:VTIMEZONE" not in lines(Event(WallTime(datetime(2026, 3, 2, 9), "UTC"), HOUR))
    written = lines(Event(date(2026, 3, 2), Length(days=2)))
    assert "BEGIN:VTIMEZONE" not in written
    assert {"DTSTART;VALUE=DATE:20260302", "DTEND;VALUE=DATE:20260304"} <= set(written)


def test_an_end_in_the_repeated_hour_is_written_in_utc():
    written = lines(
        Event(WallTime(datetime(2026, 10, 25, 1, 30), "Europe/Berlin"), Length(exact=timedelta(hours=2)))
    )
    assert "DTEND:20261025T013000Z" in written


def test_every_line_ends_in_crlf_and_is_at_most_75_octets():
    text = write_object(Series("u", Event(date(2026, 3, 2), Length(1), "ä" * 300, "€\n" * 200)), stamp=STAMP)
    assert text.endswith("END:VCALENDAR\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75


def test_too_long_a_text_is_cut():
    text = write_object(
        Series("u", Event(date(2026, 3, 2), Length(1), "x" * 5_000, "y" * 50_000)), stamp=STAMP
    )
    master = read_object(text).master
    assert (len(master.summary), len(master.description)) == (2_000, 32_000)


def test_an_address_for_the_event_is_one_line():
    written = lines(Event(date(2026, 3, 2), Length(1)), url="https://example.com/r/1\r\nATTENDEE:mailto:e@x")
    assert "URL:https://example.com/r/1 ATTENDEE:mailto:e@x" in written
