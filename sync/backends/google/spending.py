"""What each call costs the quota: nothing is sent that the shares of all workers do not allow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from sync.backends.access import AccountAccess
from sync.backends.errors import Throttled
from sync.quota import Urgency

_WRITES = frozenset(
    {"calendar.events.insert", "calendar.events.patch", "calendar.events.update", "calendar.events.delete"}
)

_PATIENCE = timedelta(seconds=5)


def is_write(method_id: str) -> bool:
    """Whether this method changes events; ``watch`` and ``stop`` do not."""
    return method_id in _WRITES


@dataclass(frozen=True, slots=True)
class Spending:
    """One account's way to the quota."""

    access: AccountAccess

    def count(self, method_id: str, uri: str, *, whole: bool) -> None:
        """Raises ``Throttled`` with the time to wait instead of letting the call be sent.

        A page of a whole listing waits a while itself: broken off, the listing would begin anew and come no further.
        """
        if self.access.quota is None:
            return
        calendar = _calendar(uri) if is_write(method_id) else None
        urgency = self._urgency(method_id, whole=whole)
        patience = _PATIENCE if urgency is Urgency.WHOLE else timedelta(0)
        while wait := self.access.quota.spend(self.access.account_id, urgency, writes_to=calendar):
            if wait <= patience:
                patience -= wait
                self.access.wait(wait.total_seconds())
                continue
            raise Throttled(
                "This installation's share of Google's quota is used up for the moment.",
                retry_after=wait,
                # What was written a moment ago is no reason not to read.
                writes_only=is_write(method_id),
                ours=True,
                refused_write=is_write(method_id),
            )

    def _urgency(self, method_id: str, *, whole: bool) -> Urgency:
        if is_write(method_id):
            return Urgency.WRITE
        if self.access.look:
            return Urgency.LOOK
        return Urgency.WHOLE if whole else Urgency.NEWS


def _calendar(uri: str) -> str:
    return urlsplit(uri).path.partition("/calendars/")[2].partition("/")[0]
