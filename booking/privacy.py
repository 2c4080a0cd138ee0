"""The practice's privacy text, and what shows that it was this very text that was accepted."""

from __future__ import annotations

import hashlib

from booking.ladder import N_
from booking.refusals import FieldError


def print_of(text: str) -> str:
    """Names one wording; empty for no text."""
    return hashlib.sha256(text.encode()).hexdigest() if text else ""


def mistake(text: str, accepted: str | None) -> FieldError | None:
    """What is wrong with an acceptance of ``text``. ``accepted`` is the print of what was shown; None: by a way that
    shows nothing, where nothing is asked."""
    if not text or accepted is None or accepted == print_of(text):
        return None
    if accepted:
        return FieldError("privacy", N_("This text was changed just now. Please read it once more."))
    return FieldError("privacy", N_("Please read this and accept it."))
