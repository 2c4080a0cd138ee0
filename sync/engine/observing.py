"""Taking in what the remote shows, one object at a time, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from sync.backends.protocol import RemoteObject
from sync.engine.context import Pass
from sync.engine.expansion import (
    Reading,
    block_besides,
    busy_names,
    expanded,
    is_recurring,
    keep_time,
    last_instant,
    materialise,
    reading_of,
)
from sync.model.event import Series
from sync.model.identity import new_id
from sync.reconcile import Step
from sync.resolving import Resolution, Situation, resolve
from sync.store.changes import ChangeKind, record
from sync.store.entries import (
    Entry,
    add_busy,
    add_remote,
    at_hrefs,
    change,
    heard_of,
    latest_of_booking,
    ours_by_uid,
    print_of,
    sealed_in,
)
from sync.store.recorder import remember, remember_outside
from sync.store.tables import calendar

_UNKNOWN: Mapping[str, Any] = {
    "agreed_print": None, "agreed_enc": None, "last_instant": None, "recurring": False,
}  # fmt: skip
"""An entry whose series could not be read."""


def observe_page(
    connection: Connection, run: Pass, row: Row[Any], reading: Reading, objects: Sequence[RemoteObject], *,
    generation: int, gone: frozenset[str] = frozenset(),
) -> None:  # fmt: skip
    """``observe`` for each. What the mirror has not heard of, nearly all of a first reading, is stored together."""
    if not objects:
        return
    uids = [uid for seen in objects if (uid := _uid_of(seen)) is not None]
    hrefs, ours = heard_of(connection, row.id, [seen.href for seen in objects], uids)
    unheard = {seen.href: seen for seen in objects if seen.href not in hrefs and _uid_of(seen) not in ours}
    for seen in objects:
        if seen.href not in unheard:
            observe(connection, run, row, reading, seen, generation=generation, gone=gone)
    _add(connection, run, row, reading, unheard.values(), generation)


def note_unread(
    connection: Connection,
    run: Pass,
    row: Row[Any],
    reading: Reading,
    hrefs: Sequence[str],
    *,
    generation: int,
) -> None:
    """Members that are there and could not be loaded: shown as such where nothing is known of them yet."""
    if not hrefs:
        return
    known, _ = heard_of(connection, row.id, hrefs, ())
    problem = "it is in the calendar, but the server did not hand it out"
    seen = [RemoteObject(href, None, b"", None, problem) for href in hrefs if href not in known]
    _add(connection, run, row, reading, seen, generation)


def observe(
    connection: Connection, run: Pass, row: Row[Any], reading: Reading, seen: RemoteObject, *, generation: int,
    gone: frozenset[str] = frozenset(),
) -> None:  # fmt: skip
    """Store one object of calendar ``row`` as it is now. ``gone`` are hrefs the same reading named as removed."""
    found = at_hrefs(connection, run.cipher, row.id, [seen.href], lock=True).get(seen.href)
    if found is None or (found.row.closed_at is not None and found.is_ours):
        found = _ours_elsewhere(connection, run, row, seen, gone) or found
    if found is None:
        _add(connection, run, row, reading, [seen], generation)
    elif found.is_ours:
        observe_ours(connection, run, found, seen, generation=generation)
    else:
        _observe_remote(connection, run, row, reading, found, seen, generation)


def _ours_elsewhere(
    connection: Connection, run: Pass, row: Row[Any], seen: RemoteObject, gone: frozenset[str]
) -> Entry | None:
    """An entry of ours with this UID whose own href is not taken: not yet known, or renamed by the server."""
    uid = _uid_of(seen)
    found = None if uid is None else ours_by_uid(connection, run.cipher, row.id, uid, lock=True)
    if found is None:
        return None
    free = (
        found.row.href is None
        or found.row.agreed_print is None
        or found.row.href in gone
        or found.row.href == seen.href
        or found.row.closed_at is not None
    )
    return found if free else None


def _uid_of(seen: RemoteObject) -> str | None:
    return seen.uid or (seen.series.uid if seen.series else None)


def _add(
    connection: Connection,
    run: Pass,
    row: Row[Any],
    reading: Reading,
    objects: Iterable[RemoteObject],
    generation: int,
) -> None:
    new = {new_id(): seen for seen in objects}
    taken = {id_: expanded(seen.series, reading) for id_, seen in new.items() if seen.series is not None}
    add_remote(
        connection,
        [
            {
                "id": entry_id,
                "practice_id": row.practice_id,
                "calendar_id": row.id,
                "uid": _uid_of(seen) or seen.href,
                "href": seen.href,
                "created_at": run.now,
                **_UNKNOWN,
                **_remote_values(run, reading, seen, entry_id, generation),
                **(
                    {"problem": taken[entry_id].problem}
                    if entry_id in taken and taken[entry_id].problem
                    else {}
                ),
            }
            for entry_id, seen in new.items()
        ],
    )
    add_busy(connection, busy_names(row), {id_: found.intervals for id_, found in taken.items()})


def _observe_remote(
    connection: Connection,
    run: Pass,
    row: Row[Any],
    reading: Reading,
    found: Entry,
    seen: RemoteObject,
    generation: int,
) -> None:
    if seen.series is None or (seen.problem is not None and found.row.agreed_enc is not None):
        # What cannot be read keeps the block it had: unreadable is never free. What could be saved of it blocks too.
        change(
            connection,
            found.id,
            etag=seen.etag,
            generation=generation,
            quarantined=True,
            problem=seen.problem,
            held_at=None,
        )
        if seen.series is not None:
            block_besides(connection, row, found.id, seen.series, reading)
        return
    if print_of(seen.series) == found.agreed_print and not found.row.quarantined:
        kept = _kept(run, seen, found.id)
        change(connection, found.id, etag=seen.etag, generation=generation, held_at=None, raw_enc=kept)
        return
    values = _remote_values(run, reading, seen, found.id, generation)
    if found.row.agreed_enc is not None:
        remember_outside(
            connection, found, decision="taken over", reason="changed in the calendar",
            after=seen.series, version=seen.etag, now=run.now,
        )  # fmt: skip
    change(connection, found.id, **values)
    materialise(connection, row, found.id, seen.series, reading)


def _remote_values(
    run: Pass, reading: Reading, seen: RemoteObject, entry_id: str, generation: int
) -> dict[str, Any]:
    series = seen.series
    known: dict[str, Any] = {}
    if series is not None:
        known = {
            "agreed_print": print_of(series),
            "agreed_enc": sealed_in(entry_id, series, run.cipher),
            "last_instant": last_instant(series, reading),
            "recurring": is_recurring(series),
        }
    problem = seen.problem or ("; ".join(series.problems) if series and series.problems else None)
    return {
        "etag": seen.etag,
        "raw_enc": _kept(run, seen, entry_id),
        "generation": generation,
        "quarantined": series is None,
        "problem": problem,
        "held_at": None,
        **known,
    }


def _kept(run: Pass, seen: RemoteObject, row: str) -> bytes | None:
    return run.cipher.seal(seen.raw, row=row) if seen.keep else None


def observe_ours(
    connection: Connection, run: Pass, found: Entry, seen: RemoteObject, *, generation: int | None = None
) -> None:
    """Merge one of our own events as the remote has it now. Without a ``generation`` it was looked for directly."""
    if generation is None and not _is_as_known(found, seen):
        # The cursor is from before this look, and may stand for what the calendar held before the change it found.
        change(connection, found.id, awaits_echo=True)
    series = seen.series
    if series is None or (seen.problem is not None and found.row.closed_at is None):
        # The last text that was understood stays agreed, for what is left of a damaged one is no answer of hers; the
        # version is that of what is there, so that it can go.
        change(
            connection, found.id, href=seen.href, etag=seen.etag, raw_enc=run.cipher.seal(seen.raw, row=found.id),
            problem=seen.problem, quarantined=True, generation=generation or generation_of(found), held_at=None,
        )  # fmt: skip
        if series is not None and found.row.takes_time:
            row = connection.execute(select(calendar).where(calendar.c.id == found.row.calendar_id)).one()
            block_besides(connection, row, found.id, series, reading_of(row, run.view, run.now))
        return
    if found.row.closed_at is not None:
        _reopen(connection, run, found, seen, series, generation)
        return
    waiting = found.row.sent_enc is not None and _untouched(found, seen)
    situation = Situation(found.agreed, found.ours, series, found.sent, waiting)
    resolved = resolve(situation)
    step = resolved.step
    values = _agreed_values(run, found, seen, series, generation)
    if resolved.waiting:
        # Nothing of what was sent is there, and it may still arrive: writing goes on.
        # What the server refused stays parked all the same.
        parked = found.row.blocked and not found.row.quarantined
        values["due_at"] = None if parked else found.row.due_at or run.now
    elif step in (None, Step.ADOPT):
        values |= {
            "due_at": None,
            "attempts": 0,
            "error": None,
            "blocked": False,
            "written_at": found.row.written_at or run.now,
        }
    elif step is Step.PULL:
        values |= _take_theirs(connection, run, found, seen, situation, resolved)
    elif step is Step.CONFLICT:
        values |= _merge(connection, run, found, seen, situation, resolved)
    else:
        # What was parked because it could not be read can be read now; what the server refused stays parked.
        parked = found.row.blocked and not found.row.quarantined
        values |= {"blocked": parked, "due_at": None if parked else found.row.due_at or run.now}
    change(connection, found.id, **values)
    keep_time(connection, run.cipher, found.id, run.view, run.now)


def _is_as_known(found: Entry, seen: RemoteObject) -> bool:
    if found.row.closed_at is not None or (found.row.href, found.row.etag) != (seen.href, seen.etag):
        return False
    return seen.series is None or print_of(seen.series) == found.agreed_print


def generation_of(found: Entry) -> ColumnElement[int]:
    """The listing of its calendar that is under way, or was last."""
    return select(calendar.c.generation).where(calendar.c.id == found.row.calendar_id).scalar_subquery()


def _agreed_values(
    run: Pass, found: Entry, seen: RemoteObject, series: Series, generation: int | None
) -> dict[str, Any]:
    return {
        "href": seen.href,
        "etag": seen.etag,
        "raw_enc": run.cipher.seal(seen.raw, row=found.id),
        "agreed_print": print_of(series),
        "agreed_enc": sealed_in(found.id, series, run.cipher),
        "sent_enc": found.row.sent_enc if _untouched(found, seen) else None,
        "generation": generation_of(found) if generation is None else generation,
        "quarantined": False,
        "problem": None,
        "held_at": None,
        "gone_at": None,
        "last_instant": last_instant(series, Reading(zone=run.view.zone, view=run.view, now=run.now)),
    }


def _untouched(found: Entry, seen: RemoteObject) -> bool:
    """True if the remote still has the version from before the write whose outcome is unknown."""
    if found.agreed_print is None or found.row.etag != seen.etag:
        return False
    return seen.series is not None and print_of(seen.series) == found.agreed_print


def _take_theirs(
    connection: Connection,
    run: Pass,
    found: Entry,
    seen: RemoteObject,
    situation: Situation,
    resolved: Resolution,
) -> dict[str, Any]:
    record(connection, found, ChangeKind.EDITED, before=resolved.base, after=situation.theirs, now=run.now)
    remember(
        connection, found, direction="in", decision="taken over", reason="changed in the calendar, not here",
        before=resolved.base, after=situation.theirs, version=seen.etag, now=run.now, situation=situation, raw=seen.raw,
    )  # fmt: skip
    return _ours_values(run, found, resolved.means) | {
        "due_at": None, "attempts": 0, "error": None, "blocked": False,
    }  # fmt: skip


def _merge(
    connection: Connection,
    run: Pass,
    found: Entry,
    seen: RemoteObject,
    situation: Situation,
    resolved: Resolution,
) -> dict[str, Any]:
    # Told even where our removal stands: it may be an answer that was given in time and is read late.
    record(connection, found, ChangeKind.EDITED, before=resolved.base, after=situation.theirs, now=run.now)
    fields = ", ".join(resolved.clashes) or "different fields"
    remember(
        connection, found, direction="in", decision="merged", reason=f"changed on both sides: {fields}",
        before=resolved.base, after=situation.theirs, version=seen.etag, now=run.now, situation=situation, raw=seen.raw,
    )  # fmt: skip
    same = print_of(resolved.means) == print_of(situation.theirs)
    # What was refused before was meant for another version.
    tried_anew = {"due_at": None if same else run.now, "attempts": 0, "error": None, "blocked": False}
    return _ours_values(run, found, resolved.means) | tried_anew


def _ours_values(run: Pass, found: Entry, series: Series | None) -> dict[str, Any]:
    return {
        "ours_print": print_of(series),
        "ours_enc": sealed_in(found.id, series, run.cipher),
        "ours_version": found.row.ours_version + 1,
    }


def _reopen(
    connection: Connection,
    run: Pass,
    found: Entry,
    seen: RemoteObject,
    series: Series,
    generation: int | None,
) -> None:
    """An event we had closed is there. Ours to remove (a delayed create landed), or put back by the provider."""
    values = _agreed_values(run, found, seen, series, generation) | {
        "closed_at": None, "closed_by": None,
        # It may have been found by a look for a removal of ours.
        "awaits_echo": True,
    }  # fmt: skip
    standing = latest_of_booking(connection, run.cipher, found.row.booking_ref)
    if found.row.closed_by == "us" or (standing is not None and standing.row.closed_at is None):
        values |= _ours_values(run, found, None) | {"due_at": run.now}
        decision, reason = "to be removed", "it had been removed or replaced here and came back"
    else:
        record(connection, found, ChangeKind.RESTORED, before=None, after=series, now=run.now)
        # Who kept the time of a booking let go of it when its event was deleted: until it is put or handed over, the
        # event takes its time by itself.
        values |= _ours_values(run, found, series) | {"due_at": None, "takes_time": True}
        decision, reason = "restored", "put back in the calendar after it was deleted there"
    remember(
        connection, found, direction="in", decision=decision, reason=reason, before=None, after=series,
        version=seen.etag, now=run.now,
    )  # fmt: skip
    change(connection, found.id, **values)
    keep_time(connection, run.cipher, found.id, run.view, run.now)
