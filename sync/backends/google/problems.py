"""Google's error answers, cut by what the caller does next (guide "Handle API errors")."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sync.backends.errors import AuthorizationLost, BackendError, Refused, Throttled, Unavailable

_RATE = frozenset(
    {
        "rateLimitExceeded",
        "userRateLimitExceeded",
        "dailyLimitExceeded",
        "quotaExceeded",
        "variableTermLimitExceeded",
    }
)
# Google's own words for an abuse limit of one calendar: it lasts hours, whoever asks again in seconds prolongs it.
_LONG = frozenset({"quotaExceeded", "dailyLimitExceeded"})
_LONG_WAIT = timedelta(hours=1)
# Any other limit asks to be left alone too, even where it does not say for how long.
_SHORT_WAIT = timedelta(seconds=5)
_SCOPES = frozenset({"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"})
UNAUTHORIZED_ADDRESS = "webhookUrlUnauthorized"
"""A 401 that is about the address messages are to go to, not about the account."""
_NOT_SET_UP = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})


class Problem(Exception):
    """An answer of 300 or more. ``reason`` is Google's code for it, ``location`` the parameter it is about."""

    def __init__(
        self, status: int, reason: str = "", location: str = "", retry_after: timedelta | None = None
    ) -> None:
        super().__init__(f"{status} {reason}")
        self.status, self.reason, self.location, self.retry_after = status, reason, location, retry_after


def problem_of(status: int, headers: Mapping[str, str], content: bytes) -> Problem:
    """Never raises: what cannot be read has its status alone."""
    detail = _first_detail(content)
    wait = headers.get("retry-after", "").strip()
    seconds = timedelta(seconds=min(int(wait), 86_400)) if wait.isascii() and wait.isdigit() else None
    return Problem(status, str(detail.get("reason") or ""), str(detail.get("location") or ""), seconds)


def _first_detail(content: bytes) -> Mapping[str, Any]:
    try:
        error = json.loads(content)["error"]
        details = error.get("errors") or error.get("details") or []
        return details[0] if details and isinstance(details[0], dict) else {}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def account_error(problem: Problem, *, writes: bool = False) -> BackendError | None:
    """The error of a problem that does not depend on what was asked; None if the caller has to judge.

    ``writes``: it answers a change of events; what Google calls a calendar's usage limit then stops changes only.
    """
    status, reason = problem.status, problem.reason
    if status == 401 and not reason.endswith(UNAUTHORIZED_ADDRESS):
        return AuthorizationLost(
            "Google no longer accepts this account's access; it must be connected again."
        )
    if status == 429 or (status == 403 and reason in _RATE):
        wait = problem.retry_after or (_LONG_WAIT if reason in _LONG else _SHORT_WAIT)
        return Throttled(
            "Google asks for fewer requests; it is tried again later.",
            retry_after=wait,
            writes_only=writes and reason == "quotaExceeded",
            refused_write=writes,
        )
    if status == 403 and reason in _SCOPES:
        return AuthorizationLost(
            "This account did not grant access to its calendars; it must be connected again, with every box ticked.",
            ended=True,
        )
    if status == 403 and reason in _NOT_SET_UP:
        return Refused("The Google project of this installation has not switched on the Google Calendar API.")
    if status >= 500 or status == 408:
        return Unavailable(f"Google failed to answer (status {status}).", retry_after=problem.retry_after)
    return None
