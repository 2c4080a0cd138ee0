"""Objects made to exhaust their reader: each ends with a bounded amount of work and is never free time."""

import pytest

from sync.model.occurrences import DEFAULT
from tests.support.bombs import BOMBS, WINDOW, survived

# What of these is known lies outside of the window: the event itself, or the end that it states.
OVER_BEFORE = {"a thousand million seconds", "a huge interval"}


def test_there_are_more_than_forty():
    assert len(BOMBS) >= 40


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_costs_a_bounded_number_of_steps_and_occurrences(name):
    _, expansion = survived(BOMBS[name])
    if expansion is not None:
        assert expansion.steps <= 4 * DEFAULT.steps
        assert len(expansion.items) <= DEFAULT.instances + DEFAULT.rules


@pytest.mark.parametrize("name", BOMBS)
def test_of_a_bomb_all_that_can_be_known_blocks(name):
    series, expansion = survived(BOMBS[name])
    assert series is not None
    assert expansion.items or not (series.problems or expansion.problems) or name in OVER_BEFORE
    assert all(item.span.overlaps(WINDOW) for item in expansion.items)
