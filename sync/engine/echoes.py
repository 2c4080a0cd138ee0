"""Writes of ours that a reading did not name are looked for directly, as is what such a look has found.

A sync token may stand for a content, not for a moment (Xandikos): once the calendar holds again what it held before our
write, the old token says that nothing changed, and a deletion by the provider would go unseen. RFC 6578 3.1 leaves the
meaning of a token to the server.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from sync.backends.protocol import RemoteCalendar, RemoteObject
from sync.engine.context import Pass
from sync.store.echoes import Awaited
from sync.store.entries import Entry, by_id


def unnamed(connection: Connection, run: Pass, silent: Iterable[Awaited]) -> list[Entry]:
    """The entries of these writes, as they are now."""
    found = (by_id(connection, run.cipher, echo.entry_id) for echo in silent)
    return [item for item in found if item is not None]


def standing(entries: Iterable[Entry]) -> list[Entry]:
    """Those that are at the remote as far as we know."""
    return [
        item
        for item in entries
        if item.row.closed_at is None and item.row.gone_at is None and item.row.agreed_print is not None
    ]


def returned(run: Pass, remote: RemoteCalendar, entries: Sequence[Entry]) -> list[RemoteObject]:
    """What is alive again under the names of events that we removed. Network only, no transaction."""
    removed = [item for item in entries if item.row.closed_at is not None]
    found = (run.backend.read(remote, item.row.href) for item in removed)
    return [alive for alive in found if alive is not None]
