"""All that is due, by kind. A wake-up names a kind; whoever gets it drains every due row of that kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from booking.desk import CalendarChange
from service.logs import get_logger
from service.mailing import send_due
from service.runtime import Runtime
from sync.store.changes import Change, close_change, open_changes, still_open
from sync.store.due import due_accounts

log = get_logger(__name__)


@dataclass(slots=True)
class Drained:
    """What one drain did. ``failed`` counts rows that ended in an error a person has to see; they are tried again."""

    done: int = 0
    failed: int = 0


def drain_sync(runtime: Runtime) -> Drained:
    """Read and write every account that is due, and settle what providers changed, until nothing is due."""
    result = Drained()
    tried: set[str] = set()
    while True:
        with runtime.database.read() as connection:
            due = [found for found in due_accounts(connection, now=runtime.now()) if found not in tried]
        if not due:
            return result
        for account_id in due:
            tried.add(account_id)
            sync_one(runtime, account_id, result)


def sync_one(runtime: Runtime, account_id: str, result: Drained) -> None:
    """One account: write and read, settle what came in, and write what settling decided."""
    try:
        report = runtime.engine.sync_account(account_id, owner=runtime.worker_name, now=runtime.now())
    except Exception as error:  # noqa: BLE001 - one account's defect must not keep the others waiting
        log.error("account sync broke off", account_id=account_id, error=error)
        result.failed += 1
        return
    if report.busy:
        return
    result.done += 1
    result.failed += not report.ok
    log.info(
        "account synced",
        account_id=account_id,
        state="ok" if report.ok else "failed",
        changed_count=sum(item.changed for item in report.calendars),
        written=sum(item.written for item in report.calendars),
    )
    if drain_changes(runtime).done:
        # What settling decided is written at once, not at the next wake-up.
        runtime.engine.sync_account(account_id, owner=runtime.worker_name, now=runtime.now())


def drain_changes(runtime: Runtime) -> Drained:
    """Hand what providers did in their calendars to booking, each once, in one transaction with its effect."""
    result = Drained()
    while True:
        with runtime.database.read() as connection:
            found = open_changes(connection, runtime.sealer)
        if not found:
            return result
        for change in found:
            with runtime.database.write() as connection:
                if not still_open(connection, change.id):
                    continue  # another worker was quicker
                now = runtime.now()
                outcome = runtime.desk.settle(connection, _told(change), now=now)
                close_change(connection, change.id, outcome=outcome, now=now)
            result.done += 1


def _told(change: Change) -> CalendarChange:
    return CalendarChange(change.booking_ref, change.kind.value, change.before, change.after)


def drain_requests(runtime: Runtime) -> Drained:
    """Requests that expired, decisions whose grace has run out, prime time to release, alerts, old rows."""
    now = runtime.now()
    done = (
        runtime.desk.expire(now=now)
        + runtime.desk.settle_graces(now=now)
        + runtime.desk.release_holds(now=now)
    )
    return Drained(done=done)


def drain_mail(runtime: Runtime) -> Drained:
    sent, failed = send_due(runtime)
    return Drained(done=sent, failed=failed)


KINDS: Mapping[str, Callable[[Runtime], Drained]] = {
    "requests": drain_requests,
    "sync": drain_sync,
    "mail": drain_mail,
}
"""In the order in which a burst works: decisions first, then the calendars, then the mails both gave rise to."""


def drain_all(runtime: Runtime) -> Drained:
    """Everything that is due now, once round and again while something was done."""
    total = Drained()
    for _ in range(_ROUNDS):
        done = [drain(runtime) for drain in KINDS.values()]
        total.done += sum(item.done for item in done)
        total.failed += sum(item.failed for item in done)
        if not any(item.done for item in done):
            break
    return total


_ROUNDS = 5
