"""Which of the languages a practice has suits a reader."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def best(wanted: Iterable[str], offered: Sequence[str]) -> str:
    """The offered locale (``pt_BR``) that suits best; the first where nothing does.

    ``wanted`` are language tags, the dearest first, with hyphens or underscores; what is none suits nothing.
    """
    by_tag = {locale.replace("_", "-").lower(): locale for locale in offered}
    for given in wanted:
        parts = given.replace("_", "-").lower().split("-")
        # pt-PT is content with pt, and pt with pt-BR.
        for length in range(len(parts), 0, -1):
            if found := by_tag.get("-".join(parts[:length])):
                return found
        for known, locale in by_tag.items():
            if known.split("-")[0] == parts[0]:
                return locale
    return offered[0]
