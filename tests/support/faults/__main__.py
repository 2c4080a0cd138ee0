"""``make faults``: many faults at each database and remote, the six counts, and the control without a guard."""

from __future__ import annotations

import argparse
import itertools
import time

from tests.support.faults import report
from tests.support.faults.controls import CONTROLS, control
from tests.support.faults.runs import DATABASES, REMOTES, Run, Servers

_OF_COMMANDS = 50
"""One deed to the real commands for so many others."""


def main() -> None:
    given = _arguments()
    started = time.monotonic()
    found: list[report.Line] = []

    def tell(text: str) -> None:
        print(f"{time.monotonic() - started:7.1f} s  {text}", flush=True)

    with Servers() as servers:
        for database, remote in itertools.product(_of(given.database, DATABASES), _of(given.remote, REMOTES)):
            tell(f"{database} and {remote}, seed {given.seed}, {given.n} faults")
            run = Run(
                servers, database, remote, given.n, given.seed, lanes=given.lanes,
                commands=-(-given.n // _OF_COMMANDS) if given.commands else 0, told=tell,
            )  # fmt: skip
            run()
            where = f"{database}, {remote}"
            found += [
                *report.lines(where, run.result, number=given.n),
                *report.with_commands(where, run.slow),
            ]
        for guard in CONTROLS if given.controls else ():
            struck = control(servers, guard, seed=given.seed, told=tell)
            found.append(
                report.Line(f"without {guard}: {CONTROLS[guard].shows}", struck, ">= 1", struck >= 1)
            )
    report.write(found)
    print("\n".join(report.told(line) for line in found))
    if not all(line.holds for line in found):
        raise SystemExit(1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.support.faults")
    parser.add_argument(
        "--n", type=int, default=200, help="faults that have to strike, for each database and remote"
    )
    parser.add_argument("--database", choices=(*DATABASES, "both"), default="both")
    parser.add_argument("--remote", choices=(*REMOTES, "both"), default="both")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lanes", type=int, default=4, help="worlds side by side")
    parser.add_argument("--no-commands", dest="commands", action="store_false", help="forked parts only")
    parser.add_argument(
        "--no-controls", dest="controls", action="store_false", help="without the proof that it bites"
    )
    return parser.parse_args()


def _of(chosen: str, every: tuple[str, ...]) -> tuple[str, ...]:
    return every if chosen == "both" else (chosen,)


if __name__ == "__main__":
    main()
