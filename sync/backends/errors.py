"""What can go wrong at a remote, cut by what the caller does next. ``text`` is plain words, without secrets."""

from __future__ import annotations

from datetime import timedelta

from sync.channels import Refusal


class BackendError(Exception):
    """Base of all; ``text`` can be shown to ops and to the provider."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class SyncTokenInvalid(BackendError):
    """The cursor is no longer honoured: enumerate everything again while the old rows keep blocking."""


class AuthorizationLost(BackendError):
    """The credentials are refused: ask for new ones. ``ended``: the remote has said that it will never take these."""

    def __init__(self, text: str, *, ended: bool = False) -> None:
        super().__init__(text)
        self.ended = ended


class Refused(BackendError):
    """The address, or where it leads, is not allowed or is no calendar server: nothing to retry until it is changed."""


class CalendarMissing(BackendError):
    """The collection answers 404 or 410: a state of the reading, never a deletion of its events."""


class Unavailable(BackendError):
    """No usable answer (refused, time-out, 5xx, 429, nonsense). A write may have happened: read, then repeat."""

    def __init__(self, text: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class Throttled(Unavailable):
    """The remote answers, and asks for fewer requests (429, Google's rate and usage limits). Nothing was done.

    ``writes_only``: it concerns writing to this one calendar. ``ours``: our own share is used up for the moment, and
    nothing was sent. ``refused_write``: it was a write that was refused; for certain that one did not happen.
    """

    def __init__(
        self,
        text: str,
        *,
        retry_after: timedelta | None = None,
        writes_only: bool = False,
        ours: bool = False,
        refused_write: bool = False,
    ) -> None:
        super().__init__(text, retry_after=retry_after)
        self.refused_write = refused_write
        self.writes_only = writes_only
        self.ours = ours


class PreconditionFailed(BackendError):
    """The object is not in the state the write was conditional on (412; 409 for a create): read it and merge again."""


class Rejected(BackendError):
    """The remote will never take this one write (400, 403, 413, 415, no-uid-conflict): park it, others go on."""


class PushRefused(BackendError):
    """No messages will come about this calendar; reading it by the clock goes on. No channel was made."""

    def __init__(self, text: str, refusal: Refusal) -> None:
        super().__init__(text)
        self.refusal = refusal


def no_push() -> PushRefused:
    return PushRefused("This server sends no messages about changes.", Refusal.CALENDAR)
