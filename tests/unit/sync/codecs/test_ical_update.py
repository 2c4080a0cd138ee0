"""Edits of other programs' text touch what they mean to touch and nothing else."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from difflib import ndiff
from pathlib import Path

import pytest

from sync.codecs.ical import read_object, update_object
from sync.model.event import Override, Recurrence, Series, Status, Transparency
from sync.model.fingerprint import fingerprint
from sync.model.moments import Length, WallTime

FOLDER = Path(__file__).parents[3] / "data" / "ics"
STAMP = datetime(2026, 2, 28, 12, 0, tzinfo=UTC)
ADA = frozenset({"ada@home.example"})


def text(name):
    return (FOLDER / f"{name}.ics").read_bytes().decode()


def edit(name, **fields):
    """The text before and after a change of fields of the master, and its lines that went and came."""
    raw = text(name)
    series = read_object(raw, own_addresses=ADA)
    target = replace(series, master=replace(series.master, **fields))
    edited = update_object(raw, target, stamp=STAMP, own_addresses=ADA)
    assert fingerprint(read_object(edited, own_addresses=ADA)) == fingerprint(target)
    difference = list(ndiff(raw.split("\r\n"), edited.split("\r\n")))
    return [line[2:] for line in difference if line[0] == "-"], [
        line[2:] for line in difference if line[0] == "+"
    ]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.ics")), ids=lambda path: path.stem)
def test_where_nothing_differs_every_byte_stays(path):
    raw = path.read_bytes().decode()
    assert update_object(raw, read_object(raw), stamp=STAMP) == raw


def test_a_new_title_changes_the_title_and_the_stamps_alone():
    gone, come = edit("apple_alarm_and_place", summary="Team, neu")
    assert gone == [
        "SUMMARY:Team\\, Fallbesprechung\\; Teil 1",
        "LAST-MODIFIED:20260105T100102Z",
        "DTSTAMP:20260105T100102Z",
    ]
    assert come == ["SUMMARY:Team\\, neu", "LAST-MODIFIED:20260228T120000Z", "DTSTAMP:20260228T120000Z"]


def test_a_moved_event_keeps_the_name_its_program_has_for_the_zone():
    gone, come = edit("outlook_windows_zone", start=WallTime(datetime(2026, 3, 3, 15), "Europe/Berlin"))
    assert "DTSTART;TZID=W. Europe Standard Time:20260303T150000" in come
    assert "DTEND;TZID=W. Europe Standard Time:20260303T153000" in come
    assert not any(line.startswith(("BEGIN:VTIMEZONE", "SEQUENCE", "RRULE")) for line in gone + come)


def test_a_new_zone_brings_its_definition():
    _, come = edit("exchange_free_but_opaque", start=WallTime(datetime(2026, 3, 11, 8), "America/New_York"))
    assert come.count("TZID:America/New_York") == 1
    assert "DTSTART;TZID=America/New_York:20260311T080000" in come


def test_a_duration_stays_a_duration_when_only_the_start_moves():
    gone, come = edit("rdate_with_periods", start=WallTime(datetime(2026, 5, 5, 10), "Europe/Berlin"))
    assert gone == ["DTSTAMP:20260110T100000Z", "DTSTART;TZID=Europe/Berlin:20260505T090000"]
    assert len(come) == 2


def test_a_new_length_replaces_the_duration():
    gone, come = edit("rdate_with_periods", length=Length(exact=timedelta(hours=1)))
    assert "DURATION:PT45M" in gone
    assert "DTEND;TZID=Europe/Berlin:20260505T100000" in come


def test_the_answers_of_those_invited_are_never_touched():
    gone, come = edit(
        "google_invitation_declined", summary="x", start=WallTime(datetime(2026, 3, 11, 13), "UTC")
    )
    assert not any("ATTENDEE" in line or "ORGANIZER" in line or "SEQUENCE" in line for line in gone + come)


def test_exchanges_own_word_follows_a_change_of_free_and_busy():
    gone, come = edit("exchange_free_but_opaque", transparency=Transparency.OPAQUE)
    assert "X-MICROSOFT-CDO-BUSYSTATUS:FREE" in gone
    assert "X-MICROSOFT-CDO-BUSYSTATUS:BUSY" in come


def test_what_is_added_stands_before_the_alarms():
    raw = text("apple_alarm_and_place")
    series = read_object(raw)
    edited = update_object(
        raw, replace(series, master=replace(series.master, status=Status.TENTATIVE)), stamp=STAMP
    )
    assert edited.index("STATUS:TENTATIVE") < edited.index("BEGIN:VALARM")


def test_an_emptied_text_goes():
    gone, come = edit("apple_alarm_and_place", location="")
    assert "LOCATION:Praxis\\nHauptstraße 1" in gone
    assert not any(line.startswith("LOCATION") for line in come)


def test_privacy_is_put_on_and_taken_off():
    assert "CLASS:PUBLIC" in edit("outlook_windows_zone", private=False)[1]
    assert "CLASS:PRIVATE" in edit("google_invitation_declined", private=True)[1]


def change(name, make):
    raw = text(name)
    target = make(read_object(raw))
    edited = update_object(raw, target, stamp=STAMP)
    assert fingerprint(read_object(edited)) == fingerprint(target)
    return raw, edited


def test_another_excluded_date_leaves_the_rule_and_the_overrides():
    day = WallTime(datetime(2026, 5, 4, 10), "Europe/Berlin")

    def make(series: Series) -> Series:
        recurrence = replace(series.recurrence, excluded=(*series.recurrence.excluded, day))
        return replace(series, recurrence=recurrence)

    raw, edited = change("google_weekly_moved", make)
    assert "EXDATE;TZID=Europe/Berlin:20260504T100000" in edited
    second = "BEGIN:VEVENT\r\nDTSTART;TZID=Europe/Berlin:20260317T140000"
    assert edited[edited.index(second) :] == raw[raw.index(second) :]


def test_an_override_that_is_no_more_is_taken_out_and_a_new_one_is_added():
    at = WallTime(datetime(2026, 3, 23, 10), "Europe/Berlin")

    def make(series: Series) -> Series:
        moved = replace(series.master, start=WallTime(datetime(2026, 3, 24, 8), "Europe/Berlin"))
        return replace(series, overrides=(Override(at, moved),))

    raw, edited = change("google_weekly_moved", make)
    assert "20260317T140000" in raw
    assert "20260317T140000" not in edited
    assert "RECURRENCE-ID;TZID=Europe/Berlin:20260323T100000" in edited


def test_a_series_can_be_made_a_single_event_again():
    raw, edited = change("leap_day_birthday", lambda series: replace(series, recurrence=Recurrence()))
    assert "RRULE" in raw
    assert "RRULE" not in edited


def test_a_cancelled_occurrence_without_a_start_gets_one_when_the_master_changes():
    def make(series: Series) -> Series:
        return replace(series, master=replace(series.master, length=Length(exact=timedelta(hours=2))))

    change("exchange_cancelled_occurrence", make)


def test_older_copies_do_not_come_back():
    raw = text("exchange_free_but_opaque")
    body = raw[raw.index("BEGIN:VEVENT") : raw.index("END:VCALENDAR")]
    copy = body.replace("DTSTAMP:20260201T080000Z", "DTSTAMP:20360101T000000Z").replace(
        "Office hours", "Winner"
    )
    raw = raw.replace("END:VCALENDAR", copy + "END:VCALENDAR")
    series = read_object(raw)
    assert series.master.summary == "Winner"
    edited = update_object(raw, replace(series, master=replace(series.master, summary="Edited")), stamp=STAMP)
    assert read_object(edited).master.summary == "Edited"


def test_lines_that_end_in_lf_alone_go_on_doing_so():
    raw = text("date_ends_on_its_start").replace("\r\n", "\n")
    series = read_object(raw)
    edited = update_object(
        raw, replace(series, master=replace(series.master, summary="x" * 200)), stamp=STAMP
    )
    assert "\r" not in edited
    assert read_object(edited).master.summary == "x" * 200
