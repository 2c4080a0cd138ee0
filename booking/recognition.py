"""Recognising a client or a contact by their mailbox: what a code is, and whom an address stands for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from booking.clients import email_key
from booking.practice import Client, Contact

LIFE = timedelta(minutes=15)
"""How long a code is good for."""
MOST_OPEN = 3
"""Codes of one address that can be used at a time, however often somebody asks for one."""
MOST_ATTEMPTS = 5
"""How often a code may be guessed at."""
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Recognised:
    """A client an address stands for; ``contact`` None: it is the client's own."""

    client: Client
    contact: Contact | None = None

    @property
    def email(self) -> str:
        return self.client.email if self.contact is None else self.contact.email


def stands_for(address: str, clients: Iterable[Client]) -> list[Recognised]:
    """The clients in whose name the owner of a mailbox may book, in their order."""
    key = email_key(address)
    return [found for client in clients if (found := as_whom(key, client)) is not None]


def as_whom(key: str, client: Client) -> Recognised | None:
    """Who the owner of this mailbox is to one client; None: nobody who books for them. ``key`` is ``email_key``'s."""
    if email_key(client.email) == key:
        return Recognised(client)
    for contact in client.contacts:
        if contact.books and email_key(contact.email) == key:
            return Recognised(client, contact)
    return None


def code_from(token: str) -> str:
    """The six digits of a secret token: always the same ones, and they say nothing of it."""
    number = int.from_bytes(hashlib.sha256(f"code|{token}".encode()).digest()[:8])
    return f"{number % 10**_DIGITS:0{_DIGITS}}"


def cleaned_code(text: str) -> str:
    """The digits of what was typed; blanks and hyphens between them are nothing."""
    return "".join(sign for sign in text if sign.isascii() and sign.isdigit())


def spaced(code: str) -> str:
    """As it stands in a mail: easy to read and to type."""
    return f"{code[:3]} {code[3:]}"
