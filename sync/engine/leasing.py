"""An account is one worker's while its pass lasts, and soon another's when that worker is no more."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from sync.store.leases import Lease, LeaseLost, keep
from sync.store.ports import Transactions

LEASE_LENGTH = timedelta(seconds=30)
"""How long an account waits for a worker that was killed. A minute after a crash all has to be done."""
_LONGEST_PASS = timedelta(minutes=15)


@contextmanager
def kept(database: Transactions, lease: Lease, *, length: timedelta) -> Iterator[None]:
    """Extend the lease while the block runs: one slow answer of a server may take longer than the lease.

    Not for ever, so that a pass that hangs gives way. What the block writes proves the lease by itself.
    """
    ended = threading.Event()
    keeper = threading.Thread(
        target=_extend, args=(database, lease, length, ended), name="lease-keeper", daemon=True
    )
    keeper.start()
    try:
        yield
    finally:
        ended.set()
        keeper.join()


def _extend(database: Transactions, lease: Lease, length: timedelta, ended: threading.Event) -> None:
    latest = time.monotonic() + _LONGEST_PASS.total_seconds()
    while not ended.wait(length.total_seconds() / 3) and time.monotonic() < latest:
        try:
            with database.write(passing=True) as connection:
                keep(connection, lease, length=length)
        except LeaseLost:
            return
        except SQLAlchemyError:
            continue  # the pass itself will say what is wrong with the database
