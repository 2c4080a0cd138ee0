"""Days, times and zones read as people say them."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel import Locale

from booking.web.words import clock, clocks, day, initials, length, offset, zone_city

EN, DE = Locale("en"), Locale("de")
NEW_YORK = ZoneInfo("America/New_York")
HALF_PAST_FIVE = datetime(2026, 11, 24, 17, 30, tzinfo=NEW_YORK)
TUESDAY = date(2026, 11, 24)


def test_an_english_day_names_weekday_day_and_month() -> None:
    assert day(TUESDAY, EN) == "Tuesday 24 November"


def test_a_short_day_shortens_the_weekday_only() -> None:
    assert day(TUESDAY, EN, form="short") == "Tue 24 November"


def test_other_languages_write_the_date_their_own_way() -> None:
    assert day(TUESDAY, DE) == "Dienstag, 24. November"
    assert day(TUESDAY, DE, form="dated") == "Dienstag, 24. November 2026"


def test_english_times_have_halves_of_the_day_in_small_letters_and_plain_spaces() -> None:
    assert clock(HALF_PAST_FIVE, EN) == "5:30 pm"


def test_german_times_count_to_twenty_four() -> None:
    assert clock(HALF_PAST_FIVE, DE) == "17:30"


def test_a_span_names_the_half_of_the_day_once() -> None:
    assert clocks(HALF_PAST_FIVE, HALF_PAST_FIVE + timedelta(minutes=45), EN) == "5:30 – 6:15 pm"


def test_a_span_over_noon_names_both_halves() -> None:
    start = HALF_PAST_FIVE.replace(hour=11)
    assert clocks(start, start + timedelta(hours=1), EN) == "11:30 am – 12:30 pm"


@pytest.mark.parametrize(
    "zone, told",
    [
        ("America/New_York", "New York"),
        ("America/Argentina/Buenos_Aires", "Buenos Aires"),
        ("UTC", "UTC"),
        ("Etc/GMT+5", "Etc/GMT+5"),
    ],
)
def test_a_zone_is_known_by_its_place(zone: str, told: str) -> None:
    assert zone_city(zone, EN) == told


@pytest.mark.parametrize(
    "zone, told",
    [("America/New_York", "UTC−5"), ("Asia/Kolkata", "UTC+5:30"), ("Europe/London", "UTC")],
)
def test_the_distance_from_utc_is_the_one_at_that_instant(zone: str, told: str) -> None:
    assert offset(HALF_PAST_FIVE.astimezone(ZoneInfo(zone))) == told


@pytest.mark.parametrize(
    "span, told",
    [
        (timedelta(seconds=40), "40 seconds"),
        (timedelta(minutes=90), "90 minutes"),
        (timedelta(hours=3, minutes=20), "3 hours 20 minutes"),
        (timedelta(hours=30, minutes=20), "30 hours"),
        (timedelta(hours=49), "2 days"),
    ],
)
def test_a_length_is_told_in_units_that_fit_it(span: timedelta, told: str) -> None:
    assert length(span, EN) == told


@pytest.mark.parametrize(
    "name, told", [("Ada Byron", "AB"), ("Ada", "A"), ("Ada King Lovelace", "AL"), ("", "")]
)
def test_initials_are_those_of_the_first_and_the_last_word(name: str, told: str) -> None:
    assert initials(name) == told
