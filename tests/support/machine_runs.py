"""Running a machine: how many histories, and the line each leaves in the report."""

from typing import Protocol

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from tests.support.model_report import LONG, note

STEPS = 80 if LONG else 60
"""At most; a drawn history often ends a little earlier, and 60 are asked of the long ones."""


class Counted(Protocol):
    """A class of machines that counts its runs and steps."""

    runs: int
    steps: int

    def __call__(self) -> RuleBasedStateMachine: ...


def run(made: Counted, what: str, runs: int, **rest: object) -> None:
    """Play ``runs`` histories; a failure is cut down and raised."""
    failures = 1
    try:
        run_state_machine_as_test(made, settings=chosen(runs, **rest))
        failures = 0
    finally:
        note(f"runs of up to {STEPS} steps, {what}", made.runs, f"at least {runs}", holds=made.runs >= runs)
        note(f"steps, every invariant checked after each, {what}", made.steps, "counted", holds=True)
        note(f"failures, {what}", failures, "0", holds=failures == 0)


def chosen(runs: int, phases: tuple[Phase, ...] = tuple(Phase), *, stored: bool = True) -> settings:
    """Settings of a machine. Not ``stored``: failures of other days are not tried first.

    The short mode plays the same histories each time, so that what fails there is the change's own doing; the long one
    plays others each time.
    """
    return settings(
        max_examples=runs,
        derandomize=not LONG,
        stateful_step_count=STEPS,
        phases=phases,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        **({} if stored and LONG else {"database": None}),
    )
