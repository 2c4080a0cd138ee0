"""Random interleavings of client, staff, provider, calendar, clock and crashes: one state, told once, and shown."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.support.booking_machine import machine
from tests.support.model_report import LONG, RUNS, note

QUICK_RUNS = 5


def _play(runs: int, steps: int) -> None:
    made = machine()
    chosen = settings(
        max_examples=runs,
        derandomize=runs == QUICK_RUNS,  # as in the other machines' short mode
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        database=None,
    )
    run_state_machine_as_test(made, settings=chosen)
    note(
        "histories of requests",
        made.runs,
        f"at least {runs}",
        holds=made.runs >= runs,
    )
    note("steps in them", made.steps, "counted", holds=True)


@pytest.mark.slow
def test_no_history_leaves_two_truths() -> None:
    _play(QUICK_RUNS, 20)


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_no_long_history_leaves_two_truths() -> None:
    _play(RUNS if LONG else 100, 50)
