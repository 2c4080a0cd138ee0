"""A form's seal: when it was shown and its one-time key, signed so that neither can be made up.

The key makes a double click one request; the time lets a form that lay open for too long be shown again.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

LIFE = timedelta(hours=12)
PURPOSE = "form"
"""What the secret of a seal is asked for by."""
_AHEAD = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Seal:
    """``shown_at`` is exact to the second."""

    key: str
    shown_at: datetime


def make_seal(secret: str, *, now: datetime) -> str:
    return _text(secret, secrets.token_hex(12), int(now.timestamp()))


def read_seal(secret: str, text: str, *, now: datetime) -> Seal | None:
    """None for a seal that is not ours, is older than ``LIFE`` or comes from the future."""
    key, _, rest = text.partition(".")
    shown, _, _ = rest.partition(".")
    if not (shown.isascii() and shown.isdigit() and len(shown) <= 11):
        return None
    if not hmac.compare_digest(_text(secret, key, int(shown)).encode(), text.encode()):
        return None
    shown_at = datetime.fromtimestamp(int(shown), UTC)
    return Seal(key, shown_at) if -_AHEAD <= now - shown_at <= LIFE else None


def _text(secret: str, key: str, shown: int) -> str:
    proof = hmac.new(secret.encode(), f"{key}.{shown}".encode(), hashlib.sha256).hexdigest()
    return f"{key}.{shown}.{proof[:40]}"
