"""The corpus cut, mixed and scribbled over: the reader says what it cannot read and never breaks."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from sync.codecs.ical import NotAnEvent, Unreadable, read_object, write_object
from sync.model.event import Kind
from sync.model.fingerprint import fingerprint
from sync.model.occurrences import DEFAULT, occurrences
from sync.model.timespan import TimeSpan

FOLDER = Path(__file__).parents[3] / "data" / "ics"
TEXTS = [path.read_bytes().decode() for path in sorted(FOLDER.glob("*.ics"))]
LINES = sorted({line for text in TEXTS for line in text.split("\r\n")})
YEAR = TimeSpan(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
OWN = frozenset({"ada@home.example"})
STAMP = datetime(2026, 1, 1, tzinfo=UTC)
SCRAPS = st.text(max_size=6) | st.sampled_from(
    [
        "\r\n",
        "\r\n ",
        ":",
        ";",
        '"',
        "=",
        "\\",
        ",",
        "Z",
        "T",
        "-",
        "99999999",
        "\x00",
        "BEGIN:VEVENT\r\n",
        "/",
    ]
)


@st.composite
def damaged(draw):
    text = draw(st.sampled_from(TEXTS))
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(text)))
        match draw(st.sampled_from(["cut", "scrap", "line", "repeat"])):
            case "cut":
                text = text[:at] + text[at + draw(st.integers(1, 60)) :]
            case "scrap":
                text = text[:at] + draw(SCRAPS) + text[at + draw(st.integers(0, 3)) :]
            case "line":
                begin = text.rfind("\r\n", 0, at) + 2
                text = text[:begin] + draw(st.sampled_from(LINES)) + "\r\n" + text[begin:]
            case _:
                text = text[:at] + text[max(0, at - draw(st.integers(1, 300))) :]
    return text


def read(text):
    try:
        return read_object(text, own_addresses=OWN)
    except NotAnEvent:
        return None
    except Unreadable as error:
        return error.salvage


@settings(max_examples=300, deadline=None, derandomize=True)
@given(damaged())
def test_whatever_is_handed_out_is_read_or_refused_in_words_and_can_be_expanded(text):
    series = read(text)
    if series is not None:
        assert occurrences(series, window=YEAR, zone="Europe/Berlin").steps <= 4 * DEFAULT.steps


@settings(max_examples=200, deadline=None, derandomize=True)
@given(damaged())
def test_what_was_read_of_it_is_written_and_read_back_with_the_same_meaning(text):
    try:
        series = read_object(text, own_addresses=OWN)
    except (NotAnEvent, Unreadable):  # what is salvaged blocks, and is never written
        return
    # Her own answer and Google's kinds have no place in what we write.
    plain = replace(
        series,
        master=series.master and replace(series.master, own_response=None, kind=Kind.DEFAULT),
        overrides=tuple(replace(o, event=replace(o.event, own_response=None)) for o in series.overrides),
    )
    assert fingerprint(read_object(write_object(plain, stamp=STAMP))) == fingerprint(plain)
