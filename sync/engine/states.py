"""States that people can act on: what is wrong with an account or a calendar, since when, and when next tried."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, update

from sync.backends.errors import AuthorizationLost, Refused, Unavailable
from sync.matching import MatchFailed
from sync.store.tables import account, calendar

_FIRST_DELAY = timedelta(seconds=5)
# An outage that ends is noticed within this, so that a waiting request reaches the calendar within a minute.
_LONGEST_DELAY = timedelta(seconds=45)
_PERSON_NEEDED = timedelta(minutes=15)


def account_is_well(connection: Connection, row: Row[Any], *, now: datetime) -> None:
    values: dict[str, Any] = {"state": "ok", "text": "", "failures": 0, "not_before": None}
    if row.state != "ok":
        values["state_since"] = now
    connection.execute(update(account).where(account.c.id == row.id).values(**values))


def account_failed(
    connection: Connection, row: Row[Any], error: Exception, *, now: datetime, jitter: float
) -> None:
    """Note why the account cannot be used. Its calendars keep blocking and grow stale by the freshness rule."""
    state = _state_of(error)
    failures = row.failures + 1
    delay = _PERSON_NEEDED if state in ("needs_reauth", "refused") else backoff(failures)
    if isinstance(error, Unavailable) and error.retry_after is not None:
        delay = max(delay, error.retry_after)
    values: dict[str, Any] = {
        "state": state,
        "text": getattr(error, "text", str(error)),
        "failures": failures,
        "not_before": now + delay * (0.75 + jitter / 4),
    }
    if row.state != state:
        values["state_since"] = now
    if isinstance(error, MatchFailed):
        # Which calendar is meant is not known, so none of them counts as read: the provider is closed.
        values["discovered_at"] = None
    connection.execute(update(account).where(account.c.id == row.id).values(**values))


def _state_of(error: Exception) -> str:
    if isinstance(error, AuthorizationLost):
        return "needs_reauth"
    if isinstance(error, Refused):
        return "refused"
    return "unreachable" if isinstance(error, Unavailable) else "failing"


def calendar_failed(
    connection: Connection, row: Row[Any], text: str, *, missing: bool, now: datetime, jitter: float
) -> None:
    """Note why the calendar could not be read. Nothing is freed: its rows go on blocking."""
    failures = row.failures + 1
    values: dict[str, Any] = {
        "state": "missing" if missing else "failing",
        "error": text,
        "error_since": row.error_since or now,
        "failures": failures,
        "due_at": now + backoff(failures) * (0.75 + jitter / 4),
    }
    if missing:
        values["missing_since"] = row.missing_since or now
    connection.execute(update(calendar).where(calendar.c.id == row.id).values(**values))


def backoff(failures: int) -> timedelta:
    return min(_LONGEST_DELAY, _FIRST_DELAY * (1 << min(failures - 1, 6)))
