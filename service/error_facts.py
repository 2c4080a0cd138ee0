"""What may be told of an exception: its types, our own words, and the places in our own code it passed."""

import re
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Final

OWN_PACKAGES: Final = frozenset({"booking", "service", "sync"})
LONGEST_TEXT: Final = 300
_ROOT = Path(__file__).resolve().parent.parent
_URL = re.compile(r"\S*://\S*")
_ADDRESS = re.compile(r"\S*@\S*")


def error_facts(error: BaseException) -> dict[str, object]:
    """Fields for a log line.

    ``error_type``; ``error_text``, the words of an exception of ours; ``at``, the last places in our code,
    innermost last; ``causes``, the types it was raised from. A library's words are left out:
    they quote URLs and titles.
    """
    facts: dict[str, object] = {"error_type": _type_name(error)}
    words = own_words(error)
    if words:
        facts["error_text"] = words
    places = _own_places(error)
    if places:
        facts["at"] = places
    causes = [_type_name(cause) for cause in _causes(error)]
    if causes:
        facts["causes"] = causes
    return facts


def error_line(error: BaseException) -> str:
    """The same in one line, for where only text fits."""
    facts = error_facts(error)
    line = str(facts["error_type"])
    if "error_text" in facts:
        line += f": {facts['error_text']}"
    places = facts.get("at")
    return f"{line} at {places[-1]}" if isinstance(places, list) else line


def own_words(error: BaseException) -> str:
    """The text of an exception defined in our packages, masked; empty for any other."""
    if type(error).__module__.partition(".")[0] not in OWN_PACKAGES:
        return ""
    return masked(str(error))


def masked(text: str) -> str:
    """``text`` on one line and not too long, with URLs and mail addresses blanked."""
    text = _ADDRESS.sub("[address]", _URL.sub("[url]", text))
    text = "".join(character if character.isprintable() else " " for character in text)
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "..."


def _type_name(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _own_places(error: BaseException) -> list[str]:
    places = []
    for frame, line in traceback.walk_tb(error.__traceback__):
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(_ROOT) and path.relative_to(_ROOT).parts[0] in OWN_PACKAGES:
            places.append(f"{path.relative_to(_ROOT)}:{line} {frame.f_code.co_name}")
    return places[-6:]


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen = {id(error)}
    current: BaseException | None = error
    while current is not None:
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
        if current is None or id(current) in seen:
            return
        seen.add(id(current))
        yield current
