"""A Series as bodies for events.insert and events.patch. No body ever names an attendee."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sync.codecs.google_times import write_moment, write_recurrence, write_span
from sync.codecs.ical_write import repeating
from sync.model.event import Event, Override, Recurrence, Series, Status
from sync.model.fingerprint import event_meaning, recurrence_meaning
from sync.model.instances import aligned, key_of
from sync.model.membership import happens
from sync.model.moments import Moment, WallTime
from sync.model.text import multi_line, single_line

BACK_REFERENCE = "freeholdUid"
"""The private extended property by which an event of ours is known, whatever becomes of its text."""

_LONGEST_LINE = 1_000
_LONGEST_TEXT = 8_000


class NotWritable(ValueError):
    """Google has no form for this; the message says what of it."""


def new_event(name: str, series: Series, zone: str) -> dict[str, Any]:
    """The body of an insert under the id ``name``. ``zone`` is the calendar's, for floating times.

    Categories, own response and kind have no place in it; overrides are written apart. Raises NotWritable.
    """
    master = series.master
    if master is None or any(override.this_and_future for override in series.overrides):
        raise NotWritable("a series without its first event, or with an open-ended change, cannot be written")
    body = {
        "id": name,
        "extendedProperties": {"private": {BACK_REFERENCE: series.uid}},
        **write_span(master, zone),
        **_texts(master),
        "status": master.status.value.lower(),
        "transparency": master.transparency.value.lower(),
        "visibility": _visibility(master),
    }
    if series.recurrence:
        body["recurrence"] = write_recurrence(series.recurrence, master.start, zone)
    return body


def master_patch(current: Series, target: Series, zone: str) -> dict[str, Any]:
    """Only what differs in meaning; empty if nothing does. Raises NotWritable."""
    was, wanted = current.master, target.master
    if was is None or wanted is None:
        raise NotWritable("only single instances of this series are shown to this account")
    patch = event_patch(was, wanted, zone, repeats=repeating(target))
    before, after = current.recurrence, target.recurrence
    if recurrence_meaning(before, was.start) != recurrence_meaning(after, wanted.start):
        patch["recurrence"] = write_recurrence(after, wanted.start, zone) if _says(after) else None
    return patch


def _says(recurrence: Recurrence) -> bool:
    return bool(recurrence) or bool(recurrence.excluded)


def event_patch(was: Event, wanted: Event, zone: str, *, repeats: bool = False) -> dict[str, Any]:
    """The fields of one event whose meaning differs. What the owner alone decides is never in it."""
    before, after = event_meaning(was, repeats=repeats), event_meaning(wanted, repeats=repeats)
    changed = {name for name in after if before[name] != after[name]}
    patch: dict[str, Any] = {}
    if changed & {"start", "length"}:
        patch |= {name: _whole(value) for name, value in write_span(wanted, zone).items()}
    texts = _texts(wanted)
    patch |= {name: texts.get(name, "") for name in ("summary", "description", "location") if name in changed}
    if "status" in changed:
        patch["status"] = wanted.status.value.lower()
    if "transparency" in changed:
        patch["transparency"] = wanted.transparency.value.lower()
    if "private" in changed:
        patch["visibility"] = _visibility(wanted)
    return patch


def _whole(value: dict[str, Any]) -> dict[str, Any]:
    """A patch merges objects: what is left of a date beside a time has to be taken out."""
    return {"date": None, "dateTime": None, "timeZone": None} | value


def overrides_to_write(current: Series, target: Series) -> list[tuple[Override | None, Override]]:
    """Each override that ``target`` has and ``current`` has not, with the one it replaces; in the order of their keys.

    Where ``current`` has one that ``target`` lacks, the instance goes back to what the master says; if the series no
    longer happens then, it is removed, for else it would stand beside the series.
    """
    was, wanted = _by_key(current), _by_key(target)
    master = target.master
    pairs: list[tuple[Override | None, Override]] = []
    for key in sorted(was.keys() | wanted.keys()):
        before, after = was.get(key), wanted.get(key)
        if after is None and before is not None and master is not None:
            after = _undone(before, master, target.recurrence)
        if after is not None and (before is None or _meaning(before) != _meaning(after)):
            pairs.append((before, after))
    return pairs


def _undone(before: Override, master: Event, recurrence: Recurrence) -> Override:
    start = aligned(master.start, before.recurrence_id)
    if happens(recurrence, master.start, before.recurrence_id, "UTC"):
        return Override(before.recurrence_id, replace(master, start=start))
    return Override(before.recurrence_id, replace(master, start=start, status=Status.CANCELLED))


def override_key(series: Series, recurrence_id: Moment) -> str:
    first = series.master.start if series.master is not None else recurrence_id
    return key_of(recurrence_id, first, "UTC")


def _by_key(series: Series) -> dict[str, Override]:
    return {override_key(series, override.recurrence_id): override for override in series.overrides}


def _meaning(override: Override) -> object:
    if is_removal(override):
        return "removed"
    return event_meaning(override.event, repeats=False)


def original_start(override: Override, master: Event, zone: str) -> str:
    """How events.instances is asked for the instance of an override: its first start, RFC 3339 or a date."""
    moment = override.recurrence_id
    if isinstance(moment, WallTime):
        own = master.start.zone if isinstance(master.start, WallTime) else None
        return str(write_moment(WallTime(moment.clock, moment.zone or own), zone)["dateTime"])
    return moment.isoformat()


def is_removal(override: Override) -> bool:
    return override.event.status is Status.CANCELLED


def _texts(event: Event) -> dict[str, Any]:
    """The summary always, the others if there is anything to say."""
    texts = {
        "summary": single_line(single_line(event.summary)[:_LONGEST_LINE]),
        "description": multi_line(multi_line(event.description)[:_LONGEST_TEXT]),
        "location": single_line(single_line(event.location)[:_LONGEST_LINE]),
    }
    return {name: text for name, text in texts.items() if text or name == "summary"}


def _visibility(event: Event) -> str:
    return "private" if event.private else "default"
