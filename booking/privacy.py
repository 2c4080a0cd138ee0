"""The practice's privacy text, and what shows that it was this very text that was accepted."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from booking.ladder import N_
from booking.refusals import FieldError


@dataclass(frozen=True, slots=True)
class Acceptance:
    """That a text was accepted, and when. ``text`` is empty where it was kept before, under its print."""

    print: str
    at: datetime
    text: str = ""


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


def acceptance(text: str, accepted: str | None, *, now: datetime) -> Acceptance | None:
    """What to store of an acceptance without a mistake; None: nothing was asked."""
    return Acceptance(print_of(text), now, text) if text and accepted is not None else None
