"""Encryption at rest and the tokens that open pages. Keys come from the settings, never from the database."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE = 12
_ROW_TEXT = b"\x01"
"""First byte of a sealed text: its form, so that another one can be told from it."""


class Sealer:
    """Encrypts with the first key, decrypts with any.

    Accounts' secrets and the texts of the mirror are sealed for their row: AES-256-GCM under keys derived from the
    given ones, with the id of the row as associated data, so that one that is moved to another row does not open there.
    What has no id before it is stored (history, changes, kept answers) is a Fernet token: AES-128-CBC, HMAC-SHA256.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        self._first = Fernet(keys[0])
        self._rows = [AESGCM(_row_key(key)) for key in keys]

    def seal(self, plain: bytes, *, row: str) -> bytes:
        """``row`` is the id of the row it is stored in, which ``unseal`` asks for again."""
        nonce = secrets.token_bytes(_NONCE)
        return _ROW_TEXT + nonce + self._rows[0].encrypt(nonce, plain, row.encode())

    def unseal(self, secret: bytes, *, row: str) -> bytes:
        """Raises ``ValueError`` for a text that none of the keys opens, or that belongs to another row.

        What was stored before texts were bound to rows opens too.
        """
        if secret[:1] != _ROW_TEXT:
            return self.decrypt(secret)
        for cipher in self._rows:
            plain = _opened(cipher, secret, row)
            if plain is not None:
                return plain
        raise ValueError("none of the encryption keys opens this")

    def encrypt(self, plain: bytes) -> bytes:
        return self._fernet.encrypt(plain)

    def decrypt(self, secret: bytes) -> bytes:
        """Raises ``ValueError`` for a text that none of the keys opens."""
        try:
            return self._fernet.decrypt(secret)
        except InvalidToken as error:
            raise ValueError("none of the encryption keys opens this") from error

    def is_current(self, secret: bytes, *, row: str | None) -> bool:
        """True if the first key alone opens it and it is bound to the row of this id; None: bound to none."""
        if row is not None:
            return secret[:1] == _ROW_TEXT and _opened(self._rows[0], secret, row) is not None
        try:
            self._first.decrypt(secret)
        except InvalidToken:
            return False
        return True

    def renew(self, secret: bytes, *, row: str | None) -> bytes:
        """The same text under the first key, for ``row`` as above; ``ValueError`` if none of the keys opens it."""
        if row is None:
            return self.encrypt(self.decrypt(secret))
        return self.seal(self.unseal(secret, row=row), row=row)


def _opened(cipher: AESGCM, secret: bytes, row: str) -> bytes | None:
    nonce, text = secret[1 : 1 + _NONCE], secret[1 + _NONCE :]
    try:
        return cipher.decrypt(nonce, text, row.encode()) if len(nonce) == _NONCE else None
    except InvalidTag:
        return None


def _row_key(key: str) -> bytes:
    """A key for nothing but rows: what is known of one use says nothing about the other."""
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"freehold row texts 1")
    return derive.derive(base64.urlsafe_b64decode(key))


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
