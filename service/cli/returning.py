"""``freehold returned-mail``: a delivery report, as a mail server hands it to a program."""

from __future__ import annotations

import sys
from pathlib import Path

from service.cli.failure import CommandFailed, WrongUse
from service.cli.opening import opened
from service.cli.output import say
from service.mailing.reports import note_report, read_report

_LARGEST = 10 * 2**20


def take(source: str) -> None:
    """Exit 1 for what is no report of a mail of ours, so that a mail server can keep it for a person."""
    try:
        content = sys.stdin.buffer.read(_LARGEST) if source == "-" else Path(source).read_bytes()
    except OSError as error:
        raise WrongUse(f"the report cannot be read ({error.strerror or 'error'})") from error
    report = read_report(content)
    if report is None:
        raise CommandFailed("this is no report of a mail that failed for good")
    with opened() as runtime, runtime.database.write() as connection:
        known = note_report(connection, report, now=runtime.now())
    if not known:
        raise CommandFailed("the report names no mail that was sent from here")
    say("noted: nothing more is sent to this address until a person says so")
