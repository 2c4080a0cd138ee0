"""One pass over an account: discover, write, read. Errors become states that a person can act on."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeGuard

from sqlalchemy import Row, bindparam, select

from sync.backends import AccountAccess
from sync.backends.errors import AuthorizationLost, BackendError, Refused, Throttled, Unavailable
from sync.backends.protocol import CalendarBackend, CursorKind
from sync.engine import states
from sync.engine.context import Pass
from sync.engine.discovering import discover, is_due
from sync.engine.hosts import Caller, HostWatch, watched
from sync.engine.leasing import LEASE_LENGTH, kept
from sync.engine.pulling import Progress, calendar_row, pull
from sync.engine.pushing import Push, due_entries, push
from sync.engine.turn import Monotonic, Turn, TurnOver
from sync.engine.watching import stop_retired, watch
from sync.matching import MatchFailed
from sync.store.channels import wind_up
from sync.store.hosts import MOST_AT_ONCE, MOST_IN_PASSES, hold_host, is_crowded
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
    """What one pass did. ``busy``: nothing was done, for another worker holds the account, or others as many of its
    server's accounts as may be asked at once."""

    id: str
    busy: bool = False
    error: str | None = None
    calendars: list[CalendarReport] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.busy and self.error is None and all(item.error is None for item in self.calendars)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a pass is asked for beyond what is due. ``everything`` reads every calendar, due or not.

    ``look`` only reads what is new in the calendars that count, with this many seconds for each request; a failure
    leaves no mark, for the next pass will meet it with more patience. ``writes`` only writes what is due, and reads
    what is new where a write makes that necessary.
    """

    everything: bool = False
    full: bool = False
    look: float | None = None
    writes: bool = False


class Engine:
    """Carries out passes. Safe to run in many processes: the lease lets one at a time touch an account."""

    def __init__(
        self, *, database: Transactions, cipher: Cipher, open_backend: OpenBackend, views: ProviderViews,
        jitter: random.Random, monotonic: Monotonic = time.monotonic, lease: timedelta = LEASE_LENGTH,
        push_address: str | None = None,
    ) -> None:  # fmt: skip
        """``push_address``: where remotes that can may post that a calendar changed; None: they are not asked to."""
        self._database = database
        self._cipher = cipher
        self._open_backend = open_backend
        self._views = views
        self._jitter = jitter
        self._monotonic = monotonic
        self._lease_length = lease
        self._push_address = push_address

    def sync_account(
        self,
        account_id: str,
        *,
        owner: str,
        now: datetime,
        wish: Wish = Wish(),
        progress: Progress | None = None,
        urgent: Callable[[], None] | None = None,
    ) -> AccountReport:
        """Do what is due for one account, or all of it if wished. Never raises for what a remote did.

        A reading that takes long is broken off between two pages and stays due, unless everything was wished for.
        ``urgent`` is called there too: what cannot wait for the end of this pass.
        """
        report = AccountReport(account_id)
        with self._database.write(passing=True) as connection:
            hold_host(connection, account_id)
            # A look is short and somebody waits for it: it has the place that passes leave free.
            crowded = is_crowded(connection, most=MOST_IN_PASSES if wish.look is None else MOST_AT_ONCE)
            lease = take(connection, account_id, owner=owner, length=self._lease_length, unless=crowded)
        if lease is None:
            report.busy = True
            return report
        try:
            turn = Turn(urgent, self._monotonic, bounded=not (wish.everything or wish.full))
            with kept(self._database, lease, length=self._lease_length):
                self._under_lease(lease, report, now, wish, turn, progress)
        except LeaseLost:
            report.error = "another worker took this account over"
        except Exception as error:
            # A defect of ours: the account waits with what it knew, says so, and does not spin.
            self._note_defect(lease, error, now)
            raise
        finally:
            with self._database.write(passing=True) as connection:
                give_back(connection, lease)
        return report

    def _under_lease(
        self,
        lease: Lease,
        report: AccountReport,
        now: datetime,
        wish: Wish,
        turn: Turn,
        progress: Progress | None,
    ) -> None:
        with self._database.read() as connection:
            row = connection.execute(select(account).where(account.c.id == lease.account_id)).one()
            view = self._views.view(connection, row.provider_id)
        if row.removed_at is not None and row.secret_enc is None:
            return
        if row.stopped and wish.look is not None:
            report.error = row.text
            return
        try:
            backend = self._open_backend(self._access(row, view.own_addresses, wish.look))
        except BackendError as error:
            report.error = error.text
            if row.removed_at is not None:
                self._erase_secret(lease, now, useless=True)
            else:
                self._note(lease, row, error, now)
            return
        if row.host is not None:
            backend = watched(backend, HostWatch(self._database, row.host, now=now, caller=_caller(wish)))
        run = Pass(self._database, self._cipher, backend, lease, view, now, self._lease_length)
        try:
            if row.removed_at is not None:
                self._wind_up(run)
            elif wish.look is not None:
                self._look(run, report)
            else:
                self._all_steps(run, row, report, wish, turn, progress)
        except (BackendError, MatchFailed) as error:
            if not _is_our_own_pace(error) or wish.everything or wish.full:
                report.error = error.text if isinstance(error, BackendError) else str(error)
            if wish.look is None:
                self._note(lease, row, error, now)
        finally:
            backend.close()

    def _wind_up(self, run: Pass) -> None:
        """All that is still done for a removed account: its push channels are stopped, then its secret goes."""
        stop_retired(run, run.lease.account_id)
        self._erase_secret(run.lease, run.now)

    def _erase_secret(self, lease: Lease, now: datetime, *, useless: bool = False) -> None:
        with self._database.write() as connection:
            keep(connection, lease, length=self._lease_length)
            wind_up(connection, lease.account_id, now=now, useless=useless)

    def _look(self, run: Pass, report: AccountReport) -> None:
        """What is new in each calendar that decides about time on offer; one that was never read is left to a pass."""
        for found in self._calendars(run.lease.account_id):
            if found.role == "ignore" or found.advisory:
                continue
            part = CalendarReport(found.id, found.name)
            report.calendars.append(part)
            if found.cursor_value is None:
                part.error = "it has not been read yet"
                continue
            done = pull(
                run, found, full=False, incremental=True, jitter=self._jitter.random(), between=lambda _: None
            )
            part.changed, part.removed, part.held = done.changed, done.removed, done.held

    def _all_steps(
        self,
        run: Pass,
        row: Row[Any],
        report: AccountReport,
        wish: Wish,
        turn: Turn,
        progress: Progress | None,
    ) -> None:
        if wish.everything or (is_due(row, run.now) and not wish.writes):
            discover(run, row, jitter=self._jitter.random())
        trouble: BackendError | None = None
        for found in sorted(self._calendars(row.id), key=lambda found: found.broken_off):
            part = CalendarReport(found.id, found.name)
            report.calendars.append(part)
            try:
                self._one_calendar(run, found, part, wish, turn, progress)
            except (AuthorizationLost, Refused, Unavailable) as error:
                # It concerns the whole account, yet the other calendars keep their own reading and state.
                trouble = error
                if _is_our_own_pace(error):
                    break
                part.error = error.text
                if not _is_refused_write(error):
                    self._note_calendar(run, found, error)
                if isinstance(error, AuthorizationLost | Throttled):
                    break
            except BackendError as error:
                part.error = error.text
                self._note_calendar(run, found, error)
        ended = isinstance(trouble, Throttled) or (trouble is not None and _is_ended(trouble))
        if run.backend.pushes and not ended and not wish.writes:
            stop_retired(run, row.id)
        if trouble is not None and (ended or all(part.error for part in report.calendars)):
            raise trouble
        if states.is_well(row):
            return
        with self._database.write() as connection:
            run.prove_lease(connection)
            states.account_is_well(connection, row, now=run.now)

    def _one_calendar(
        self,
        run: Pass,
        row: Row[Any],
        part: CalendarReport,
        wish: Wish,
        turn: Turn,
        progress: Progress | None,
    ) -> None:
        with self._database.read() as connection:
            writes_due = bool(due_entries(connection, row.id, now=run.now))
        pushed = self._push(run, row, part) if writes_due else Push()
        trouble = pushed.trouble
        if not wish.writes:
            watch(run, row, address=self._push_address, jitter=self._jitter.random())
        with self._database.read() as connection:
            # Writing may have found that the calendar has to be read whole, a new channel that it has to be read.
            row = calendar_row(connection, row.id)
        reads_due = wish.everything or wish.full or row.due_at is None or row.due_at <= run.now
        if wish.writes or turn.is_over(row.broken_off):
            reads_due = False
        if row.role == "ignore":
            if trouble is not None:
                raise trouble
        elif (
            reads_due or _must_read_its_write(row, part) or (pushed.doubtful and _was_read_long_ago(row, run))
        ):
            # Writes without an answer say little about the server as a whole; reading shows how it is.
            trouble = self._read_and_merge(run, row, part, wish, turn, progress) or trouble
        if trouble is not None:
            part.error = trouble.text

    def _read_and_merge(
        self,
        run: Pass,
        row: Row[Any],
        part: CalendarReport,
        wish: Wish,
        turn: Turn,
        progress: Progress | None,
    ) -> Unavailable | None:
        """Read, and write what merging left, until nothing is left; what could not be written is returned."""
        for _ in range(_ROUNDS):
            try:
                self._pull(run, row, part, wish, turn, progress)
            except TurnOver:
                self._note_broken_off(run, row)
                return self._push(run, row, part).trouble
            written = part.written
            trouble = self._push(run, row, part).trouble
            if trouble is not None or part.written == written:
                return trouble
            with self._database.read() as connection:
                row = calendar_row(connection, row.id)
        return None

    def _pull(
        self,
        run: Pass,
        row: Row[Any],
        part: CalendarReport,
        wish: Wish,
        turn: Turn,
        progress: Progress | None,
    ) -> None:
        def between(in_hand: bool) -> None:
            self._push_waiting(run, row.account_id)
            if turn.urgent is not None:
                turn.urgent()
            if not in_hand and turn.is_over(row.broken_off):
                raise TurnOver

        done = pull(
            run, row, full=wish.full, jitter=self._jitter.random(), between=between, progress=progress,
            incremental=wish.writes,
        )  # fmt: skip
        part.changed, part.removed, part.held = done.changed, done.removed, done.held

    def _push_waiting(self, run: Pass, account_id: str) -> None:
        for row in self._calendars(account_id):
            with self._database.read() as connection:
                waiting = bool(due_entries(connection, row.id, now=run.now))
            if waiting:
                push(run, row, jitter=self._jitter.random())

    def _push(self, run: Pass, row: Row[Any], part: CalendarReport) -> Push:
        done = push(run, row, jitter=self._jitter.random())
        part.written += done.written
        part.failed += done.failed
        return done

    def _calendars(self, account_id: str) -> Sequence[Row[Any]]:
        with self._database.read() as connection:
            return connection.execute(_CALENDARS, {"account": account_id}).all()

    def _access(
        self, row: Row[Any], own_addresses: frozenset[str], timeout_seconds: float | None
    ) -> AccountAccess:
        try:
            sealed = row.secret_enc
            secret = "" if sealed is None else self._cipher.unseal(sealed, row=row.id).decode()
        except ValueError as error:
            raise AuthorizationLost(
                "the stored secret cannot be opened with the present encryption keys"
            ) from error
        access = AccountAccess(
            kind=row.kind,
            url=row.url or "",
            username=row.username or "",
            secret=secret,
            own_addresses=own_addresses | frozenset(row.own_addresses),
            account_id=row.id,
            look=timeout_seconds is not None,
        )
        return access if timeout_seconds is None else replace(access, timeout_seconds=timeout_seconds)

    def _note(self, lease: Lease, row: Row[Any], error: Exception, now: datetime) -> None:
        with self._database.write() as connection:
            keep(connection, lease, length=self._lease_length)
            if _is_our_own_pace(error):
                wait = (error.retry_after or timedelta(0)) + timedelta(seconds=self._jitter.random())
                states.account_waits(connection, row, until=now + wait)
            else:
                states.account_failed(connection, row, error, now=now, jitter=self._jitter.random())

    def _note_defect(self, lease: Lease, error: Exception, now: datetime) -> None:
        # Who has lost the account has nothing to say about it any more.
        with suppress(LeaseLost), self._database.write() as connection:
            keep(connection, lease, length=self._lease_length)
            row = connection.execute(select(account).where(account.c.id == lease.account_id)).one()
            plain = RuntimeError(
                f"an error of the program itself ({type(error).__name__}); it is tried again"
            )
            states.account_failed(connection, row, plain, now=now, jitter=self._jitter.random())

    def _note_broken_off(self, run: Pass, row: Row[Any]) -> None:
        with self._database.write() as connection:
            run.prove_lease(connection)
            states.reading_broken_off(connection, row, now=run.now)

    def _note_calendar(self, run: Pass, row: Row[Any], error: BackendError) -> None:
        with self._database.write() as connection:
            run.prove_lease(connection)
            states.calendar_failed(connection, row, error, now=run.now, jitter=self._jitter.random())


_ROUNDS = 3
_CALENDARS = (
    select(calendar).where(calendar.c.account_id == bindparam("account")).order_by(calendar.c.created_at)
)


def _caller(wish: Wish) -> Caller:
    if wish.look is not None:
        return Caller.LOOK
    return Caller.PERSON if wish.everything or wish.full else Caller.PASS


def _is_our_own_pace(error: Exception) -> TypeGuard[Throttled]:
    """True if nothing is wrong: the request would have been more than our share at the moment."""
    return isinstance(error, Throttled) and error.ours


def _is_refused_write(error: Exception) -> bool:
    """True if the account is to wait, which says nothing of how well the calendar can be read."""
    return isinstance(error, Throttled) and error.refused_write


def _is_ended(error: BackendError) -> bool:
    """True if nothing more is to be asked of the account, however many of its calendars were read before."""
    return isinstance(error, AuthorizationLost) and error.ended


def _was_read_long_ago(row: Row[Any], run: Pass) -> bool:
    """True unless a reading showed a moment ago that the server is well."""
    return row.checked_at is None or run.now - row.checked_at > timedelta(seconds=30)


def _must_read_its_write(row: Row[Any], part: CalendarReport) -> bool:
    """True after a write where a sync token may stand for a content, not for a moment.

    Such a server gives its old token again once our event is deleted there: the cursor has to move past our write
    before that, or the deletion is no change to it. Google's tokens only grow.
    """
    return part.written > 0 and row.cursor_kind != CursorKind.GOOGLE.value
