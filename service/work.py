"""All that is due, by kind. A wake-up names a kind; whoever gets it drains every due row of that kind."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from booking.desk import CalendarChange
from service.alerts import raise_alerts
from service.connect.farewells import say_farewells
from service.logs import get_logger
from service.lost_accounts import tell_of_lost_accounts
from service.mailing import send_due
from service.runtime import Runtime
from sync.engine.engine import Wish
from sync.failpoints import failpoint
from sync.store.changes import Change, close_change, open_changes, put_off, still_open
from sync.store.due import accounts_to_write, due_accounts
from sync.store.purge import purge_channels, purge_gone, purge_removed
from sync.store.recorder import forget_old_lines

log = get_logger(__name__)

_PAUSE = timedelta(minutes=1)
DRAIN_SECONDS = 30.0
_BATCH = 50
_ASIDE = 2


@dataclass(slots=True)
class Drained:
    """What one drain did. ``failed`` counts rows that ended in an error a person has to see; they are tried again.

    ``more``: it gave way to work of other kinds before all was done.
    """

    done: int = 0
    failed: int = 0
    more: bool = False


def drain_sync(runtime: Runtime) -> Drained:
    """Read and write the accounts that are due, and settle what providers changed, until nothing is due or it is time
    for work of other kinds."""
    # What a crash left unsettled comes first, whether or not an account is due.
    result = drain_changes(runtime)
    result.done += say_farewells(runtime, first=lambda account_id, _: _stop_channels(runtime, account_id))
    ends = time.monotonic() + DRAIN_SECONDS
    in_vain: set[str] = set()
    while batch := _next_accounts(runtime, in_vain):
        for account_id in batch:
            if time.monotonic() >= ends:
                result.more = True
                return result
            if not sync_one(runtime, account_id, result):
                in_vain.add(account_id)
    return result


def _stop_channels(runtime: Runtime, account_id: str) -> None:
    """Of an account that was let go, while its secret opens something still; what is left runs out by itself."""
    try:
        runtime.engine.sync_account(account_id, owner=runtime.worker_name, now=runtime.now())
    except Exception as error:  # noqa: BLE001 - access is given back in any case
        log.error("push channels were not stopped", account_id=account_id, error=error)


def _next_accounts(runtime: Runtime, in_vain: Collection[str]) -> list[str]:
    """A few of those that have waited longest, writes first; without those that another worker has, or that broke."""
    with runtime.database.read() as connection:
        due = due_accounts(connection, now=runtime.now(), limit=_BATCH + len(in_vain))
        urgent = set(accounts_to_write(connection, now=runtime.now(), limit=_BATCH))
    batch = [found for found in due if found not in in_vain][:_BATCH]
    # Several workers see the same accounts: each begins elsewhere, so that they seldom meet.
    runtime.shuffle(batch)
    return sorted(batch, key=lambda found: found not in urgent)


def sync_one(runtime: Runtime, account_id: str, result: Drained) -> bool:
    """One account: write and read, settle what came in, and write what settling decided. False: nothing was done."""
    try:
        report = runtime.engine.sync_account(
            account_id,
            owner=runtime.worker_name,
            now=runtime.now(),
            urgent=lambda: write_waiting(runtime),
        )
    except Exception as error:  # noqa: BLE001 - one account's defect must not keep the others waiting
        log.error("account sync broke off", account_id=account_id, error=error)
        result.failed += 1
        return False
    if report.busy:
        return False
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
    return True


def write_waiting(runtime: Runtime) -> None:
    """Write what waits to be written at other accounts, between two pages of a long reading."""
    with runtime.database.read() as connection:
        waiting = accounts_to_write(connection, now=runtime.now(), limit=_ASIDE)
    for account_id in waiting:
        try:
            runtime.engine.sync_account(
                account_id, owner=f"{runtime.worker_name}:aside", now=runtime.now(), wish=Wish(writes=True)
            )
        except Exception as error:  # noqa: BLE001 - one account's defect must not break off another's reading
            log.error("account sync broke off", account_id=account_id, error=error)


def drain_changes(runtime: Runtime) -> Drained:
    """Hand what providers did in their calendars to booking, each once, in one transaction with its effect."""
    result = Drained()
    while True:
        with runtime.database.read() as connection:
            found = open_changes(connection, runtime.sealer, due=runtime.now())
        if not found:
            return result
        for change in found:
            if _settle(runtime, change):
                result.done += 1
            else:
                result.failed += 1


def _settle(runtime: Runtime, change: Change) -> bool:
    """Settle one change; one that meets a defect of ours waits a minute and holds up no other."""
    now = runtime.now()
    try:
        with runtime.database.write() as connection:
            if still_open(connection, change.id):  # else another worker was quicker
                outcome = runtime.desk.settle(connection, _told(change), now=now)
                failpoint("settle.before_close")
                close_change(connection, change.id, outcome=outcome, now=now)
                failpoint("settle.before_commit")
    except Exception as error:  # noqa: BLE001 - whatever it is, it is logged, shown as open, and tried again
        log.error("a change could not be settled", change_id=change.id, error=error)
        with runtime.database.write() as connection:
            put_off(connection, change.id, until=now + _PAUSE)
        return False
    return True


def _told(change: Change) -> CalendarChange:
    return CalendarChange(change.booking_ref, change.kind.value, change.before, change.after)


def drain_requests(runtime: Runtime) -> Drained:
    """Requests that expired, decisions whose grace has run out, prime time to release, alerts, old rows."""
    now = runtime.now()
    desk = runtime.desk
    done = desk.expire(now=now) + desk.settle_graces(now=now) + desk.release_holds(now=now)
    done += desk.remind(now=now)
    done += desk.look_at_doors(now=now) + desk.waitlist.offer(now=now)
    with runtime.database.write() as connection:
        done += tell_of_lost_accounts(connection, now=now) + raise_alerts(connection, now=now)
        purge_gone(connection, now=now)
        forget_old_lines(connection, now=now)
        purge_removed(connection)
        purge_channels(connection, now=now)
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
    rounds = 0
    while rounds < _ROUNDS:
        done = [drain(runtime) for drain in KINDS.values()]
        total.done += sum(item.done for item in done)
        total.failed += sum(item.failed for item in done)
        if not any(item.done for item in done):
            break
        rounds += not any(item.more for item in done)
    return total


_ROUNDS = 5
