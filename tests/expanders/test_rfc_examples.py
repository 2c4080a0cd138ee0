"""Every example of RFC 5545 3.8.5.3 gives the instances the RFC states, here and read literally."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sync.codecs.ical import read_object
from sync.model.occurrences import occurrences
from sync.model.timespan import TimeSpan
from tests.support.expanders import literal
from tests.support.expanders.rfc_examples import ZONE, examples

CASES = [(example, rule) for example in examples() for rule in example.rules]
NAMES = [f"{example.says} {number}" for example in examples() for number in range(len(example.rules))]


def text_of(example, rule):
    lines = [
        "BEGIN:VCALENDAR",
        "BEGIN:VEVENT",
        "UID:rfc",
        f"DTSTART;TZID={ZONE}:{example.start}",
        "DURATION:PT10M",
    ]
    lines += [f"EXDATE;TZID={ZONE}:{example.excluded}"] if example.excluded else []
    return "\r\n".join([*lines, f"RRULE:{rule}", "END:VEVENT", "END:VCALENDAR", ""])


def test_the_rfc_has_39_examples_and_42_rules():
    assert (len(examples()), len(CASES)) == (39, 42)


@pytest.mark.parametrize("example, rule", CASES, ids=NAMES)
def test_the_example_gives_the_instances_that_the_rfc_states(example, rule):
    ahead = timedelta(days=0 if example.endless else 4_000)
    window = TimeSpan(datetime(1996, 1, 1, tzinfo=UTC), example.instances[-1] + timedelta(minutes=1) + ahead)
    expansion = occurrences(read_object(text_of(example, rule)), window=window, zone=ZONE)
    assert [item.span.start for item in expansion.items] == example.instances
    assert all(item.certain for item in expansion.items)


@pytest.mark.parametrize("example, rule", CASES, ids=NAMES)
def test_the_literal_reading_gives_them_too(example, rule):
    local = rule.replace("19971224T000000Z", "19971223T190000").replace("19971007T000000Z", "19971006T200000")
    local = local.replace("20000131T140000Z", "20000131T090000").replace(
        "19970902T210000Z", "19970902T170000"
    )
    high = example.instances[-1].astimezone(ZoneInfo(ZONE)).replace(tzinfo=None)
    first = datetime.strptime(example.start, "%Y%m%dT%H%M%S")
    found = literal.starts(local, first, high + timedelta(days=0 if example.endless else 700), 1_000)
    excluded = [first] if example.excluded else []
    instants = [at.replace(tzinfo=ZoneInfo(ZONE)).astimezone(UTC) for at in found if at not in excluded]
    assert instants == example.instances
