"""``freehold sync``: calendars read and written now, in this process, beside whatever workers do."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Row

from service.cli.failure import CommandFailed
from service.cli.opening import opened
from service.cli.output import say_table
from service.cli.places import account_named, accounts_of, practice_of, provider_of
from service.runtime import Runtime
from service.work import drain_changes
from sync.engine.engine import AccountReport, CalendarReport, Wish
from sync.engine.pulling import Progress
from sync.store.due import try_writes_now

# A worker that is at the same account is waited for.
_PATIENCE_SECONDS: Final = 60.0
_PAUSE_SECONDS: Final = 0.2
# What settling a change decides is written and may be read back; it does not go round for ever.
_ROUNDS: Final = 3


def sync(*, account: str | None, provider: str | None, full: bool, practice: str | None) -> None:
    with opened() as runtime:
        chosen = _chosen(runtime, account=account, provider=provider, practice=practice)
        failures: list[str] = []
        rows: list[Sequence[str]] = []
        with _progress() as watch:
            for row in chosen:
                report = sync_now(runtime, row.id, full=full, progress=watch(f"{row.provider}/{row.name}"))
                rows += _rows(row, report)
                failures += _failures(row, report)
    say_table(("account", "calendar", "state", "what was done"), rows)
    if failures:
        raise CommandFailed(*failures)


def sync_now(runtime: Runtime, account_id: str, *, full: bool, progress: Progress | None) -> AccountReport:
    """Reads every calendar of the account, tries once all that waits to be written, and settles what came in."""
    with runtime.database.write() as connection:
        try_writes_now(connection, account_id, now=runtime.now())
    report = _pass(runtime, account_id, Wish(everything=True, full=full), progress)
    for _ in range(_ROUNDS):
        if report.busy or not drain_changes(runtime).done:
            break
        _add(report, _pass(runtime, account_id, Wish(), None))
    return report


def _pass(runtime: Runtime, account_id: str, wish: Wish, progress: Progress | None) -> AccountReport:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        report = runtime.engine.sync_account(
            account_id, owner=runtime.worker_name, now=runtime.now(), wish=wish, progress=progress
        )
        if not report.busy or time.monotonic() > deadline:
            return report
        time.sleep(_PAUSE_SECONDS)


def _add(report: AccountReport, later: AccountReport) -> None:
    known = {part.id: part for part in report.calendars}
    report.error = report.error or later.error
    for part in later.calendars:
        first = known.get(part.id)
        if first is not None:
            first.written += part.written
            first.failed += part.failed
            first.error = first.error or part.error


def _chosen(
    runtime: Runtime, *, account: str | None, provider: str | None, practice: str | None
) -> Sequence[Row[Any]]:
    with runtime.database.read() as connection:
        if account is not None:
            return [account_named(connection, account, practice)]
        if provider is not None:
            return accounts_of(connection, provider_id=provider_of(connection, provider, practice).id)
        slug = None if practice is None else practice_of(connection, practice).slug
        return [row for row in accounts_of(connection) if slug in (None, row.practice)]


def _rows(row: Row[Any], report: AccountReport) -> Iterator[Sequence[str]]:
    name = f"{row.provider}/{row.name}"
    if not report.calendars:
        yield (name, "", "ok" if report.ok else "failing", "no calendars" if report.ok else "not read")
    for part in report.calendars:
        failed = part.error is not None or part.failed
        yield (name, part.name, "failing" if failed else "ok", "not read" if part.error else _done(part))


def _done(part: CalendarReport) -> str:
    counts = {
        "changed": part.changed,
        "removed": part.removed,
        "held deletions": part.held,
        "written": part.written,
        "not written": part.failed,
    }
    return ", ".join(f"{count} {what}" for what, count in counts.items() if count) or "nothing new"


def _failures(row: Row[Any], report: AccountReport) -> Iterator[str]:
    name = f"{row.provider}/{row.name}"
    if report.busy:
        yield f"{name}: another worker has been at it for {_PATIENCE_SECONDS:.0f} s; try again"
    elif report.error is not None:
        yield f"{name}: {report.error}"
    for part in report.calendars:
        if part.error is not None and part.error != report.error:
            yield f"{name}: {part.name}: {part.error}"
        elif part.failed:
            yield f"{name}: {part.name}: {part.failed} events are refused by the server"


@contextmanager
def _progress() -> Iterator[Any]:
    """Gives, for an account's name, what to call with a calendar's name and a count; shown on a terminal only."""
    from rich.console import Console
    from rich.progress import Progress as Bars
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    quiet = not sys.stderr.isatty()
    with Bars(*columns, console=Console(stderr=True), transient=True, disable=quiet) as bars:

        def watch(account: str) -> Progress:
            task = bars.add_task(account, total=None)

            def note(calendar: str, count: int, total: int | None) -> None:
                told = f"{count} events" if total is None else f"{count} of about {total} events"
                bars.update(task, description=f"{account}: {calendar}, {told}")

            return note

        yield watch
