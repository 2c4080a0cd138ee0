"""The corpus of real-world shapes: what each blocks, with recurring-ical-events as a second opinion."""

import json
import re
import warnings
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events

from sync.codecs.ical import read_object
from sync.model.freebusy import BusyPolicy
from sync.model.occurrences import busy_intervals, occurrences
from sync.model.timespan import TimeSpan

FOLDER = Path(__file__).parents[3] / "data" / "ics"
ZONE = ZoneInfo("Europe/Berlin")
YEAR = TimeSpan(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))

EXPECTED = json.loads((FOLDER / "expected.json").read_text())

# What a person reads out of the odder ones: local time in Berlin, start and length in minutes.
BUSY = {
    "google_weekly_moved": [
        "03-02 10:00 50", "03-09 10:00 50", "03-17 14:00 50", "03-23 10:00 50", "03-30 10:00 50", "04-13 10:00 50",
        "04-20 10:00 50", "04-27 10:00 50", "05-04 10:00 50", "05-11 10:00 50", "05-18 10:00 50", "05-25 10:00 50",
        "06-01 10:00 50",
    ],
    "google_invitation_declined": [],
    "apple_all_day_three_days": ["03-27 00:00 4260"],
    "apple_alarm_and_place": ["03-12 16:00 90"],
    "outlook_windows_zone": [
        "03-03 12:00 30", "03-05 12:00 30", "03-17 12:00 30", "03-19 12:00 30", "03-31 12:00 30", "04-02 12:00 30",
        "04-14 12:00 30", "04-16 12:00 30",
    ],
    "outlook_customized_zone": ["07-16 10:00 60"],
    "exchange_free_but_opaque": [],
    "exchange_cancelled_occurrence": ["04-20 09:00 30", "04-22 09:00 30", "04-23 09:00 30"],
    "nextcloud_date_until_and_exdate": [
        "03-23 18:00 90", "03-24 18:00 90", "03-26 18:00 90", "03-27 18:00 90", "03-28 18:00 90", "03-30 18:00 90",
        "03-31 18:00 90", "04-01 18:00 90", "04-02 18:00 90", "04-03 18:00 90",
    ],
    "thunderbird_this_and_future": [
        "03-04 09:00 60", "03-11 09:00 60", "03-18 09:00 60", "03-26 11:30 90", "04-02 11:30 90", "04-09 11:30 90",
    ],
    "evolution_zone_behind_path": ["03-06 15:00 60", "03-07 15:00 60", "03-08 14:00 60", "03-09 14:00 60"],
    "rdate_with_periods": ["05-05 09:00 45", "05-07 09:00 45", "05-12 14:00 120", "05-13 14:00 30"],
    "davmail_exdate_in_utc": ["03-25 08:00 60", "04-08 08:00 60"],
    "leap_day_birthday": [],
    "floating_every_morning": ["03-27 07:00 30", "03-28 07:00 30", "03-29 07:00 30", "03-30 07:00 30"],
    "date_ends_on_its_start": ["05-14 00:00 1440"],
    "nominal_day_across_dst": ["03-28 12:00 1380", "04-04 12:00 1440"],
    "override_without_master": ["06-09 14:00 60"],
}  # fmt: skip

# Where the other expander is not the judge, and why.
NOT_THE_JUDGE = {
    "exchange_cancelled_occurrence": "it raises for a component without DTSTART",
    "nextcloud_date_until_and_exdate": "it reads a DATE in UNTIL as the midnight before that day",
    "date_ends_on_its_start": "it gives the event no time",
}


def read(name):
    return read_object((FOLDER / f"{name}.ics").read_bytes(), own_addresses=frozenset({"ada@home.example"}))


def test_every_file_is_explained_and_expected_here():
    explained = re.findall(r"^\| `(\w+)\.ics` \|", (FOLDER / "INDEX.md").read_text(), re.MULTILINE)
    assert sorted(explained) == sorted(EXPECTED) == sorted(path.stem for path in FOLDER.glob("*.ics"))
    assert len(explained) >= 60


@pytest.mark.parametrize("name", EXPECTED)
def test_the_file_takes_what_another_expansion_computed_of_it(name):
    busy = busy_intervals(read(name), window=YEAR, zone=ZONE.key, policy=BusyPolicy())
    found = [[f"{at:%Y-%m-%dT%H:%MZ}" for at in (item.span.start, item.span.end)] for item in busy]
    assert found == EXPECTED[name]["busy"]
    assert all(item.certain for item in busy)


@pytest.mark.parametrize("name", BUSY)
def test_the_file_blocks_what_its_owner_sees(name):
    busy = busy_intervals(read(name), window=YEAR, zone=ZONE.key, policy=BusyPolicy())
    assert [
        f"{item.span.start.astimezone(ZONE):%m-%d %H:%M} {item.span.length.total_seconds() / 60:.0f}"
        for item in busy
    ] == BUSY[name]
    assert all(item.certain for item in busy)


@pytest.mark.parametrize("name", sorted(set(BUSY) - set(NOT_THE_JUDGE)))
def test_another_expander_finds_the_same_occurrences(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        calendar = icalendar.Calendar.from_ical((FOLDER / f"{name}.ics").read_bytes())
    theirs = [
        (_instant(event.start), _instant(event.end))
        for event in recurring_ical_events.of(calendar).between(YEAR.start, YEAR.end)
        if event.get("STATUS") != "CANCELLED"
    ]
    ours = [
        (item.span.start, item.span.end) for item in occurrences(read(name), window=YEAR, zone=ZONE.key).items
    ]
    assert ours == sorted(theirs)


def _instant(moment):
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZONE)).astimezone(UTC)
