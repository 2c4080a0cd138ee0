"""Dates and times as pages get them."""

from __future__ import annotations

from datetime import date, datetime

_FIRST, _LAST = 1900, 9000
"""The ends of the calendar leave no room for a zone or a week on either side."""


def a_date(text: str) -> date:
    """A date in ISO 8601. Raises ``ValueError`` for anything else, and for other ages."""
    return _of_our_age(date.fromisoformat(text))


def a_moment(text: str) -> datetime:
    """A wall clock or an instant in ISO 8601. Raises ``ValueError`` as ``a_date`` does."""
    found = datetime.fromisoformat(text)
    _of_our_age(found)
    return found


def _of_our_age(found: date) -> date:
    if not _FIRST <= found.year <= _LAST:
        raise ValueError(found.year)
    return found
