"""Names in plain form: slugs, codes, ids, zones, addresses. Each reader raises ``Wrong`` with the mend."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import lru_cache
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from booking.clients import clean_email, is_email
from booking.plain.values import Wrong, a_text, told

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}", re.ASCII)
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The name most like the given one; None where there are no names."""
    return max(names, key=lambda other: _likeness(name.lower(), other.lower()), default=None)


def _likeness(name: str, other: str) -> float:
    return SequenceMatcher(None, name, other, autojunk=False).ratio()


def a_slug(value: object) -> str:
    """A name that can stand in an address: lower-case letters, digits and inner hyphens, at most 63."""
    text = a_text()(value)
    if not _SLUG.fullmatch(text):
        mend = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:63].strip("-")
        hint = f', did you mean "{mend}"?' if mend else ""
        raise Wrong(f"a slug has lower-case letters, digits and hyphens (at most 63), not {told(text)}{hint}")
    return text


def a_word(value: object) -> str:
    """A service code, an account name or a client's id: letters, digits, ``.``, ``-``, ``_``; at most 64."""
    text = a_text()(value)
    if not _WORD.fullmatch(text):
        raise Wrong(
            f"only letters, digits, '.', '-' and '_' are allowed here, at most 64 of them, not {told(text)}"
        )
    return text


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def a_zone(value: object) -> str:
    """An IANA zone name."""
    text = a_text()(value)
    if text not in _zones():
        raise Wrong(f'{told(text)} is not an IANA time zone, did you mean "{_nearest_zone(text)}"?')
    return text


def _nearest_zone(text: str) -> str | None:
    wanted = text.strip().replace(" ", "_")
    return nearest(wanted, sorted(_zones(), key=lambda zone: ("/" not in zone, zone)))


def an_email(value: object) -> str:
    """A mail address, its domain in the form that mail servers take."""
    address = clean_email(a_text()(value))
    if not is_email(address):
        raise Wrong(f"an e-mail address such as ada@example.com is expected, not {told(value)}")
    return address


def an_email_or_none(value: object) -> str:
    return "" if value == "" else an_email(value)


def a_web_address(value: object) -> str:
    """An ``https`` address for people to open; it is shown, never fetched."""
    text = a_text(2000)(value)
    host, scheme, userinfo = _parts(text)
    if scheme != "https" or not host:
        raise Wrong(f"an address that starts with https:// is expected, not {told(text)}")
    if userinfo:
        raise Wrong("a user name or password does not belong into the address")
    return text


def an_origin(value: object) -> str:
    """``https://HOST[:PORT]`` and nothing after it; ``http`` on this machine only."""
    text = a_text(300)(value)
    host, scheme, userinfo = _parts(text)
    if not host or userinfo or not (scheme == "https" or (scheme == "http" and host in _LOOPBACK)):
        raise Wrong(f"an origin such as https://www.example.com is expected, not {told(text)}")
    origin = text.rstrip("/").lower()
    if origin.count("/") != 2 or set(origin) & set("?#*;, '\"\\"):
        parts = urlsplit(text)
        mend = f"{parts.scheme}://{parts.netloc}".lower()
        raise Wrong(f'an origin has no path, did you mean "{mend}"?')
    return origin


def _parts(text: str) -> tuple[str, str, bool]:
    """Host, scheme and whether there is a user name; an unreadable address has no host."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return "", "", False
    spaced = any(character.isspace() for character in text)
    return ("" if spaced else parts.hostname or ""), parts.scheme, "@" in parts.netloc


def a_colour(value: object) -> str:
    """``#rrggbb`` in lower case; empty: the page's own."""
    text = a_text(empty=True)(value)
    if text and not _COLOUR.fullmatch(text):
        raise Wrong(f'a colour is written "#rrggbb", such as "#2f6f5e", not {told(text)}')
    return text.lower()
