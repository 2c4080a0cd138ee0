"""What one pass over an account holds in its hands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from sync.backends.protocol import CalendarBackend, RemoteCalendar
from sync.engine.leasing import LEASE_LENGTH
from sync.store.leases import Lease, keep
from sync.store.ports import Cipher, ProviderView, Transactions


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass over one account under its lease. ``now`` is when it began, so readings are never dated too late."""

    database: Transactions
    cipher: Cipher
    backend: CalendarBackend
    lease: Lease
    view: ProviderView
    now: datetime
    lease_length: timedelta = LEASE_LENGTH

    def prove_lease(self, connection: Connection) -> None:
        """First in every writing transaction: who lost the account writes nothing. Raises ``LeaseLost``."""
        keep(connection, self.lease, length=self.lease_length)


def remote_of(row: Row[Any]) -> RemoteCalendar:
    return RemoteCalendar(
        remote_id=row.remote_id, url=row.url, name=row.name, zone=row.zone, writable=row.writable
    )
