"""What is read or written by a quick way is what the long way gives."""

import json
import re
from datetime import datetime
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.codecs.lines import Component, parse_line, unfolded
from sync.codecs.stored import dump_series, load_series
from sync.codecs.values import read_moment
from sync.model.fingerprint import fingerprint, meaning
from sync.model.moments import WallTime
from tests.support.series import series

PIECES = st.sampled_from(
    ['SUMMARY', 'dtstart', ' UID ', ';', ';TZID=', 'Europe/Berlin', ':', '"', '"a:b;c"', '20260301T100000',
     'tzone://Microsoft/Utc', ';VALUE=DATE', '=', ',', '\\', '\x85', '\r', '\n', '\n ', '\r\n', '\r\n\t', '\r\r\n', 'é']
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=12).map("".join)


@given(TEXTS)
def test_a_line_of_a_component_is_what_parse_line_makes_of_it(text):
    found = list(Component("VEVENT", 0, own=[(3, text)]).lines())
    assert found == [line for line in [parse_line(text, 3)] if line is not None]


@given(TEXTS)
def test_lines_that_are_not_wanted_are_left_out_and_no_others(text):
    line = parse_line(text, 3)
    head = text.partition(":")[0].partition(";")[0].strip().upper()
    wanted = [line] if line is not None and head == "UID" else []
    assert list(Component("VEVENT", 0, own=[(3, text)]).lines(frozenset({"UID"}))) == wanted


@given(TEXTS)
def test_unfolding_ends_lines_at_lf_and_crlf_only(text):
    long_way = [line.rstrip("\r") for line in re.sub(r"\r?\n[ \t]", "", text).split("\n")]
    assert unfolded(text) == long_way


@given(st.integers(0, 99), st.integers(0, 99), st.integers(0, 99))
def test_a_time_is_read_digit_by_digit(hour, minute, second):
    value = f"20260301T{hour:02}{minute:02}{second:02}"
    try:
        wanted = WallTime(datetime(2026, 3, 1, hour, minute, min(second, 59)))
    except ValueError:
        with pytest.raises(ValueError, match=r"\w"):
            read_moment(value, "", lambda _tzid, _year: None)
        return
    assert read_moment(value, "", lambda _tzid, _year: None) == wanted


@given(series())
def test_what_is_hashed_is_ascii_json_with_sorted_keys(one):
    text = json.dumps(meaning(one), ensure_ascii=True, separators=(",", ":"), sort_keys=True)
    assert fingerprint(one) == f"1:{sha256(text.encode()).hexdigest()[:32]}"


@given(series())
def test_what_is_stored_is_json_with_sorted_keys_as_any_reader_writes_it(one):
    stored = dump_series(one)
    assert (
        stored
        == json.dumps(json.loads(stored), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    )
    assert load_series(stored) == one
