"""``freehold apply`` and ``freehold export``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from service.cli.failure import DONE, FAILED, CommandFailed, WrongUse
from service.cli.opening import opened
from service.cli.output import say, tell
from service.practice_file.commands import Answer, Place, apply_command, export_command
from service.runtime import Runtime


def apply(source: str, *, dry_run: bool) -> None:
    with opened(upgraded=True) as runtime:
        _print(
            apply_command(
                source,
                stdin=sys.stdin.buffer.read,
                place=place(runtime),
                database=runtime.database,
                cipher=runtime.sealer,
                now=runtime.now(),
                dry_run=dry_run,
            )
        )
        if not dry_run:
            # A running program begins to read new accounts now rather than at its next look.
            runtime.doorbell.ring("sync")


def place(runtime: Runtime) -> Place:
    return Place(dict(os.environ), Path.cwd(), runtime.settings.allow_private_hosts)


def export(practice: str | None) -> None:
    with opened() as runtime:
        _print(export_command(practice, database=runtime.database))


def _print(answer: Answer) -> None:
    code, lines, beside = answer
    if code != DONE:
        raise (CommandFailed if code == FAILED else WrongUse)(*beside)
    tell(*beside)
    say(*lines)
