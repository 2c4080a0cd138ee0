"""Cursors of lists in order of creation."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime

from booking.epoch import instant, micros
from booking.ladder import N_
from booking.refusals import FieldError, Problem, Refused

MOST = 200


def check_limit(limit: int) -> list[FieldError]:
    return [] if 1 <= limit <= MOST else [FieldError("limit", N_("A limit lies between 1 and 200."))]


def cursor_of(created_at: datetime, row_id: str) -> str:
    return base64.urlsafe_b64encode(f"{micros(created_at)}.{row_id}".encode()).decode().rstrip("=")


def position_of(cursor: str) -> tuple[datetime, str]:
    """Raises ``Refused`` (invalid) for what ``cursor_of`` did not make."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        moment, _, row_id = text.partition(".")
        return instant(int(moment)), row_id
    except (binascii.Error, ValueError, OverflowError):
        error = FieldError("cursor", N_("This cursor was not given by us."))
        raise Refused(Problem.INVALID, errors=[error]) from None
