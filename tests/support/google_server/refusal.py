"""Errors in the form of Google's guide "Handle API errors"."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """An answer that is an error. ``reason`` is what clients branch on; Google gives 404 and 410 more than one."""

    def __init__(
        self,
        status: int,
        reason: str,
        message: str,
        *,
        domain: str = "global",
        location: str | None = None,
        location_type: str = "parameter",
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.reason, self.message, self.domain = status, reason, message, domain
        self.location, self.location_type, self.retry_after = location, location_type, retry_after

    def body(self) -> dict[str, Any]:
        detail = {"domain": self.domain, "reason": self.reason, "message": self.message}
        if self.location is not None:
            detail |= {"locationType": self.location_type, "location": self.location}
        return {"error": {"errors": [detail], "code": self.status, "message": self.message}}


def invalid(message: str, location: str | None = None) -> Refusal:
    return Refusal(400, "invalid", message, location=location)


def not_found() -> Refusal:
    return Refusal(404, "notFound", "Not Found")


def gone() -> Refusal:
    return Refusal(410, "deleted", "Resource has been deleted")


def quota(reason: str) -> Refusal:
    """``rateLimitExceeded``, ``userRateLimitExceeded``, ``quotaExceeded`` (403) or ``tooManyRequests`` (429)."""
    status = 429 if reason == "tooManyRequests" else 403
    said = reason if status == 403 else "rateLimitExceeded"
    return Refusal(status, said, "Rate Limit Exceeded", domain="usageLimits")
