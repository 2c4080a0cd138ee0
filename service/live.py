"""The look at the live calendar just before time is given away: short, shared, and never a reason to fail."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from service.clock import Clock
from service.logs import get_logger
from sync.engine import Engine
from sync.engine.engine import Wish
from sync.store.leases import is_held
from sync.store.ports import Transactions
from sync.store.tables import account, calendar

log = get_logger(__name__)

PATIENCE = timedelta(seconds=3)
GOOD_FOR = timedelta(seconds=5)
_THREADS = 8
_GLANCE = timedelta(milliseconds=50)
"""How often is asked whether the worker that holds an account has read it."""


class LiveLook:
    """Reads what is new in a provider's calendars. Checks of one account that run at once share one reading.

    A worker's reading under way counts as well: it is waited for, and followed by one of our own if it was too early.
    """

    def __init__(
        self,
        *,
        database: Transactions,
        engine: Engine,
        clock: Clock,
        owner: Callable[[], str],
        monotonic: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._database = database
        self._engine = engine
        self._clock = clock
        self._owner = owner
        self._monotonic = monotonic
        self._pause = pause
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="live-look")
        self._running: dict[str, Future[None]] = {}
        self._lock = threading.Lock()

    def look(self, provider_id: str) -> bool:
        """True if every calendar that counts was read within the last five seconds, now or by somebody else.

        Takes three seconds at the most; a slower answer is stored when it comes, for whoever asks next.
        """
        since = self._clock() - GOOD_FOR
        with self._database.read() as connection:
            late = _late_accounts(connection, provider_id, since=since)
        if late:
            wait([self._started(account_id) for account_id in late], timeout=PATIENCE.total_seconds())
            with self._database.read() as connection:
                late = _late_accounts(connection, provider_id, since=since)
        return not late

    def _started(self, account_id: str) -> Future[None]:
        with self._lock:
            running = self._running.get(account_id)
            if running is None or running.done():
                running = self._running[account_id] = self._pool.submit(self._read, account_id)
            return running

    def _read(self, account_id: str) -> None:
        ends, since = self._monotonic() + PATIENCE.total_seconds(), self._clock() - GOOD_FOR
        try:
            while self._is_busy(account_id) and self._may_be_free(account_id, since, ends):
                pass
        except Exception as error:  # noqa: BLE001 - the freshness rule decides; the next pass shows the defect
            log.warning("live look broke off", account_id=account_id, error=error)

    def _is_busy(self, account_id: str) -> bool:
        """Read what is new; True if others hold the account, or all places at its server, and nothing was read."""
        report = self._engine.sync_account(
            account_id,
            owner=f"{self._owner()}:live",
            now=self._clock(),
            wish=Wish(look=PATIENCE.total_seconds()),
        )
        return report.busy

    def _may_be_free(self, account_id: str, since: datetime, ends: float) -> bool:
        """Wait for the worker that holds the account; True if nobody does by now and what was read is not enough."""
        while self._monotonic() < ends:
            self._pause(_GLANCE.total_seconds())
            with self._database.read() as connection:
                if not _is_late(connection, account_id, since=since):
                    return False
                if not is_held(connection, account_id):
                    return True
        return False

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


def _late_accounts(connection: Connection, provider_id: str, *, since: datetime) -> list[str]:
    """Accounts with a calendar that counts and was last read before ``since``, or of which nothing is known yet."""
    accounts = connection.execute(
        select(account.c.id).where(account.c.provider_id == provider_id, account.c.removed_at.is_(None))
    ).scalars()
    return sorted(found for found in accounts if _is_late(connection, found, since=since))


def _is_late(connection: Connection, account_id: str, *, since: datetime) -> bool:
    discovered = connection.execute(
        select(account.c.discovered_at).where(account.c.id == account_id)
    ).scalar_one_or_none()
    readings = connection.execute(
        select(calendar.c.checked_at).where(
            calendar.c.account_id == account_id,
            calendar.c.role.in_(("write", "busy")),
            calendar.c.advisory.is_(False),
        )
    ).scalars()
    return discovered is None or any(checked is None or checked < since for checked in readings)
