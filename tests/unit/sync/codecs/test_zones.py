"""From a VTIMEZONE to an IANA zone, and from an IANA zone to a VTIMEZONE."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical

from sync.codecs.ical import read_object
from sync.codecs.lines import folded
from sync.codecs.timezones import timezone_lines

BERLIN_RULES = (
    ("DAYLIGHT", "19700329T020000", "+0100", "+0200", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU"),
    ("STANDARD", "19701025T030000", "+0200", "+0100", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"),
)


def observance(kind, start, before, after, *more):
    return [
        f"BEGIN:{kind}",
        f"DTSTART:{start}",
        f"TZOFFSETFROM:{before}",
        f"TZOFFSETTO:{after}",
        *more,
        f"END:{kind}",
    ]


def like_berlin(zone):
    """Whether a zone has Berlin's offsets; which of the zones that do is named does not matter."""
    days = [datetime(2026, 1, 1, 1, tzinfo=UTC) + timedelta(days=day) for day in range(1_500)]
    return all(
        at.astimezone(ZoneInfo(zone)).utcoffset() == at.astimezone(ZoneInfo("Europe/Berlin")).utcoffset()
        for at in days
    )


def read(*observances, tzid="Praxis", extra=()):
    zone = [
        "BEGIN:VTIMEZONE",
        f"TZID:{tzid}",
        *extra,
        *(line for part in observances for line in part),
        "END:VTIMEZONE",
    ]
    event = ["BEGIN:VEVENT", "UID:u", f"DTSTART;TZID={tzid}:20260702T090000", "DURATION:PT1H", "END:VEVENT"]
    return read_object("\r\n".join(["BEGIN:VCALENDAR", *zone, *event, "END:VCALENDAR"]))


def test_own_rules_are_matched_to_the_zone_that_has_them():
    series = read(*(observance(*part) for part in BERLIN_RULES))
    assert like_berlin(series.master.start.zone)
    assert series.problems == ()


def test_dated_changes_without_rules_are_matched_too():
    dates = [
        (year, spring, autumn)
        for year, spring, autumn in (
            (2025, 30, 26),
            (2026, 29, 25),
            (2027, 28, 31),
            (2028, 26, 29),
            (2029, 25, 28),
        )
    ]
    series = read(
        *(observance("DAYLIGHT", f"{year}03{spring}T020000", "+0100", "+0200") for year, spring, _ in dates),
        *(observance("STANDARD", f"{year}10{autumn}T030000", "+0200", "+0100") for year, _, autumn in dates),
    )
    assert like_berlin(series.master.start.zone)


def test_the_location_that_a_definition_names_goes_before_its_rules():
    series = read(*(observance(*part) for part in BERLIN_RULES), extra=["X-LIC-LOCATION:Europe/Oslo"])
    assert series.master.start.zone == "Europe/Oslo"


def test_a_known_name_is_never_defined_anew():
    series = read(observance("STANDARD", "19700101T000000", "+0900", "+0900"), tzid="Europe/Berlin")
    assert series.master.start.zone == "Europe/Berlin"


def test_a_constant_offset_is_some_zone_of_that_offset():
    zone = read(observance("STANDARD", "16010101T000000", "-0300", "-0300")).master.start.zone
    assert datetime(2026, 7, 1, tzinfo=ZoneInfo(zone)).utcoffset() == timedelta(hours=-3)


def test_rules_like_no_zone_are_told_and_read_with_the_offset_of_the_year():
    odd = (
        ("DAYLIGHT", "19700210T020000", "+0100", "+0200", "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=10"),
        ("STANDARD", "19701110T030000", "+0200", "+0100", "RRULE:FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=10"),
    )
    series = read(*(observance(*part) for part in odd))
    assert series.master.start.zone == "Etc/GMT-1"
    assert series.problems


@pytest.mark.parametrize(
    "part",
    [
        ("STANDARD", "16010101T000000", "+0100", "+0100", "RRULE:FREQ=HOURLY"),
        ("STANDARD", "16010101T000000", "+0100", "+0100", "RRULE:FREQ=DAILY;BYHOUR=1"),
        (
            "STANDARD",
            "16010101T000000",
            "+0100",
            "+0100",
            "RRULE:FREQ=YEARLY;BYHOUR=1,2,3,4;BYMINUTE=1,2,3,4",
        ),
        (
            "STANDARD",
            "16010101T000000",
            "+0100",
            "+0100",
            "RRULE:FREQ=YEARLY;BYMONTH=1,2,3,4,5,6;BYDAY=MO,TU,WE,TH,FR,SA",
        ),
        ("STANDARD", "16010101T000000", "+0100", "+2500"),
        ("STANDARD", "16010101T000000", "+0100", "soon"),
        ("STANDARD", "00000101T000000", "+0100", "+0100"),
        ("STANDARD", "20260101T000000", "+0100", "+0130", "RDATE:" + ",".join(["20260101T000000"] * 9_000)),
    ],
)
def test_a_definition_that_costs_or_makes_no_sense_is_told_and_not_worked_out(part):
    series = read(observance(*part))
    assert series.master.start.zone is None
    assert series.problems


def test_a_definition_of_too_many_parts_is_not_worked_out():
    series = read(*(observance(*BERLIN_RULES[0]) for _ in range(21)))
    assert series.problems


@pytest.mark.parametrize(
    "zone",
    [
        "Europe/Berlin", "Europe/London", "Europe/Dublin", "America/New_York", "America/St_Johns", "Asia/Tokyo",
        "Asia/Jerusalem", "Asia/Kathmandu", "Australia/Sydney", "Australia/Lord_Howe", "Africa/Casablanca",
        "America/Santiago", "Pacific/Chatham", "Pacific/Apia", "Asia/Gaza",
    ],
)  # fmt: skip
def test_the_definition_we_write_gives_every_offset_of_the_zone(zone):
    text = "BEGIN:VCALENDAR\r\n" + "".join(map(folded, timezone_lines(zone, 2026))) + "END:VCALENDAR\r\n"
    written, real = tzical(StringIO(text)).get(zone), ZoneInfo(zone)
    at = datetime(2026, 1, 1, 12, 30, tzinfo=UTC)
    while at.year < 2034:
        assert at.astimezone(written).utcoffset() == at.astimezone(real).utcoffset(), at
        at += timedelta(hours=25)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Sydney"])
def test_where_the_law_is_simple_two_yearly_rules_say_it(zone):
    lines = timezone_lines(zone, 2026)
    assert sum(line.startswith("RRULE:FREQ=YEARLY") for line in lines) == 2
    assert len(lines) < 20


def test_the_change_begins_at_the_hour_the_clock_shows_before_it():
    assert "DTSTART:20250330T020000" in timezone_lines("Europe/Berlin", 2026)
    assert datetime(2025, 3, 30, 1, tzinfo=UTC).astimezone(ZoneInfo("Europe/Berlin")).hour == 3
