"""What every use case works with, and the way a write is tried again when the database asks for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from booking.desk.kept import KeptOffers
from booking.ports import LiveCalendars, Mirror, Tokens, Transactions
from booking.store.requests import Stale

T = TypeVar("T")

_ATTEMPTS = 4
# PostgreSQL: a serialisation failure, a deadlock. Both mean: the same once more.
_ONCE_MORE = ("40001", "40P01")


@dataclass(frozen=True, slots=True)
class Means:
    books: Transactions
    mirror: Mirror
    tokens: Tokens
    live: LiveCalendars
    base_url: str
    kept: KeptOffers

    def write(self, work: Callable[[Connection], T]) -> T:
        """One write transaction around ``work``, which is done again from its start if somebody else was quicker."""
        for left in reversed(range(_ATTEMPTS)):
            try:
                with self.books.write() as connection:
                    return work(connection)
            except Stale:
                if not left:
                    raise
            except DBAPIError as error:
                if not left or getattr(error.orig, "sqlstate", None) not in _ONCE_MORE:
                    raise
        raise AssertionError("the last attempt returns or raises")

    def request_page(self, request_id: str) -> str:
        """Where staff see a request; it asks for sign-in."""
        return f"{self.base_url}/provider/requests/{request_id}"
