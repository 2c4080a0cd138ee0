"""Column types that read the same in SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


SEALED: dict[Any, Any] = {"sealed": True}
"""``info`` of a column whose texts are bound to the id of their row (``Cipher.seal``)."""


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant, stored as whole microseconds since 1970 so that both databases order and range it alike."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_micros(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        return None if value is None else from_micros(int(value))


def to_micros(instant: datetime) -> int:
    """Microseconds since 1970 UTC; a naive instant raises ``ValueError``."""
    if instant.tzinfo is None:
        raise ValueError(f"an instant needs a zone, not the naive {instant.isoformat()}")
    return (instant - _EPOCH) // _TICK


def from_micros(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)
