"""``freehold doctor``."""

from __future__ import annotations

from collections.abc import Sequence

from service.cli.failure import CommandFailed
from service.cli.opening import settings_of_command
from service.cli.output import say_document, say_table
from service.doctor import Finding, examine
from service.google_setup import FAIL
from service.runtime import Runtime
from service.settings import SettingsInvalid


def doctor(*, json: bool) -> None:
    """Prints every finding, also those that made it fail: they are the answer."""
    found = _findings(json=json)
    failed = sum(finding.state == FAIL for finding in found)
    if json:
        say_document({"ok": not failed, "checks": [finding.document() for finding in found]})
    else:
        rows = [(finding.state, finding.name, finding.text, finding.mend) for finding in found]
        say_table(("", "what", "how it is", "what to do"), rows)
    if failed:
        raise CommandFailed(f"{failed} of {len(found)} checks failed")


def _findings(*, json: bool) -> Sequence[Finding]:
    try:
        settings = settings_of_command(json=json)
    except SettingsInvalid as error:
        return [
            Finding("configuration", FAIL, problem, "correct this variable") for problem in error.problems
        ]
    runtime = Runtime.build(settings)
    try:
        return examine(runtime)
    finally:
        runtime.close()
