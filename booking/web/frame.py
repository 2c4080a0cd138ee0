"""What pages need of the running program, handed in by it: ``frame()`` inside a request."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol, cast

from flask import current_app

from booking.desk import Desk
from booking.ports import Mirror, Transactions
from booking.roles import Actor

EXTENSION = "freehold"


class Cipher(Protocol):
    """Encrypts what is kept at rest; ``decrypt`` raises ``ValueError`` for what it did not encrypt."""

    def encrypt(self, plain: bytes) -> bytes: ...

    def decrypt(self, secret: bytes) -> bytes: ...


class Frame(Protocol):
    """One per application; what it answers about the request concerns the one under way."""

    @property
    def desk(self) -> Desk: ...

    @property
    def books(self) -> Transactions:
        """For what pages read beside the desk; they write by way of the desk only."""

    @property
    def mirror(self) -> Mirror: ...

    @property
    def cipher(self) -> Cipher: ...

    def now(self) -> datetime: ...

    def actor(self) -> Actor | None:
        """Who is signed in, None for a visitor. On ``/api/v1`` by token only, on pages by cookie only."""

    def staff(self) -> Actor:
        """Who is signed in, on a route whose policy lets nobody else come this far."""

    def sender(self) -> str:
        """A keyed hash of the address the request came from; for limits, never shown."""

    def secret(self, purpose: str) -> str:
        """A key to sign with, always the same one for a purpose, of this program alone."""

    def base_url(self) -> str:
        """Where the program is reached from outside, without a slash at the end."""

    def ring(self, *kinds: str) -> None:
        """Wake workers for ``requests``, ``sync`` or ``mail``, after a commit. Never raises."""

    def allow_framing(self, origins: Iterable[str]) -> None:
        """Let these origins show this one answer in a frame; nobody may otherwise."""


def frame() -> Frame:
    return cast(Frame, current_app.extensions[EXTENSION])
