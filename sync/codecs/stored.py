"""A series as JSON for the mirror's own rows. Versioned; what an older version wrote stays readable."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

import orjson

from sync.model.event import Event, Kind, Override, Recurrence, Response, Series, Status, Transparency
from sync.model.moments import Length, Moment, WallTime

_VERSION = 1


def dump_series(series: Series) -> bytes:
    """UTF-8 JSON with sorted keys, so that equal series give equal bytes."""
    document = {
        "v": _VERSION,
        "uid": series.uid,
        "master": None if series.master is None else _event(series.master),
        "rules": list(series.recurrence.rules),
        "dates": [
            [_moment(start), None if length is None else _length(length)]
            for start, length in series.recurrence.dates
        ],
        "excluded": [_moment(moment) for moment in series.recurrence.excluded],
        "overrides": [
            [_moment(o.recurrence_id), _event(o.event), o.this_and_future] for o in series.overrides
        ],
        "problems": list(series.problems),
    }
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def load_series(data: bytes) -> Series:
    """The series that ``dump_series`` wrote. Raises ``ValueError`` for anything else."""
    document = json.loads(data)
    if document.get("v") != _VERSION:
        raise ValueError(f"a stored series of version {document.get('v')!r} cannot be read by this version")
    return Series(
        uid=document["uid"],
        master=None if document["master"] is None else _read_event(document["master"]),
        recurrence=Recurrence(
            rules=tuple(document["rules"]),
            dates=tuple(
                (_read_moment(m), None if length is None else _read_length(length))
                for m, length in document["dates"]
            ),
            excluded=tuple(_read_moment(m) for m in document["excluded"]),
        ),
        overrides=tuple(
            Override(_read_moment(m), _read_event(e), future) for m, e, future in document["overrides"]
        ),
        problems=tuple(document["problems"]),
    )


def _moment(moment: Moment) -> list[str | None]:
    if isinstance(moment, WallTime):
        return [moment.clock.isoformat(), moment.zone]
    return [moment.isoformat()]


def _read_moment(parts: list[Any]) -> Moment:
    if len(parts) == 1:
        return date.fromisoformat(parts[0])
    return WallTime(datetime.fromisoformat(parts[0]), parts[1])


def _length(length: Length) -> list[int]:
    return [length.days, length.exact // timedelta(seconds=1)]


def _read_length(parts: list[int]) -> Length:
    return Length(parts[0], timedelta(seconds=parts[1]))


def _event(event: Event) -> dict[str, Any]:
    return {
        "start": _moment(event.start),
        "length": _length(event.length),
        "summary": event.summary,
        "description": event.description,
        "location": event.location,
        "status": event.status.value,
        "transparency": event.transparency.value,
        "own_response": None if event.own_response is None else event.own_response.value,
        "categories": list(event.categories),
        "kind": event.kind.value,
        "private": event.private,
    }


def _read_event(document: dict[str, Any]) -> Event:
    own = document["own_response"]
    return Event(
        start=_read_moment(document["start"]),
        length=_read_length(document["length"]),
        summary=document["summary"],
        description=document["description"],
        location=document["location"],
        status=Status(document["status"]),
        transparency=Transparency(document["transparency"]),
        own_response=None if own is None else Response(own),
        categories=tuple(document["categories"]),
        kind=Kind(document["kind"]),
        private=document["private"],
    )
