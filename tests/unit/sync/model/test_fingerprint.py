"""What is one meaning and what is two."""

import subprocess
import sys
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given

from sync.model.event import Event, Override, Recurrence, Response, Series, Status, Transparency
from sync.model.fingerprint import fingerprint
from sync.model.moments import Length, WallTime
from tests.support.series import series

EVENT = Event(
    WallTime(datetime(2026, 3, 2, 9), "Europe/Berlin"), Length(exact=timedelta(hours=1)), "A", "B", "C"
)
SERIES = Series("u", EVENT, Recurrence(("FREQ=WEEKLY",)))


def changed(**fields):
    return replace(SERIES, master=replace(EVENT, **fields))


def ruled(*rules, **fields):
    return replace(SERIES, recurrence=Recurrence(rules, **fields))


@pytest.mark.parametrize(
    "other",
    [
        changed(start=WallTime(datetime(2026, 3, 2, 10), "Europe/Berlin")),
        changed(start=WallTime(datetime(2026, 3, 2, 9), "Europe/Paris")),
        changed(start=WallTime(datetime(2026, 3, 2, 9))),
        changed(start=date(2026, 3, 2)),
        changed(length=Length(exact=timedelta(minutes=50))),
        changed(length=Length(days=1)),
        changed(summary="a"),
        changed(description=""),
        changed(location="D"),
        changed(status=Status.TENTATIVE),
        changed(transparency=Transparency.TRANSPARENT),
        changed(own_response=Response.DECLINED),
        changed(categories=("x",)),
        changed(private=True),
        ruled(),
        ruled("FREQ=WEEKLY;INTERVAL=2"),
        ruled("FREQ=WEEKLY", excluded=(WallTime(datetime(2026, 3, 9, 9), "Europe/Berlin"),)),
        ruled("FREQ=WEEKLY", dates=((WallTime(datetime(2026, 3, 9, 9), "Europe/Berlin"), None),)),
        replace(SERIES, overrides=(Override(EVENT.start, EVENT),)),
        replace(SERIES, master=None, overrides=(Override(EVENT.start, EVENT),)),
    ],
)
def test_another_meaning_has_another_fingerprint(other):
    assert fingerprint(other) != fingerprint(SERIES)


@pytest.mark.parametrize(
    "same",
    [
        replace(SERIES, uid="other", problems=("anything",)),
        changed(summary="A  ", description="B\r\n\r\n", location="C\x00"),
        ruled("freq=weekly;interval=1;wkst=SU"),
        ruled("WKST=MO;BYDAY=MO;FREQ=WEEKLY"),
    ],
)
def test_the_same_meaning_has_the_same_fingerprint(same):
    assert fingerprint(same) == fingerprint(SERIES)


def test_composed_and_decomposed_letters_are_one_text():
    assert fingerprint(changed(summary="é")) == fingerprint(changed(summary="e\u0301"))


def test_line_ends_are_one_thing():
    assert fingerprint(changed(description="a\r\nb ")) == fingerprint(changed(description="a \nb\n"))


def test_order_of_sets_does_not_matter():
    days = [(WallTime(datetime(2026, 3, day, 9), "Europe/Berlin"), None) for day in (3, 4)]
    overrides = tuple(Override(day, EVENT) for day, _ in days)
    one = replace(
        changed(categories=("x", "y")), recurrence=Recurrence(dates=tuple(days)), overrides=overrides
    )
    two = replace(
        changed(categories=("y", "x", "x")),
        recurrence=Recurrence(dates=tuple(days[::-1])),
        overrides=overrides[::-1],
    )
    assert fingerprint(one) == fingerprint(two)


def test_utc_and_local_spellings_of_exceptions_are_one():
    local, utc = (
        WallTime(datetime(2026, 3, 30, 9), "Europe/Berlin"),
        WallTime(datetime(2026, 3, 30, 7), "UTC"),
    )
    spelled = [
        fingerprint(replace(ruled("FREQ=WEEKLY", excluded=(at,)), overrides=(Override(at, EVENT),)))
        for at in (local, utc)
    ]
    assert spelled[0] == spelled[1]


def test_until_in_utc_and_in_local_time_is_one():
    assert fingerprint(ruled("FREQ=WEEKLY;UNTIL=20260330T070000Z")) == fingerprint(
        ruled("FREQ=WEEKLY;UNTIL=20260330T090000")
    )


def test_a_single_day_of_24_hours_may_be_written_either_way_but_a_repeated_one_may_not():
    day, hours = changed(length=Length(days=1)), changed(length=Length(exact=timedelta(days=1)))
    assert fingerprint(day) != fingerprint(hours)
    assert fingerprint(replace(day, recurrence=Recurrence())) == fingerprint(
        replace(hours, recurrence=Recurrence())
    )


def test_the_fingerprint_is_the_same_in_every_release():
    """A failure means that every mirrored event will look changed once: raise the version in the prefix too."""
    assert fingerprint(SERIES) == "1:b95efe2dc0aace462c270e57300075f3"


def test_the_fingerprint_is_the_same_in_another_process():
    program = (
        "from tests.unit.sync.model.test_fingerprint import SERIES; from sync.model.fingerprint import fingerprint;"
        "print(fingerprint(SERIES))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": "7"},
    )
    assert run.stdout.strip() == fingerprint(SERIES)


@given(series())
def test_a_fingerprint_depends_on_nothing_but_the_value(drawn):
    assert fingerprint(drawn) == fingerprint(replace(drawn))
