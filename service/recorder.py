"""An event's flight recorder, opened: what was seen and decided, in words, and decided once more by today's code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from booking.store.tables import provider
from service.event_times import span_told
from sync.codecs.stored import load_series
from sync.model.event import Event, Series
from sync.store.entries import Entry
from sync.store.ports import Cipher
from sync.store.recorder import lines_of, recorded_in
from sync.store.tables import calendar, entry

_FLAGS = ("start", "end", "all_day", "status", "transparency", "repeats", "exceptions")
_TEXTS = ("title", "location", "description")
HIDDEN = "…"
"""Stands for a text that the reader may not see."""


@dataclass(frozen=True, slots=True)
class Difference:
    """``field`` was ``before`` and became ``after``; empty where there was nothing. A text may be ``HIDDEN``."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Line:
    """``word`` is the recorded decision, ``again`` what today's code decides; None where a person decided.

    ``raw`` is the remote's own text; None where none was kept or the reader may not see it.
    """

    at: datetime
    direction: str
    version: str | None
    decision: str
    reason: str
    differences: tuple[Difference, ...]
    word: str | None
    again: str | None
    same: bool
    raw: str | None


@dataclass(frozen=True, slots=True)
class Flight:
    """One event. ``ours``: it was made here; ``booking`` is the id of the request or own event it stands for."""

    calendar: str
    uid: str
    ours: bool
    booking: str | None
    known_since: datetime
    title: str | None
    lines: tuple[Line, ...]

    @property
    def differs(self) -> int:
        """How many decisions would fall otherwise today."""
        return sum(not line.same for line in self.lines)


def flight(
    connection: Connection, cipher: Cipher, calendar_id: str, uid: str, *, texts: bool
) -> Flight | None:
    """None for an event that was never known. ``texts``: titles, places and raw texts may be told."""
    known = connection.execute(
        select(entry)
        .where(entry.c.calendar_id == calendar_id, entry.c.uid == uid)
        .order_by(entry.c.created_at.desc())
    ).first()
    if known is None:
        return None
    row = connection.execute(
        select(calendar.c.name, calendar.c.zone, provider.c.timezone)
        .join(provider, provider.c.id == calendar.c.provider_id)
        .where(calendar.c.id == calendar_id)
    ).one()
    zone, ours = row.zone or row.timezone, known.origin == "ours"
    rows = lines_of(connection, calendar_id, uid)
    stored = Entry(known, cipher)
    present = stored.ours if ours else stored.agreed
    return Flight(
        calendar=row.name,
        uid=uid,
        ours=ours,
        booking=known.booking_ref,
        known_since=known.created_at,
        title=_event(present).summary if texts and present is not None else None,
        lines=tuple(_line(line, cipher, zone, ours=ours, texts=texts) for line in rows),
    )


def _line(row: Row[Any], cipher: Cipher, zone: str, *, ours: bool, texts: bool) -> Line:
    recorded = recorded_in(row, cipher, ours=ours)
    now, same = (None, True) if recorded is None else recorded.again()
    before, after = _series(row.before_enc, cipher), _series(row.after_enc, cipher)
    raw = cipher.decrypt(row.raw_enc).decode(errors="replace") if texts and row.raw_enc is not None else None
    return Line(
        at=row.at,
        direction=row.direction,
        version=row.remote_version,
        decision=row.decision,
        reason=row.reason,
        differences=tuple(differences(before, after, zone=zone, texts=texts)),
        word=None if recorded is None else recorded.word,
        again=None if now is None else now.word,
        same=same,
        raw=raw,
    )


def differences(
    before: Series | None, after: Series | None, *, zone: str, texts: bool
) -> Sequence[Difference]:
    """Field by field, what is not alike; all fields where one side is absent."""
    was, now = _told(before, zone), _told(after, zone)
    found = [Difference(name, was[name], now[name]) for name in _FLAGS if was[name] != now[name]]
    for name in _TEXTS:
        if was[name] != now[name]:
            old, new = (text if texts or not text else HIDDEN for text in (was[name], now[name]))
            found.append(Difference(name, old, new))
    return found


def _told(series: Series | None, zone: str) -> dict[str, str]:
    if series is None:
        return dict.fromkeys((*_FLAGS, *_TEXTS), "")
    event = _event(series)
    start, end, all_day = span_told(event, zone)
    changed = len(series.overrides) + len(series.recurrence.excluded)
    return {
        "start": start,
        "end": end,
        "all_day": "yes" if all_day else "no",
        "status": event.status.value.lower(),
        "transparency": "busy" if event.transparency.value == "OPAQUE" else "free",
        "repeats": ", ".join(series.recurrence.rules),
        "exceptions": str(changed) if changed else "",
        "title": event.summary,
        "location": event.location,
        "description": event.description,
    }


def _event(series: Series) -> Event:
    return series.master or series.overrides[0].event


def _series(secret: bytes | None, cipher: Cipher) -> Series | None:
    return None if secret is None else load_series(cipher.decrypt(secret))
