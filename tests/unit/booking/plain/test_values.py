"""Single values are read strictly, told plainly and written in one way."""

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.plain.names import a_colour, a_slug, a_zone, an_email, an_origin, nearest
from booking.plain.values import (
    Wrong,
    a_clock,
    a_date,
    a_duration,
    a_flag,
    a_share,
    a_text,
    a_whole,
    an_end,
    clock_text,
    duration_text,
    end_text,
    ends_after,
)


@given(st.integers(0, 730 * 1440))
def test_a_duration_is_read_as_it_is_written(minutes: int) -> None:
    length = timedelta(minutes=minutes)
    assert a_duration()(duration_text(length)) == length


@pytest.mark.parametrize(
    "text,canonical",
    [("60m", "1h"), ("24h", "24h"), ("48h", "2d"), ("1d", "24h"), ("1w", "7d"), ("0d", "0m"), ("90m", "90m")],
)
def test_a_duration_has_one_canonical_spelling(text: str, canonical: str) -> None:
    assert duration_text(a_duration()(text)) == canonical


@pytest.mark.parametrize(
    "wrong", ["", "m", "1", "1.5h", "1 h", "-1h", "1H", "1h30m", "١h", None, 1, 1.5, True, []]
)
def test_what_is_no_duration_is_refused(wrong: object) -> None:
    with pytest.raises(Wrong):
        a_duration()(wrong)


@given(st.times().map(lambda moment: moment.replace(second=0, microsecond=0)))
def test_a_clock_time_is_read_as_it_is_written(moment: time) -> None:
    assert a_clock(clock_text(moment)) == moment
    assert an_end(end_text(moment)) == moment


def test_midnight_ends_a_day_that_starts_at_midnight() -> None:
    assert ends_after(time(0), an_end("24:00"))
    assert not ends_after(time(9), time(9))


def test_a_time_with_seconds_is_refused() -> None:
    with pytest.raises(Wrong, match="whole minutes"):
        a_clock(time(9, 0, 30))


@pytest.mark.parametrize("given_as", [date(2026, 12, 24), "2026-12-24"])
def test_a_date_may_stand_in_quotes(given_as: object) -> None:
    assert a_date(given_as) == date(2026, 12, 24)


@pytest.mark.parametrize("wrong", [0, 1, "true", None])
def test_only_true_and_false_are_flags(wrong: object) -> None:
    with pytest.raises(Wrong):
        a_flag(wrong)


@pytest.mark.parametrize("wrong", [True, 1.0, "1", -1, 11])
def test_a_whole_number_is_neither_a_flag_nor_a_fraction_nor_out_of_bounds(wrong: object) -> None:
    with pytest.raises(Wrong):
        a_whole(0, 10)(wrong)


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -0.1, 1.1, True, "0.5"])
def test_a_share_lies_between_nothing_and_all(wrong: object) -> None:
    with pytest.raises(Wrong):
        a_share(wrong)


@pytest.mark.parametrize("wrong", ["a\nb", "a\x00", "a\x7f", "a\u2028b", "", "  ", "x" * 201, 1])
def test_a_text_is_one_line_of_bounded_length(wrong: object) -> None:
    with pytest.raises(Wrong):
        a_text()(wrong)


@pytest.mark.parametrize("wrong", ["Ada", "-a", "a-", "a_b", "a b", "ä", "a" * 64])
def test_a_slug_can_stand_in_an_address(wrong: str) -> None:
    with pytest.raises(Wrong):
        a_slug(wrong)


@pytest.mark.parametrize(
    "wrong,near",
    [
        ("Europe/Berln", "Europe/Berlin"),
        ("america/new york", "America/New_York"),
        ("Asia/Tokio", "Asia/Tokyo"),
    ],
)
def test_a_zone_names_the_nearest(wrong: str, near: str) -> None:
    with pytest.raises(Wrong, match=near):
        a_zone(wrong)


@pytest.mark.parametrize(
    "wrong", ["ada", "ada@", "@b.c", "a b@c.de", "a@b@c.de", "a@localhost", '"a"@b.de', "<a@b.de>"]
)
def test_what_is_no_address_is_refused(wrong: str) -> None:
    with pytest.raises(Wrong):
        an_email(wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        "*",
        "https://*.example.com/x",
        "https://a.com?x",
        "null",
        "https://u@a.com",
        "https://a.com; script-src *",
    ],
)
def test_what_is_no_origin_is_refused(wrong: str) -> None:
    with pytest.raises(Wrong):
        an_origin(wrong)


def test_an_origin_may_be_this_machine_and_loses_its_last_slash() -> None:
    assert an_origin("http://localhost:3000/") == "http://localhost:3000"
    assert an_origin("https://WWW.example.com") == "https://www.example.com"


def test_a_colour_is_lower_case() -> None:
    assert a_colour("#2F6F5E") == "#2f6f5e"


def test_of_no_names_none_is_nearest() -> None:
    assert nearest("name", []) is None
