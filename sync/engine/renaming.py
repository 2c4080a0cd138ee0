"""Events of ours that the server keeps under another name than the one we know."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from urllib.parse import unquote

from sqlalchemy import select

from sync.backends.protocol import RemoteCalendar, RemoteObject
from sync.engine.context import Pass
from sync.store.entries import Entry, live
from sync.store.tables import entry

_NEAREST_EDGE = timedelta(days=350)


def names_left(
    run: Pass, remote: RemoteCalendar, calendar_id: str, seen: Iterable[RemoteObject]
) -> frozenset[str]:
    """Hrefs of ours that no longer stand for the event, as it is shown at another one. Network only, no transaction.

    An href where the event still is, is kept: then the other one is a copy, which takes its time like any event. Only
    a name that differs in nothing but its case is the same one, at servers that take any (RFC 3986 6.2.2.1).
    """
    at = {item.uid: item.href for item in seen if item.uid}
    if not at:
        return frozenset()
    with run.database.read() as connection:
        statement = (
            select(entry.c.uid, entry.c.href)
            .where(live(calendar_id), entry.c.origin == "ours", entry.c.uid.in_(list(at)))
            .where(entry.c.agreed_print.is_not(None))
        )
        known = connection.execute(statement).all()
    others = [(row.href, at[row.uid]) for row in known if row.href not in (None, at[row.uid])]
    return frozenset(
        href for href, new in others if _same_but_case(href, new) or run.backend.read(remote, href) is None
    )


def _same_but_case(one: str, other: str) -> bool:
    return unquote(one).casefold() == unquote(other).casefold()


def may_be_out_of_sight(found: Entry, run: Pass) -> bool:
    """Whether a listing that is a sliding window of a year, as OX and Yahoo give, would not name the event."""
    last = found.row.last_instant
    return bool(last is not None and last > run.now + _NEAREST_EDGE)
