"""The scheduler: asks the database what is due and rings for it. It does none of the work itself."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Mapping

from sqlalchemy import Connection

from booking.store.due import mail_is_due, requests_are_due
from service.connect.farewells import farewells_are_due
from service.logs import get_logger
from service.runtime import Runtime
from sync.store.changes import changes_are_due
from sync.store.due import due_accounts

log = get_logger(__name__)

PERIOD_SECONDS = 1.0
HOUSEKEEPING_SECONDS = 60

Question = Callable[[Connection, Runtime], bool]


def _sync(connection: Connection, runtime: Runtime) -> bool:
    now = runtime.now()
    return (
        changes_are_due(connection, now=now)
        or farewells_are_due(connection, now=now)
        or bool(due_accounts(connection, now=now, limit=1))
    )


def _requests(connection: Connection, runtime: Runtime) -> bool:
    return requests_are_due(connection, now=runtime.now())


def _mail(connection: Connection, runtime: Runtime) -> bool:
    return mail_is_due(connection, now=runtime.now())


QUESTIONS: Mapping[str, Question] = {"requests": _requests, "sync": _sync, "mail": _mail}


def due_kinds(runtime: Runtime) -> list[str]:
    """The kinds of work of which something is due now."""
    with runtime.database.read() as connection:
        return [kind for kind, is_due in QUESTIONS.items() if is_due(connection, runtime)]


def ring_for_due(runtime: Runtime) -> None:
    """Ring for each kind that is due, unless a wake-up for it already waits."""
    for kind in due_kinds(runtime):
        if not runtime.doorbell.waiting(kind):
            runtime.doorbell.ring(kind)


def run_scheduler(runtime: Runtime, stop: threading.Event) -> None:
    """Ask every second until ``stop`` is set. A database that does not answer is asked again.

    What no single row makes due (releases of prime time, alerts, old rows) is rung for once a minute.
    """
    for second in itertools.count():
        if stop.wait(PERIOD_SECONDS):
            return
        try:
            ring_for_due(runtime)
            if second % HOUSEKEEPING_SECONDS == 0:
                runtime.doorbell.ring("requests")
        except Exception as error:  # noqa: BLE001 - whatever it is, it is logged and the question is asked again
            log.error("the scheduler could not ask what is due", error=error)
