"""iCalendar text as a server keeps it, turned into what the engine sees; for the backends that keep such text."""

from __future__ import annotations

import re
from datetime import datetime

from sync.backends.errors import Rejected
from sync.backends.protocol import RemoteObject
from sync.codecs import ical
from sync.codecs.quirks import text_is_not_utf8
from sync.model.event import Series
from sync.model.fingerprint import fingerprint

_UID_LINE = re.compile(
    rb"^UID(?:;[^:\r\n]*)?:([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)", re.MULTILINE | re.IGNORECASE
)


def remote_object(
    href: str, etag: str | None, raw: bytes, own_addresses: frozenset[str]
) -> RemoteObject | None:
    """The object of one calendar resource; None if it is well-formed and holds no event (a task, a journal entry).

    Never raises for what the text holds: an object that cannot be understood has ``problem`` and what could be saved.
    """
    try:
        series = ical.read_object(raw, own_addresses=own_addresses)
    except ical.NotAnEvent:
        return None
    except ical.Unreadable as error:
        uid = error.salvage.uid if error.salvage is not None else ""
        return RemoteObject(href, etag, raw, error.salvage, str(error), uid or _uid_in(raw))
    return RemoteObject(href, etag, raw, series, None, series.uid)


def _uid_in(raw: bytes) -> str | None:
    """The first UID of a text that could not be parsed, unfolded (RFC 5545 3.1)."""
    found = _UID_LINE.search(raw)
    if found is None:
        return None
    return re.sub(rb"\r?\n[ \t]", b"", found.group(1)).decode("utf-8", "replace").strip() or None


def same_meaning(one: RemoteObject, other: RemoteObject) -> bool:
    """Whether two readings of an object show the same event; where one shows none, only the same text will do."""
    if one.series is None or other.series is None:
        return one.raw == other.raw
    return fingerprint(one.series) == fingerprint(other.series)


def new_text(series: Series, *, now: datetime) -> bytes:
    """A series as a new calendar resource."""
    return ical.write_object(series, stamp=now).encode()


def edited_text(seen: RemoteObject, series: Series, *, now: datetime, own_addresses: frozenset[str]) -> bytes:
    """The text of ``seen`` with the meaning of ``series``. Raises ``Rejected`` where ``seen`` cannot be understood."""
    try:
        text = text_is_not_utf8(seen.raw)
        return ical.update_object(text, series, stamp=now, own_addresses=own_addresses).encode()
    except (ical.Unreadable, ical.NotAnEvent) as error:
        raise Rejected("The event in the calendar cannot be read, so it is not changed.") from error
