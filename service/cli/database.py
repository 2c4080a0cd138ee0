"""The commands below ``freehold db``."""

from __future__ import annotations

from service.cli.opening import assembled, settings_of_command
from service.cli.output import say
from service.schema import is_current, upgrade


def upgrade_schema() -> None:
    with assembled(settings_of_command()) as runtime:
        before = is_current(runtime.database)
        upgrade(runtime.database)
    say("the schema was up to date" if before else "the schema is up to date")
