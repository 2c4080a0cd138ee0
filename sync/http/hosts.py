"""Hosts as people and attackers spell them."""

import re
import unicodedata
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address

import idna
from publicsuffixlist import PublicSuffixList

from sync.http.addresses import IPAddress

_NUMBER = re.compile(r"0[xX][0-9a-fA-F]*|[0-9]+")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_DOTS = str.maketrans("\u3002\uff0e\uff61", "...")


def fold(host: str) -> str:
    """``host`` as every resolver in the end reads it: full-width letters and dots made plain, lower case,
    names of other scripts as A-labels, no root dot. Raises ValueError if it is no host at all."""
    plain = unicodedata.normalize("NFKC", host).translate(_DOTS).lower()
    plain = plain[:-1] if plain.endswith(".") else plain
    if plain.isascii() and not plain.startswith("xn--") and ".xn--" not in plain:
        return plain
    return idna.encode(plain, uts46=True).decode("ascii").lower()


def address_in(host: str) -> IPAddress | None:
    """The address that the operating system reads in ``host`` (folded, without brackets); None for a name.

    Decimal, hexadecimal, octal and short forms count, as in ``inet_aton``. Raises ValueError if ``host`` can
    only be an address and is none.
    """
    if ":" in host:
        return IPv6Address(host)
    parts = host.split(".")
    if not _NUMBER.fullmatch(parts[-1]):
        return None
    if len(parts) > 4 or not all(map(_NUMBER.fullmatch, parts)):
        raise ValueError(host)
    *heads, tail = map(_number, parts)
    if any(head > 255 for head in heads) or tail >= 256 ** (4 - len(heads)):
        raise ValueError(host)
    return IPv4Address(sum(head << (24 - 8 * place) for place, head in enumerate(heads)) + tail)


def _number(part: str) -> int:
    if part[:2] in ("0x", "0X"):
        return int(part[2:] or "0", 16)
    return int(part, 8) if part.startswith("0") else int(part)


def is_name(host: str) -> bool:
    """Whether ``host`` (folded) can be looked up: labels of letters, digits, hyphens and underscores."""
    return len(host) <= 253 and all(map(_LABEL.fullmatch, host.split(".")))


def same_registrable_domain(a: str, b: str) -> bool:
    """Whether two hosts belong to one registrant, by the public suffix list (private rules included, so two
    customers of one hoster differ). An address or a name of one label belongs only with itself."""
    try:
        a, b = fold(a), fold(b)
    except ValueError:
        return False
    if a == b:
        return bool(a)
    domain = _registrable(a)
    return domain is not None and domain == _registrable(b)


def _registrable(host: str) -> str | None:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return _suffixes().privatesuffix(host) if is_name(host) else None
    return None


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
