"""One pass over an account: discover, write, read. Errors become states that a person can act on."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from sync.backends import AccountAccess
from sync.backends.errors import AuthorizationLost, BackendError, CalendarMissing, Refused, Unavailable
from sync.backends.protocol import CalendarBackend
from sync.engine import states
from sync.engine.context import LEASE_LENGTH, Pass
from sync.engine.discovering import discover, is_due
from sync.engine.pulling import Progress, pull
from sync.engine.pushing import due_entries, push
from sync.matching import MatchFailed
from sync.store.leases import Lease, LeaseLost, give_back, keep, take
from sync.store.ports import Cipher, ProviderViews, Transactions
from sync.store.tables import account, calendar

OpenBackend = Callable[[AccountAccess], CalendarBackend]


@dataclass(slots=True)
class CalendarReport:
    """What happened to one calendar in a pass. ``error`` is plain words, None if all went well."""

    id: str
    name: str
    changed: int = 0
    removed: int = 0
    held: int = 0
    written: int = 0
    failed: int = 0
    error: str | None = None


@dataclass(slots=True)
class AccountReport:
    """What one pass did. ``busy``: another worker holds the account and nothing was done."""

    id: str
    busy: bool = False
    error: str | None = None
    calendars: list[CalendarReport] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.busy and self.error is None and all(item.error is None for item in self.calendars)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a pass is asked for beyond what is due. ``everything`` reads every calendar, due or not."""

    everything: bool = False
    full: bool = False


class Engine:
    """Carries out passes. Safe to run in many processes: the lease lets one at a time touch an account."""

    def __init__(
        self, *, database: Transactions, cipher: Cipher, open_backend: OpenBackend, views: ProviderViews,
        jitter: random.Random,
    ) -> None:  # fmt: skip
        self._database = database
        self._cipher = cipher
        self._open_backend = open_backend
        self._views = views
        self._jitter = jitter

    def sync_account(
        self,
        account_id: str,
        *,
        owner: str,
        now: datetime,
        wish: Wish = Wish(),
        progress: Progress | None = None,
    ) -> AccountReport:
        """Do what is due for one account, or all of it if wished. Never raises for what a remote did."""
        report = AccountReport(account_id)
        with self._database.write() as connection:
            lease = take(connection, account_id, owner=owner, length=LEASE_LENGTH)
        if lease is None:
            report.busy = True
            return report
        try:
            self._under_lease(lease, report, now, wish, progress)
        except LeaseLost:
            report.error = "another worker took this account over"
        except Exception as error:
            # A defect of ours: the account waits with what it knew, says so, and does not spin.
            self._note_defect(lease, error, now)
            raise
        finally:
            with self._database.write() as connection:
                give_back(connection, lease)
        return report

    def _under_lease(
        self, lease: Lease, report: AccountReport, now: datetime, wish: Wish, progress: Progress | None
    ) -> None:
        with self._database.read() as connection:
            row = connection.execute(select(account).where(account.c.id == lease.account_id)).one()
            view = self._views.view(connection, row.provider_id)
        if row.removed_at is not None:
            return
        try:
            backend = self._open_backend(self._access(row, view.own_addresses))
        except BackendError as error:
            report.error = error.text
            self._note(lease, row, error, now)
            return
        run = Pass(self._database, self._cipher, backend, lease, view, now)
        try:
            self._all_steps(run, row, report, wish, progress)
        except (BackendError, MatchFailed) as error:
            report.error = error.text if isinstance(error, BackendError) else str(error)
            self._note(lease, row, error, now)
        finally:
            backend.close()

    def _all_steps(
        self, run: Pass, row: Row[Any], report: AccountReport, wish: Wish, progress: Progress | None
    ) -> None:
        if wish.everything or is_due(row, run.now):
            discover(run, row, jitter=self._jitter.random())
        trouble: BackendError | None = None
        for found in self._calendars(row.id):
            part = CalendarReport(found.id, found.name)
            report.calendars.append(part)
            try:
                self._one_calendar(run, found, part, wish, progress)
            except (AuthorizationLost, Refused, Unavailable) as error:
                # It concerns the whole account, yet the other calendars keep their own reading and state.
                trouble = error
                part.error = error.text
                self._note_calendar(run, found, error)
                if isinstance(error, AuthorizationLost):
                    break
            except BackendError as error:
                part.error = error.text
                self._note_calendar(run, found, error)
        if trouble is not None and all(part.error for part in report.calendars):
            raise trouble
        with self._database.write() as connection:
            run.prove_lease(connection)
            states.account_is_well(connection, row, now=run.now)

    def _one_calendar(
        self, run: Pass, row: Row[Any], part: CalendarReport, wish: Wish, progress: Progress | None
    ) -> None:
        with self._database.read() as connection:
            writes_due = bool(due_entries(connection, row.id, now=run.now))
        reads_due = wish.everything or wish.full or row.due_at is None or row.due_at <= run.now
        if writes_due:
            self._push(run, row, part)
        if reads_due and row.role != "ignore":

            def between() -> None:
                self._push_waiting(run, row.account_id)

            done = pull(
                run, row, full=wish.full, jitter=self._jitter.random(), between=between, progress=progress
            )
            part.changed, part.removed, part.held = done.changed, done.removed, done.held
            # A merge may have left something to write.
            self._push(run, row, part)

    def _push_waiting(self, run: Pass, account_id: str) -> None:
        for row in self._calendars(account_id):
            with self._database.read() as connection:
                waiting = bool(due_entries(connection, row.id, now=run.now))
            if waiting:
                push(run, row, jitter=self._jitter.random())

    def _push(self, run: Pass, row: Row[Any], part: CalendarReport) -> None:
        done = push(run, row, jitter=self._jitter.random())
        part.written += done.written
        part.failed += done.failed

    def _calendars(self, account_id: str) -> Sequence[Row[Any]]:
        with self._database.read() as connection:
            statement = (
                select(calendar).where(calendar.c.account_id == account_id).order_by(calendar.c.created_at)
            )
            return connection.execute(statement).all()

    def _access(self, row: Row[Any], own_addresses: frozenset[str]) -> AccountAccess:
        try:
            secret = "" if row.secret_enc is None else self._cipher.decrypt(row.secret_enc).decode()
        except ValueError as error:
            raise AuthorizationLost(
                "the stored secret cannot be opened with the present encryption keys"
            ) from error
        return AccountAccess(
            kind=row.kind,
            url=row.url or "",
            username=row.username or "",
            secret=secret,
            own_addresses=own_addresses | frozenset(row.own_addresses),
        )

    def _note(self, lease: Lease, row: Row[Any], error: Exception, now: datetime) -> None:
        with self._database.write() as connection:
            keep(connection, lease, length=LEASE_LENGTH)
            states.account_failed(connection, row, error, now=now, jitter=self._jitter.random())

    def _note_defect(self, lease: Lease, error: Exception, now: datetime) -> None:
        with self._database.write() as connection:
            row = connection.execute(select(account).where(account.c.id == lease.account_id)).one()
            plain = RuntimeError(
                f"an error of the program itself ({type(error).__name__}); it is tried again"
            )
            states.account_failed(connection, row, plain, now=now, jitter=self._jitter.random())

    def _note_calendar(self, run: Pass, row: Row[Any], error: BackendError) -> None:
        with self._database.write() as connection:
            run.prove_lease(connection)
            missing = isinstance(error, CalendarMissing)
            states.calendar_failed(
                connection, row, error.text, missing=missing, now=run.now, jitter=self._jitter.random()
            )
