"""What a short message says: what has happened and when, and a client's name only where the practice wants that."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from booking.notices import Kind

TO_CLIENTS: Sequence[Kind] = (
    Kind.CONFIRMED,
    Kind.DECLINED,
    Kind.RESCHEDULED,
    Kind.CANCELLED,
    Kind.DELETED,
    Kind.PROVIDER_CHANGED,
    Kind.REMINDER,
)
TO_PRACTICE: Sequence[Kind] = (
    Kind.NEW_REQUEST,
    Kind.NEW_APPOINTMENT,
    Kind.WITHDRAWN,
    Kind.MOVED,
    Kind.CONFLICT,
)
"""What can go by a way besides mail, to a client's telephone and to the practice."""

_FEWEST_DIGITS = 8
_MOST_DIGITS = 15


def short_text(values: Mapping[str, str], *, client: str = "", link: str = "") -> str:
    """``values`` as notices have them: ``service``, ``provider``, ``when``, ``practice``, ``phone``."""
    closing = ", ".join(part for part in (values.get("practice", ""), values.get("phone", "")) if part)
    lines = (client, ", ".join(filter(None, (values.get("provider"), values.get("when")))), closing, link)
    return "\n".join(line for line in lines if line)


def international(number: str) -> str | None:
    """A telephone number as gateways take it, ``+15550100``; None for one without its country."""
    plain = re.sub(r"[^0-9+]", "", re.split(r"[x,;]", number, maxsplit=1, flags=re.IGNORECASE)[0])
    plain = "+" + plain[2:] if plain.startswith("00") else plain
    digits = plain[1:]
    if not plain.startswith("+") or not digits.isdigit():
        return None
    return plain if _FEWEST_DIGITS <= len(digits) <= _MOST_DIGITS else None
