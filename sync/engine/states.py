"""States that people can act on: what is wrong with an account or a calendar, since when, and when next tried."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, update

from sync.backends.errors import (
    AuthorizationLost,
    BackendError,
    CalendarMissing,
    Refused,
    Unavailable,
)
from sync.matching import MatchFailed
from sync.pacing import retry_wait
from sync.store.tables import account, calendar

_FIRST_DELAY = timedelta(seconds=5)
# An outage that ends is noticed within this, so that a waiting request reaches the calendar within a minute.
_LONGEST_DELAY = timedelta(seconds=45)
_PERSON_NEEDED = timedelta(minutes=15)


_WELL: dict[str, Any] = {"state": "ok", "text": "", "failures": 0, "not_before": None, "stopped": False}


def is_well(row: Row[Any]) -> bool:
    """True if ``account_is_well`` would change nothing."""
    return all(getattr(row, name) == value for name, value in _WELL.items())


def account_is_well(connection: Connection, row: Row[Any], *, now: datetime) -> None:
    since = {} if row.state == "ok" else {"state_since": now}
    connection.execute(update(account).where(account.c.id == row.id).values(**_WELL, **since))


def account_failed(
    connection: Connection, row: Row[Any], error: Exception, *, now: datetime, jitter: float
) -> None:
    """Note why the account cannot be used. Its calendars keep blocking and grow stale by the freshness rule."""
    state = _state_of(error)
    failures = row.failures + 1
    if state in ("needs_reauth", "refused"):
        delay = _PERSON_NEEDED * (0.75 + jitter / 4)
    else:
        delay = _wait(failures, error, jitter)
    values: dict[str, Any] = {
        "state": state,
        "text": getattr(error, "text", str(error)),
        "failures": failures,
        "not_before": now + delay,
        "stopped": isinstance(error, AuthorizationLost) and error.ended,
    }
    if row.state != state:
        values["state_since"] = now
    if isinstance(error, MatchFailed):
        # Which calendar is meant is not known, so none of them counts as read: the provider is closed.
        values |= {"discovered_at": None, "discover_due_at": None}
    connection.execute(update(account).where(account.c.id == row.id).values(**values))


def account_waits(connection: Connection, row: Row[Any], *, until: datetime) -> None:
    """Nothing is wrong: the account is merely not asked before then."""
    connection.execute(update(account).where(account.c.id == row.id).values(not_before=until))


def _state_of(error: Exception) -> str:
    if isinstance(error, AuthorizationLost):
        return "needs_reauth"
    if isinstance(error, Refused):
        return "refused"
    return "unreachable" if isinstance(error, Unavailable) else "failing"


def calendar_failed(
    connection: Connection, row: Row[Any], error: BackendError, *, now: datetime, jitter: float
) -> None:
    """Note why the calendar could not be read. Nothing is freed: its rows go on blocking."""
    failures, missing = row.failures + 1, isinstance(error, CalendarMissing)
    values: dict[str, Any] = {
        "state": "missing" if missing else "failing",
        "error": error.text,
        "error_since": row.error_since or now,
        "failures": failures,
        "due_at": now + _wait(failures, error, jitter),
    }
    if missing:
        values["missing_since"] = row.missing_since or now
    connection.execute(update(calendar).where(calendar.c.id == row.id).values(**values))


def reading_broken_off(connection: Connection, row: Row[Any], *, now: datetime) -> None:
    """Note that the calendar is still due, behind all that was due before."""
    values = {"due_at": now, "broken_off": row.broken_off + 1}
    connection.execute(update(calendar).where(calendar.c.id == row.id).values(**values))


def _wait(failures: int, error: Exception, jitter: float) -> timedelta:
    asked = error.retry_after if isinstance(error, Unavailable) else None
    return retry_wait(failures, first=_FIRST_DELAY, longest=_LONGEST_DELAY, jitter=jitter, retry_after=asked)
