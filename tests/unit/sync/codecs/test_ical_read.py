"""How single properties are read."""

from datetime import UTC, date, datetime, timedelta

import pytest

from sync.codecs.ical import NotAnEvent, Unreadable, read_object
from sync.codecs.lines import LONGEST_OBJECT
from sync.model.event import Response, Status, Transparency
from sync.model.freebusy import BusyPolicy
from sync.model.moments import Length, WallTime
from sync.model.occurrences import busy_intervals
from sync.model.timespan import TimeSpan

YEAR = TimeSpan(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
START = "DTSTART:20260302T090000Z"
HOUR = "DTEND:20260302T100000Z"
ADA = frozenset({"mailto:Ada@Home.example"})


def event(*lines):
    return "\r\n".join(["BEGIN:VEVENT", "UID:u", *lines, "END:VEVENT"])


def calendar(*components):
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *components, "END:VCALENDAR", ""])


def master(*lines, own=frozenset()):
    return read_object(calendar(event(*lines)), own_addresses=own).master


def busy(series):
    return busy_intervals(series, window=YEAR, zone="Europe/Berlin", policy=BusyPolicy())


@pytest.mark.parametrize(
    "lines, length",
    [
        ((START, "DTEND:20260302T103000Z"), Length(exact=timedelta(minutes=90))),
        ((START, "DURATION:PT1H30M"), Length(exact=timedelta(minutes=90))),
        ((START, "DURATION:P1DT2H"), Length(1, timedelta(hours=2))),
        ((START, "DURATION:P2W"), Length(14)),
        ((START, "DURATION:PT24H"), Length(exact=timedelta(hours=24))),
        ((START,), Length()),
        ((START, "DTEND:20260302T090000Z"), Length()),
        ((START, "DTEND;TZID=Europe/Berlin:20260302T110000"), Length(exact=timedelta(hours=1))),
        (("DTSTART;VALUE=DATE:20260302",), Length(1)),
        (("DTSTART:20260302", "DTEND:20260305"), Length(3)),
        (("DTSTART;VALUE=DATE:20260302", "DTEND;VALUE=DATE:20260302"), Length(1)),
        (("DTSTART;VALUE=DATE:20260302", "DURATION:P2D"), Length(2)),
        (("DTSTART;VALUE=DATE:20260302", "DURATION:PT36H"), Length(2)),
        (("DTSTART:20260302T090000", "DTEND:20260303T100000"), Length(1, timedelta(hours=1))),
    ],
)
def test_the_length_of_an_event(lines, length):
    assert master(*lines).length == length


@pytest.mark.parametrize(
    "end",
    [
        "DTEND:20260301T090000Z",
        "DTEND:nonsense",
        "DURATION:-PT1H",
        "DURATION:P",
        "DURATION:P99999W",
        "DTEND:99990101T000000Z",
    ],
)
def test_an_end_that_makes_no_sense_is_told_and_the_start_blocks_an_hour(end):
    series = read_object(calendar(event(START, end)))
    assert [item.span.length for item in busy(series)] == [timedelta(hours=1)]
    assert not busy(series)[0].certain
    assert len(series.problems) == 1


def test_a_start_and_an_end_of_two_kinds_block_the_days_they_name():
    series = read_object(calendar(event("DTSTART;VALUE=DATE:20260302", "DTEND:20260303T100000Z")))
    assert series.master.length == Length(2)
    assert series.problems == ("its start and end are not of one kind",)


@pytest.mark.parametrize(
    "line, zone",
    [
        ("DTSTART:20260302T090000Z", "UTC"),
        ("DTSTART;TZID=UTC:20260302T090000", "UTC"),
        ("DTSTART;TZID=Europe/Berlin:20260302T090000Z", "UTC"),
        ("DTSTART:20260302T090000", None),
        ("DTSTART;TZID=Europe/Berlin:20260302T090000", "Europe/Berlin"),
        ("DTSTART;TZID=europe/berlin:20260302T090000", "Europe/Berlin"),
        ('DTSTART;TZID="W. Europe Standard Time":20260302T090000', "Europe/Berlin"),
        ("DTSTART;TZID=/citadel.org/20210210_1/Europe/Berlin:20260302T090000", "Europe/Berlin"),
        ("DTSTART;TZID=America/Argentina/Ushuaia:20260302T090000", "America/Argentina/Ushuaia"),
        ("DTSTART;TZID=tzone://Microsoft/Utc:20260302T090000", "UTC"),
        ('DTSTART;TZID="(UTC+00:00) Utc":20260302T090000Z', "UTC"),
        ("DTSTART;TZID=America/New York:20260302T090000", "America/New_York"),
        ("DTSTART;TZID=GMT+0100:20260302T090000", "Etc/GMT-1"),
    ],
)
def test_the_zone_of_a_start(line, zone):
    series = read_object(calendar(event(line, "DURATION:PT1H")))
    assert series.master.start == WallTime(datetime(2026, 3, 2, 9), zone)
    assert series.problems == ()


@pytest.mark.parametrize(
    "value, moment",
    [
        ("2026-03-02T09:00:00Z", WallTime(datetime(2026, 3, 2, 9), "UTC")),
        ("2026-03-02T10:00:00+01:00", WallTime(datetime(2026, 3, 2, 9), "UTC")),
        ("20260302T0900", WallTime(datetime(2026, 3, 2, 9))),
        ("20260302t090060z", WallTime(datetime(2026, 3, 2, 9, 0, 59), "UTC")),
        ("2026-03-02", date(2026, 3, 2)),
    ],
)
def test_times_in_other_forms_are_understood(value, moment):
    assert master(f"DTSTART:{value}").start == moment


def test_an_unknown_zone_is_told_and_read_as_floating():
    series = read_object(calendar(event("DTSTART;TZID=Narnia:20260302T090000", "DURATION:PT1H")))
    assert series.master.start.zone is None
    assert "Narnia" in series.problems[0]
    assert not busy(series)[0].certain


@pytest.mark.parametrize(
    "lines, transparency, status",
    [
        ((), Transparency.OPAQUE, Status.CONFIRMED),
        (("TRANSP:TRANSPARENT",), Transparency.TRANSPARENT, Status.CONFIRMED),
        (("TRANSP:what",), Transparency.OPAQUE, Status.CONFIRMED),
        (("STATUS:TENTATIVE",), Transparency.OPAQUE, Status.TENTATIVE),
        (("STATUS:cancelled",), Transparency.OPAQUE, Status.CANCELLED),
        (("X-MICROSOFT-CDO-BUSYSTATUS:FREE",), Transparency.TRANSPARENT, Status.CONFIRMED),
        (("TRANSP:OPAQUE", "X-MICROSOFT-CDO-BUSYSTATUS:FREE"), Transparency.TRANSPARENT, Status.CONFIRMED),
        (
            ("TRANSP:TRANSPARENT", "X-MICROSOFT-CDO-BUSYSTATUS:BUSY"),
            Transparency.TRANSPARENT,
            Status.CONFIRMED,
        ),
        (("X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE",), Transparency.OPAQUE, Status.TENTATIVE),
        (("TRANSP:OPAQUE", "X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE"), Transparency.OPAQUE, Status.CONFIRMED),
        (("X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE",), Transparency.OPAQUE, Status.CONFIRMED),
    ],
)
def test_what_says_free_and_what_says_busy(lines, transparency, status):
    read = master(START, HOUR, *lines)
    assert (read.transparency, read.status) == (transparency, status)


@pytest.mark.parametrize(
    "lines, response",
    [
        (("ATTENDEE;PARTSTAT=DECLINED:mailto:ada@home.example",), Response.DECLINED),
        (("ATTENDEE;PARTSTAT=accepted:MAILTO:ADA@HOME.EXAMPLE",), Response.ACCEPTED),
        (("ATTENDEE:mailto:ada@home.example",), Response.NEEDS_ACTION),
        (("ATTENDEE;PARTSTAT=DECLINED:mailto:bob@home.example",), None),
        (('ATTENDEE;EMAIL="ada@home.example";PARTSTAT=TENTATIVE:/123/principal/',), Response.TENTATIVE),
        (("ATTENDEE;PARTSTAT=DELEGATED:mailto:ada@home.example",), None),
        (("ORGANIZER:mailto:ada@home.example", "ATTENDEE:mailto:ada@home.example"), None),
        (("ORGANIZER:mailto:ada@home.example", "ATTENDEE;PARTSTAT=DECLINED:mailto:ada@home.example"),
         Response.DECLINED),
        (("ATTENDEE;PARTSTAT=DECLINED:mailto:ada@home.example", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:ada@home.example"),
         Response.ACCEPTED),
    ],
)  # fmt: skip
def test_the_owners_own_answer(lines, response):
    assert master(START, HOUR, *lines, own=ADA).own_response is response


def test_an_answer_to_one_occurrence_is_read_from_that_occurrence():
    series = read_object(
        calendar(
            event(START, HOUR, "RRULE:FREQ=DAILY;COUNT=2", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:ada@home.example"),
            event(
                "RECURRENCE-ID:20260303T090000Z", "DTSTART:20260303T090000Z", "DTEND:20260303T100000Z",
                "ATTENDEE;PARTSTAT=DECLINED:mailto:ada@home.example",
            ),
        ),
        own_addresses=ADA,
    )  # fmt: skip
    assert len(busy(series)) == 1


@pytest.mark.parametrize("word, private", [("PRIVATE", True), ("confidential", True), ("PUBLIC", False)])
def test_what_is_private(word, private):
    assert master(START, f"CLASS:{word}").private is private


def test_texts_are_unfolded_and_unescaped():
    read = master(
        START,
        "SUMMARY;LANGUAGE=en:a\\, b\\; c \\\\n",
        "DESCRIPTION:one\\ntwo\\Nth",
        " ree",
        "CATEGORIES:x\\,y,z",
        "CATEGORIES:w",
    )
    assert (read.summary, read.description, read.categories) == (
        "a, b; c \\n",
        "one\ntwo\nthree",
        ("x,y", "z", "w"),
    )


def test_only_line_feeds_end_a_line():
    assert master(START, "SUMMARY:a\u2028DTSTART:20300101T000000Z\x0bb").start.clock.year == 2026


def test_of_two_copies_the_higher_sequence_counts_then_the_later_stamp():
    copies = [
        event("DTSTART:20260302T090000Z", "SEQUENCE:2", "DTSTAMP:20260101T000000Z", "SUMMARY:old"),
        event("DTSTART:20260302T110000Z", "SEQUENCE:10", "DTSTAMP:20260101T000000Z", "SUMMARY:older"),
        event("DTSTART:20260302T130000Z", "SEQUENCE:10", "DTSTAMP:20260102T000000Z", "SUMMARY:new"),
    ]
    for order in (copies, copies[::-1]):
        assert read_object(calendar(*order)).master.summary == "new"


def test_a_rule_that_cannot_be_read_stays_as_text_and_is_told():
    series = read_object(calendar(event(START, HOUR, "RRULE:FREQ=WEEKYL")))
    assert series.recurrence.rules == ("FREQ=WEEKYL",)
    assert series.problems
    assert len(busy(series)) == 305


def test_tasks_are_no_events_and_beside_an_event_they_are_ignored():
    todo = "BEGIN:VTODO\r\nUID:t\r\nEND:VTODO"
    with pytest.raises(NotAnEvent):
        read_object(calendar(todo))
    assert read_object(calendar(todo, event(START))).uid == "u"


@pytest.mark.parametrize(
    "parts",
    [
        [],
        ["BEGIN:VTIMEZONE\r\nTZID:X\r\nEND:VTIMEZONE"],
        ["BEGIN:X-WRAP", event(START), "END:X-WRAP"],
        ["BEGIN:VCALENDAR", event(START), "END:VCALENDAR"],
        [event(START), "BEGIN:VCALENDAR", event(START), "END:VCALENDAR"],
    ],
    ids=[
        "emptied",
        "a time zone alone",
        "in a wrapper",
        "in a calendar of its own",
        "beside one in a calendar",
    ],
)
def test_what_holds_nothing_or_an_event_in_a_strange_place_is_unreadable_and_not_free(parts):
    with pytest.raises(Unreadable):
        read_object(calendar(*parts))


def test_latin_1_bytes_and_a_byte_order_mark_are_read():
    assert read_object(calendar(event(START, "SUMMARY:Köln")).encode("latin-1")).master.summary == "Köln"
    assert (
        read_object(b"\xef\xbb\xbf" + calendar(event(START, "SUMMARY:Köln")).encode()).master.summary
        == "Köln"
    )


@pytest.mark.parametrize(
    "text",
    [
        calendar(event(START, HOUR)).replace("END:VEVENT\r\n", ""),
        calendar(event(START, HOUR)).replace("END:VCALENDAR", ""),
        calendar(event(START, HOUR)).replace("BEGIN:VCALENDAR\r\n", ""),
        calendar(event(START, HOUR), event(START, HOUR).replace("UID:u", "UID:v")),
        calendar(event(START, HOUR), event("RECURRENCE-ID:x", "SUMMARY:no time")),
        calendar(event(START, HOUR, "ATTACH:" + "A" * LONGEST_OBJECT)),
        calendar(event(START, HOUR, *["X-A:1"] * 30_000)),
        calendar(event(START, HOUR, *["BEGIN:VALARM"] * 20)),
    ],
)
def test_what_is_salvaged_of_an_unreadable_object_blocks(text):
    with pytest.raises(Unreadable) as caught:
        read_object(text)
    salvage = caught.value.salvage
    assert salvage is not None
    assert busy(salvage)[0].span.start == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert not busy(salvage)[0].certain
    assert salvage.problems


def spans(text):
    with pytest.raises(Unreadable) as caught:
        read_object(text)
    return {(item.span.start.hour, item.span.end.hour) for item in busy(caught.value.salvage)}


def test_what_is_salvaged_of_two_uids_takes_nothing_from_the_other():
    other = event(START, "DURATION:PT1H", "STATUS:CANCELLED").replace("UID:u", "UID:v")
    assert spans(calendar(event(START, "DURATION:PT2H"), other)) == {(9, 11)}
    assert spans(calendar(event(START, "DURATION:PT2H"), other.replace("CANCELLED", "CONFIRMED"))) == {
        (9, 11),
        (9, 10),
    }


def test_two_events_of_one_uid_that_name_no_later_word_both_block():
    later = event("DTSTART:20260302T140000Z", HOUR)
    assert spans(calendar(event(START, HOUR), later)) == {(9, 10), (14, 15)}
    read = read_object(calendar(event(START, HOUR), later.replace("UID:u", "UID:u\r\nSEQUENCE:1")))
    assert read.master.start.clock.hour == 14
    assert read_object(calendar(event(START, HOUR), event(START, HOUR))).problems == ()


@pytest.mark.parametrize(
    "text", ["", "<html>login</html>", calendar(event("SUMMARY:no start")), calendar(event("DTSTART:never"))]
)
def test_where_there_is_no_start_nothing_is_salvaged(text):
    with pytest.raises(Unreadable) as caught:
        read_object(text)
    assert caught.value.salvage is None


def test_the_alarms_own_lines_are_not_the_events():
    alarm = "BEGIN:VALARM\r\nUID:alarm\r\nDURATION:PT5M\r\nDESCRIPTION:no\r\nEND:VALARM"
    read = read_object(calendar(event(alarm, START, HOUR, "DESCRIPTION:yes")))
    assert (read.uid, read.master.description, read.master.length) == (
        "u",
        "yes",
        Length(exact=timedelta(hours=1)),
    )
