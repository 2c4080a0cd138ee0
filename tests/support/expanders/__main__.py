"""The long comparison: ``make expanders N=2000 SEED=1``. Ends with 1 if ours was wrong once."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.support.expanders.comparing import (
    MISSING,
    close,
    compare_object,
    compare_rule,
    object_tally,
    rule_tally,
)
from tests.support.expanders.drawn_objects import object_cases
from tests.support.expanders.drawn_rules import rule_cases
from tests.support.expanders.tally import Tally


def _putting(tally: Tally, compare: Callable[[Tally, Any], None]) -> Callable[[Any], None]:
    def put(case: Any) -> None:
        compare(tally, case)

    return put


def main() -> int:
    words = argparse.ArgumentParser()
    words.add_argument("number", type=int)
    words.add_argument("seed", type=int)
    asked = words.parse_args()
    for reason in MISSING.values():
        print(f"Not everybody is asked: {reason}.")
    wrong = 0
    for tally, cases, compare in (
        (rule_tally(), rule_cases(), compare_rule),
        (object_tally(), object_cases(), compare_object),
    ):
        far = settings(
            max_examples=asked.number, database=None, deadline=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        seed(asked.seed)(far(given(cases)(_putting(tally, compare))))()
        print(tally.table())
        for line in [*tally.wrong, *tally.unknown[:20]]:
            print(f"  ! {line[:600]}")
        wrong += len(tally.wrong)
    close()
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
