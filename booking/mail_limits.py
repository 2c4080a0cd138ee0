"""How many mails one address gets, so that nobody can be flooded by way of a booking page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from booking.notices import Kind

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)

ANYBODY_AN_HOUR = 10
ANYBODY_A_DAY = 30
"""Mails that anybody can cause who types the address into a page: a request was received, you are on
the waitlist, here is your code."""
ALL_AN_HOUR = 60
"""All mails to a client. Those above are not lost: they leave when the hour allows it."""

CODE = "code"
BY_ANYBODY = frozenset({Kind.CREATED.value, Kind.WAITLIST_JOINED.value, CODE})


class Verdict(StrEnum):
    SEND = "send"
    LATER = "later"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Allowed:
    """``at`` is when a mail that has to wait may be tried again."""

    verdict: Verdict
    at: datetime | None = None


def allowed(kind: str, sent: Sequence[tuple[datetime, str]], *, now: datetime) -> Allowed:
    """What happens with a mail to a client. ``sent`` are instants and kinds of what the address got in the last day."""
    if kind in BY_ANYBODY:
        caused = [at for at, which in sent if which in BY_ANYBODY]
        if len(caused) >= ANYBODY_A_DAY or sum(at > now - _HOUR for at in caused) >= ANYBODY_AN_HOUR:
            return Allowed(Verdict.NEVER)
        return Allowed(Verdict.SEND)
    lately = sorted(at for at, _ in sent if at > now - _HOUR)
    if len(lately) < ALL_AN_HOUR:
        return Allowed(Verdict.SEND)
    return Allowed(Verdict.LATER, lately[-ALL_AN_HOUR] + _HOUR)


WINDOW = _DAY
"""How far back ``sent`` has to reach."""
