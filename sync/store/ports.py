"""What the mirror needs from whoever runs it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from sqlalchemy import Connection

from sync.model.freebusy import BusyPolicy
from sync.pacing import ALWAYS, WorkingHours


class Transactions(Protocol):
    """Opens transactions. No network call is made inside one."""

    def read(self) -> AbstractContextManager[Connection]: ...

    def write(self, *, passing: bool = False) -> AbstractContextManager[Connection]:
        """``passing``: who has a lease, and the like, which nobody asks for once the machine has gone down."""


class Cipher(Protocol):
    """Encrypts what must not lie readable at rest. Opening raises ``ValueError`` for a text that no key opens.

    What ``seal`` gives opens only in the row, by its id, that it was sealed for: the secrets of accounts and the texts
    of the mirror. ``encrypt`` and ``decrypt`` are for what has no id before it is stored.
    """

    def encrypt(self, plain: bytes) -> bytes: ...

    def decrypt(self, secret: bytes) -> bytes: ...

    def seal(self, plain: bytes, *, row: str) -> bytes: ...

    def unseal(self, secret: bytes, *, row: str) -> bytes: ...


Sealing = Callable[[str], bytes]
"""A secret that is sealed as soon as the id of its row is known."""


def sealing(cipher: Cipher, plain: str) -> Sealing:
    return lambda row: cipher.seal(plain.encode(), row=row)


@dataclass(frozen=True, slots=True)
class ProviderView:
    """What reading a provider's calendars depends on. ``zone`` is the provider's IANA zone.

    ``poll_every`` is what the practice asks for, ``request_only_after`` the age at which the page stops trusting a
    reading. ``hours`` are those in which she usually works, ``bookable``: clients can book with her online.
    """

    zone: str
    policy: BusyPolicy
    horizon: timedelta
    poll_every: timedelta
    own_addresses: frozenset[str]
    request_only_after: timedelta = timedelta(minutes=15)
    bookable: bool = True
    hours: WorkingHours = ALWAYS


class ProviderViews(Protocol):
    def view(self, connection: Connection, provider_id: str) -> ProviderView: ...
