"""What the schema should come to: the tables of all three packages, and how they are compared and written down."""

from __future__ import annotations

from typing import Any, Literal

import booking.store.columns
import booking.store.tables
import service.connect.tables
import service.people.tables
import sync.store.columns
import sync.store.tables

METADATA = [
    booking.store.tables.metadata,
    service.people.tables.metadata,
    service.connect.tables.metadata,
    sync.store.tables.metadata,
]

_INTEGERS = (booking.store.columns.Instant, booking.store.columns.Span, sync.store.columns.Instant)
_BY_HAND = {"ex_claim_overlap"}
"""Made by a revision in SQL, so the tables do not know of it."""


def is_ours(_item: object, name: str | None, _kind: str, _reflected: bool, _compared: object) -> bool:
    """False for what autogenerate should neither add nor remove."""
    return name not in _BY_HAND


def rendered(kind: str, item: Any, _context: object) -> str | Literal[False]:
    """Column types of ours as the plain types they are stored in: a revision must not change when code does."""
    return "sa.BigInteger()" if kind == "type" and isinstance(item, _INTEGERS) else False
