"""Text as two calendars can agree on it: what a server may quietly change or must never be sent is taken out first."""

from __future__ import annotations

import re
import unicodedata

# C0 and C1 controls but tab and newline, line and paragraph separators, lone surrogates.
_NEVER = "\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff"
# Overrides and isolates make a title read backwards on the page it is quoted on.
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_UNFIT = re.compile(f"[{_NEVER}]")
_UNFIT_OR_BIDI = re.compile(f"[{_NEVER}{_BIDI}]")
_BREAK = re.compile(r"\r\n?|[\n\t\x0b\x0c\x85\u2028\u2029]")
_TRAILING = re.compile(r"[^\S\n]+(?=\n)")


def single_line(text: str) -> str:
    """One line in NFC: breaks and tabs are blanks, control and bidi characters are gone, no blanks at the ends."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return unicodedata.normalize("NFC", _UNFIT_OR_BIDI.sub("", _BREAK.sub(" ", text))).strip()


def multi_line(text: str) -> str:
    r"""Lines parted by ``\n`` in NFC: no control characters, no blanks at the end of a line or of the text."""
    if text.isascii() and text.isprintable():
        return text.rstrip()
    text = re.sub(r"\r\n?|[\x85\u2028\u2029]", "\n", text)
    return _TRAILING.sub("", unicodedata.normalize("NFC", _UNFIT.sub("", text))).rstrip()
