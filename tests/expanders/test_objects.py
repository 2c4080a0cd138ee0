"""Whole series against the text of RFC 5545 read literally, and against the three other expanders of objects."""

import pytest
from hypothesis import given, settings

from tests.support.expanders import objects, rules
from tests.support.expanders.drawn_objects import object_cases
from tests.support.expanders.line_process import NoAnswer
from tests.support.expanders.object_deviations import OBJECT_DEVIATIONS, object_class_of


def asked(library, case):
    if library in rules.MISSING:
        pytest.skip(rules.MISSING[library])
    try:
        return objects.LIBRARIES[library](case)
    except NoAnswer as silence:
        return str(silence)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(object_cases())
def test_our_expansion_is_what_the_text_says(case):
    assert objects.ours(case) == objects.by_the_text(case)


@pytest.mark.parametrize("library", objects.LIBRARIES)
@settings(max_examples=200, deadline=None, derandomize=True)
@given(case=object_cases())
def test_another_expander_agrees_or_is_known_to_leave_the_text_there(library, case):
    if library == "libical" and case.changes:
        return  # it knows no overrides
    wanted, found = objects.by_the_text(case), asked(library, case)
    assert found == wanted or isinstance(found, str) or object_class_of(library, case, wanted, found)


@pytest.mark.parametrize("row", OBJECT_DEVIATIONS, ids=lambda row: f"{row.library}: {row.name}")
def test_what_is_said_of_another_expander_is_so_and_ours_keeps_to_the_text(row):
    assert objects.ours(row.example) == objects.by_the_text(row.example)
    assert asked(row.library, row.example) != objects.by_the_text(row.example)
