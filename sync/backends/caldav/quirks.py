"""Deviations that the code has to know, one function each."""

from __future__ import annotations

from collections.abc import Iterable

from sync.backends.caldav.collection import spelling


def names_known(listed: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """Listed href -> the href it is known by, for those that are known.

    The same resource may be listed with ``%40`` for ``@`` (RFC 3986 6.2.2.2), and by servers that take names in any
    case, in another one (against RFC 3986 6.2.2.1). The other case only counts where the known name itself is not
    listed, and where no two names differ in nothing else.
    """
    by_spelling = {spelling(href): href for href in known}
    found = {href: by_spelling[spelling(href)] for href in listed if spelling(href) in by_spelling}
    unlisted = _by_case(by_spelling.keys() - {spelling(href) for href in found})
    unknown = _by_case(href for href in listed if href not in found)
    for folded, href in unknown.items():
        if folded in unlisted:
            found[href] = by_spelling[unlisted[folded]]
    return found


def _by_case(hrefs: Iterable[str]) -> dict[str, str]:
    """Folded path -> href; those that share a folded path are left out."""
    found: dict[str, list[str]] = {}
    for href in hrefs:
        found.setdefault(spelling(href).casefold(), []).append(href)
    return {folded: names[0] for folded, names in found.items() if len(names) == 1}


def uid_taken_in_words(body: bytes) -> bool:
    """Sabre and Nextcloud state no-uid-conflict (RFC 4791 5.3.2.1) in English, also of what is in the trash bin."""
    return b"uid already exists" in body[:4000].lower()
