"""Encryption at rest and the tokens that open pages. Keys come from the settings, never from the database."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class Sealer:
    """Encrypts with the first key, decrypts with any (Fernet: AES-128-CBC with HMAC-SHA256)."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        self._first = Fernet(keys[0])

    def encrypt(self, plain: bytes) -> bytes:
        return self._fernet.encrypt(plain)

    def decrypt(self, secret: bytes) -> bytes:
        """Raises ``ValueError`` for a text that none of the keys opens."""
        try:
            return self._fernet.decrypt(secret)
        except InvalidToken as error:
            raise ValueError("none of the encryption keys opens this") from error

    def is_current(self, secret: bytes, *, row: str) -> bool:
        """True if the first key alone opens it. ``row`` is the id of the row it is stored in."""
        try:
            self._first.decrypt(secret)
        except InvalidToken:
            return False
        return True

    def renew(self, secret: bytes, *, row: str) -> bytes:
        """The same text under the first key, for the same row. Raises ``ValueError`` if none of the keys opens it."""
        return self.encrypt(self.decrypt(secret))


class TokenMaker:
    """Tokens of 192 bits. Derived ones are keyed by the secret key, so a later mail can name the same link."""

    def __init__(self, secret_key: str) -> None:
        self._key = secret_key.encode()

    def derive(self, purpose: str, subject: str) -> str:
        digest = hmac.new(self._key, f"{purpose}|{subject}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest[:24]).decode()

    def hash(self, token: str) -> str:
        return hashlib.sha256(token.encode()).hexdigest()

    @staticmethod
    def fresh() -> str:
        return secrets.token_urlsafe(24)
