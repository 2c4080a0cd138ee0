"""Sentences for people that are stored before it is known who reads them."""


def N_(text: str) -> str:  # noqa: N802 - the word by which translators' tools find the text
    """Marks a text for translation. The first words of the errors in ``sync.backends.errors`` need no mark."""
    return text
