"""``freehold keys rotate``."""

from __future__ import annotations

import sys

from service.cli.failure import CommandFailed
from service.cli.opening import opened
from service.cli.output import say
from service.key_rotation import count, rotate


def rotate_keys() -> None:
    from rich.console import Console
    from rich.progress import Progress

    with opened() as runtime:
        with runtime.database.read() as connection:
            total = count(connection)
        with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as bars:
            bar = bars.add_task("encrypting anew", total=total)
            done = rotate(
                runtime.database, runtime.sealer, progress=lambda seen: bars.update(bar, completed=seen)
            )
    say(f"{done.renewed} of {done.seen} texts are encrypted anew; all others were under the first key")
    if done.unopened:
        raise CommandFailed(
            f"no key opens {done.unopened} texts: add the key of before to the end of FREEHOLD_ENCRYPTION_KEYS"
        )
