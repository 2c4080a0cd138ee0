"""What holds for every series and for any damage to any text."""

from datetime import UTC, datetime
from pathlib import Path

import icalendar
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from sync.codecs.ical import NotAnEvent, Unreadable, read_object, update_object, write_object
from sync.codecs.lines import parse_line, unfolded
from sync.model.event import Event, Series
from sync.model.fingerprint import fingerprint, meaning
from sync.model.freebusy import BusyPolicy
from sync.model.moments import Length, WallTime
from sync.model.occurrences import busy_intervals
from sync.model.timespan import TimeSpan
from tests.support.series import TEXTS, series

STAMP = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
CORPUS = sorted((Path(__file__).parents[3] / "data" / "ics").glob("*.ics"))
ADA = frozenset({"ada@home.example"})
YEAR = TimeSpan(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
MORE = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@MORE
@given(series())
def test_what_is_written_reads_back_with_the_same_meaning(drawn):
    assert meaning(read_object(write_object(drawn, stamp=STAMP))) == meaning(drawn)


@MORE
@given(series())
def test_an_independent_parser_finds_the_same_events_in_what_is_written(drawn):
    calendar = icalendar.Calendar.from_ical(write_object(drawn, stamp=STAMP))
    assert len(calendar.walk("VEVENT")) == 1 + len(
        {str(meaning(Series("u", None, overrides=(o,)))) for o in drawn.overrides}
    )


@MORE
@given(TEXTS, TEXTS, TEXTS)
@example("a\x0bb\x00c", "x\u2028y\x85z", "\r\nATTENDEE:mailto:e@evil.example")
def test_no_text_adds_a_line_of_its_own(summary, description, location):
    plain = Event(WallTime(datetime(2026, 3, 2, 9), "Europe/Berlin"), Length(), "a", "b", "c")
    hostile = Event(plain.start, plain.length, summary + "x", description + "x", location + "x")
    names = [
        [parse_line(line).name for line in unfolded(write_object(Series("u", event), stamp=STAMP)) if line]
        for event in (plain, hostile)
    ]
    assert names[0] == names[1]


@MORE
@given(series(), series())
def test_an_edited_text_means_what_was_asked_for(before, after):
    edited = update_object(write_object(before, stamp=STAMP), after, stamp=STAMP)
    assert meaning(read_object(edited)) == meaning(after)


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(target=series())
def test_any_real_text_can_be_edited_to_mean_anything(path, target):
    raw = path.read_bytes().decode()
    assume(all(event.own_response is None for event in _events(read_object(raw))))
    assert meaning(read_object(update_object(raw, target, stamp=STAMP))) == meaning(target)


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
@settings(max_examples=60)
@given(data=st.data())
def test_damaged_text_raises_nothing_but_what_is_declared(path, data):
    lines = path.read_bytes().decode().split("\r\n")
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        match data.draw(st.integers(0, 4)):
            case 0:
                lines.pop(at)
            case 1:
                lines.insert(at, lines[data.draw(st.integers(0, len(lines) - 1))])
            case 2:
                cut = data.draw(st.integers(0, len(lines[at])))
                lines[at] = lines[at][:cut] + data.draw(st.text(max_size=8)) + lines[at][cut:]
            case 3:
                lines[at] = lines[at][: data.draw(st.integers(0, len(lines[at])))]
            case _:
                digits = data.draw(st.sampled_from(["0", "9", "99999999", "-", "Z", "/", ";", '"']))
                lines[at] = lines[at].replace(data.draw(st.sampled_from(["0", "1", "2", "T", ":"])), digits)
        lines = lines or [""]
    try:
        read = read_object("\r\n".join(lines), own_addresses=ADA)
    except NotAnEvent:
        return
    except Unreadable as error:
        if error.salvage is None:
            return
        read = error.salvage
    fingerprint(read)
    busy_intervals(read, window=YEAR, zone="Europe/Berlin", policy=BusyPolicy())


@settings(max_examples=300)
@given(st.text(max_size=300) | st.binary(max_size=300))
def test_text_of_any_kind_is_refused_in_order(text):
    with pytest.raises((NotAnEvent, Unreadable)):
        read_object(text)


def _events(read: Series) -> list[Event]:
    masters = [read.master] if read.master is not None else []
    return [*masters, *(override.event for override in read.overrides)]
