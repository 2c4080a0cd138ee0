"""Our walk of rules against the text of RFC 5545 read literally, and against dateutil, ical.js and libical."""

from datetime import datetime

import pytest
from hypothesis import given, settings

from sync.model.recurrence import parse_rule
from tests.support.expanders import rules
from tests.support.expanders.deviations import DEVIATIONS, class_of
from tests.support.expanders.drawn_rules import rule_cases
from tests.support.expanders.line_process import NoAnswer

SHORT = settings(max_examples=60, deadline=None, derandomize=True)


def asked(library, case):
    if library in rules.MISSING:
        pytest.skip(rules.MISSING[library])
    try:
        return rules.LIBRARIES[library](case)
    except NoAnswer as silence:
        return str(silence)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(rule_cases())
def test_our_walk_is_what_the_text_says(case):
    assert rules.ours(case) == rules.by_the_text(case)


@pytest.mark.parametrize("library", rules.LIBRARIES)
@SHORT
@given(case=rule_cases())
def test_another_expander_agrees_or_is_known_to_leave_the_text_there(library, case):
    found = asked(library, case)
    assert found == rules.by_the_text(case) or isinstance(found, str) or class_of(library, case)


@pytest.mark.parametrize("row", DEVIATIONS, ids=lambda row: f"{row.library}: {row.name}")
def test_what_is_said_of_another_expander_is_so_and_ours_keeps_to_the_text(row):
    assert rules.ours(row.example) == rules.by_the_text(row.example)
    assert asked(row.library, row.example) != rules.by_the_text(row.example)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=WEEKLY;BYMONTHDAY=1", "FREQ=DAILY;BYYEARDAY=1", "FREQ=MONTHLY;BYYEARDAY=1", "FREQ=MONTHLY;BYWEEKNO=1",
        "FREQ=YEARLY;BYWEEKNO=20;BYDAY=1MO",
    ],
)  # fmt: skip
def test_a_part_that_the_table_forbids_is_noticed(rule):
    assert parse_rule(rule).misused


def test_a_week_belongs_to_the_year_that_holds_four_of_its_days():
    case = rules.RuleCase(
        "FREQ=YEARLY;INTERVAL=2;BYWEEKNO=1;BYDAY=MO", datetime(2024, 1, 1, 9), datetime(2030, 2, 1)
    )
    days = [f"{at:%Y-%m-%d}" for at in rules.ours(case)]
    assert days == ["2024-01-01", "2025-12-29", "2028-01-03", "2029-12-31"]
