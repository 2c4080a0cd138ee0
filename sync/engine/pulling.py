"""Reading one calendar: pages in, each in its own transaction; removals and the cursor together in the last one."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, bindparam, func, select, update

from sync.backends.errors import SyncTokenInvalid, Unavailable
from sync.backends.protocol import Cursor, CursorKind, Known, Page
from sync.engine import echoes, removing
from sync.engine.addressing import read_as_hers
from sync.engine.context import Pass, remote_of
from sync.engine.expansion import Reading, expand_again, needs_expansion, note_expansion, reading_of
from sync.engine.observing import note_unread, observe_page
from sync.engine.renaming import names_left
from sync.failpoints import failpoint
from sync.guard import READ_AGAIN_AFTER, Judgement, Verdict
from sync.pacing import Pace, is_working, next_full, next_reading
from sync.store.channels import push_is_live
from sync.store.echoes import Awaited, awaited, heard
from sync.store.entries import Entry, at_hrefs, known_etags, mark_seen, unseen
from sync.store.kept import kept_texts
from sync.store.tables import calendar, entry

_CALENDAR = select(calendar).where(calendar.c.id == bindparam("calendar"))
_LOCKED_CALENDAR = _CALENDAR.with_for_update()
_HELD = select(func.count()).where(
    entry.c.calendar_id == bindparam("calendar"), entry.c.gone_at.is_(None), entry.c.closed_at.is_(None),
    entry.c.held_at.is_not(None),
)  # fmt: skip

Progress = Callable[[str, int, int | None], None]
"""Told the calendar's name, how many events were read so far, and of about how many, if that is known."""


@dataclass(slots=True)
class Pull:
    """What one reading did. ``silent`` are writes of ours, from before it began, that it has not named."""

    changed: int = 0
    removed: int = 0
    held: int = 0
    full: bool = False
    gone: set[str] = field(default_factory=set)
    cursor: Cursor | None = None
    named: int = 0
    total: int | None = None
    unread: int = 0
    awaited: dict[str, Awaited] = field(default_factory=dict)
    silent: dict[str, Awaited] = field(default_factory=dict)


def pull(
    run: Pass,
    row: Row[Any],
    *,
    full: bool,
    jitter: float,
    between: Callable[[bool], None],
    progress: Progress | None = None,
    incremental: bool = False,
) -> Pull:
    """Bring the mirror of one calendar up to date. Raises what the backend raises; the old rows block meanwhile.

    ``jitter`` in [0, 1) spreads the next readings. ``between`` is called after each page of a long reading, so that
    a request that came in meanwhile does not wait for its end, and is told whether the next page is in hand already.
    What it raises breaks the reading off, and what was stored so far need not be loaded again. ``incremental``: a full
    reading that is due can wait.
    """
    if not incremental:
        row = read_as_hers(run, row)
    reading = reading_of(row, run.view, run.now)
    if needs_expansion(row, reading):
        with run.database.write() as connection:
            run.prove_lease(connection)
            expand_again(connection, run.cipher, row, reading)
    cursor = None if full or (not incremental and _full_is_due(row, run.now)) else _cursor(row)
    try:
        done, generation = _read(run, row, reading, cursor, between, progress)
    except SyncTokenInvalid:
        # Everything is enumerated anew while the old rows go on blocking; what is absent is swept at the end.
        done, generation = _read(run, row, reading, None, between, progress)
    _finish(run, row, reading, done, generation, jitter)
    return done


def _full_is_due(row: Row[Any], now: datetime) -> bool:
    return row.cursor_value is None or row.full_due_at is None or row.full_due_at <= now


def _cursor(row: Row[Any]) -> Cursor | None:
    if row.cursor_value is None:
        return None
    return Cursor(CursorKind(row.cursor_kind), row.cursor_value, row.cursor_params)


def _read(
    run: Pass,
    row: Row[Any],
    reading: Reading,
    cursor: Cursor | None,
    between: Callable[[bool], None],
    progress: Progress | None,
) -> tuple[Pull, int]:
    generation, enumerating = row.generation, False
    done = Pull(full=cursor is None)
    with run.database.read() as connection:
        done.silent = awaited(connection, row.id)
    done.awaited = dict(done.silent)
    for page in run.backend.changes(remote_of(row), cursor, _known(run, row)):
        if page.full and not enumerating:
            # Not only without a cursor: a server that keeps no tokens answers each change with a whole listing.
            enumerating = True
            with run.database.write() as connection:
                run.prove_lease(connection)
                generation = _next_generation(connection, row.id)
                if row.expanded_key is None:
                    # Should this reading break off, what it stored was expanded so, whatever the rules say by then.
                    note_expansion(connection, row.id, reading)
        _take_page(run, row, reading, page, done, generation)
        if progress is not None:
            progress(row.name, done.named, done.total)
        failpoint("pull.between_pages")
        if done.cursor is None:
            between(page.in_hand)
    if done.cursor is None:
        raise Unavailable("the server's answer ended before its last page")
    return done, generation


def _known(run: Pass, row: Row[Any]) -> Known:
    def etags() -> dict[str, str | None]:
        with run.database.read() as connection:
            return known_etags(connection, row.id)

    def texts(hrefs: Collection[str]) -> dict[str, bytes]:
        with run.database.read() as connection:
            return kept_texts(connection, run.cipher, row.id, hrefs)

    return Known(etags, texts, failed=row.failures > 0)


def _next_generation(connection: Connection, calendar_id: str) -> int:
    return int(
        connection.execute(
            update(calendar)
            .where(calendar.c.id == calendar_id)
            .values(generation=calendar.c.generation + 1)
            .returning(calendar.c.generation)
        ).scalar_one()
    )


def _take_page(run: Pass, row: Row[Any], reading: Reading, page: Page, done: Pull, generation: int) -> None:
    done.changed += len(page.changed)
    done.named += len(page.changed) + len(page.present) + len(page.unread)
    # What was named as gone and then as there has come back, whether or not it could be loaded.
    done.gone = (done.gone | set(page.gone)) - {seen.href for seen in page.changed}
    done.gone -= {*page.present, *page.unread}
    done.full = done.full or page.full
    done.cursor = page.cursor or done.cursor
    done.unread += len(page.unread)
    done.total = page.total or done.total
    for href in itertools.chain((seen.href for seen in page.changed), page.gone, page.present, page.unread):
        done.silent.pop(href, None)
    for seen in page.changed:
        if seen.href in done.awaited:
            # Perhaps with an edit of hers on top, which is what the mirror now holds.
            done.awaited[seen.href] = replace(done.awaited[seen.href], etag=seen.etag)
    if not (page.changed or page.present or page.unread):
        return
    done.gone |= names_left(run, remote_of(row), row.id, page.changed)
    with run.database.write() as connection:
        run.prove_lease(connection)
        gone = frozenset(done.gone)
        observe_page(connection, run, row, reading, page.changed, generation=generation, gone=gone)
        note_unread(connection, run, row, reading, page.unread, generation=generation)
        # A member that is named but could not be loaded is there: what is known of it goes on blocking.
        mark_seen(connection, row.id, (*page.present, *page.unread), generation=generation)
        if done.full and done.cursor is None:
            _note_progress(connection, row.id, done, run.now)


def _note_progress(connection: Connection, calendar_id: str, done: Pull, now: datetime) -> None:
    """For whoever watches a long reading; it ends with the reading, and stays where one breaks off."""
    connection.execute(
        update(calendar)
        .where(calendar.c.id == calendar_id)
        .values(reading_since=now, reading_named=done.named, reading_total=done.total)
    )


def _finish(run: Pass, row: Row[Any], reading: Reading, done: Pull, generation: int, jitter: float) -> None:
    with run.database.read() as connection:
        # A whole listing needs no look at what it left out: that is swept.
        silent = [] if done.full else echoes.unnamed(connection, run, done.silent.values())
        candidates = [*_absent(connection, run, row, done, generation), *echoes.standing(silent)]
        others = connection.execute(removing.read_besides(row.account_id, row.id)).all() if candidates else []
    # Google's tombstone is the event itself, cancelled; a DAV server only says that it does not find something.
    vouched = not done.full and done.cursor is not None and done.cursor.kind is CursorKind.GOOGLE
    absent = removing.verify(
        run, remote_of(row), candidates, full=done.full, vouched=vouched, elsewhere=others
    )
    returned = echoes.returned(run, remote_of(row), silent)
    empty = done.full and done.named == 0 and not done.gone
    failpoint("pull.before_cursor")
    with run.database.write() as connection:
        run.prove_lease(connection)
        judgement = removing.weigh(connection, row, absent, empty_listing=empty, run=run)
        # Before what the looks found is taken in, which waits for a reading in its turn.
        heard(connection, done.awaited.values())
        outcome = removing.apply(connection, run, row, reading, absent, judgement)
        done.removed, done.held = outcome.removed, outcome.held
        if outcome.freed:
            removing.read_others_soon(connection, run, row)
        observe_page(connection, run, row, reading, returned, generation=generation)
        _commit(connection, run, row, reading, done, judgement, jitter, empty=empty)


def _absent(connection: Connection, run: Pass, row: Row[Any], done: Pull, generation: int) -> list[Entry]:
    found = at_hrefs(connection, run.cipher, row.id, done.gone)
    named = [item for item in found.values() if item.row.closed_at is None and item.row.gone_at is None]
    named = [item for item in named if item.row.agreed_print is not None]
    if not done.full:
        return named
    swept = unseen(connection, run.cipher, row.id, generation=generation)
    return list({item.id: item for item in (*named, *swept)}.values())


def _commit(
    connection: Connection, run: Pass, row: Row[Any], reading: Reading, done: Pull, judgement: Judgement, jitter: float,
    *, empty: bool,
) -> None:  # fmt: skip
    """The cursor, the freshness and the state, in the transaction of the data they stand for."""
    current = calendar_row(connection, row.id, lock=True)
    again = judgement.verdict is Verdict.READ_AGAIN
    held = connection.execute(_HELD, {"calendar": row.id}).scalar_one()
    values: dict[str, Any] = {
        "state": "held" if held and not again else "ok",
        "hold_reason": (judgement.reason or row.hold_reason) if held else None,
        "error": None,
        "error_since": None,
        "failures": 0,
        "broken_off": 0,
        "missing_since": None,
        "reading_since": None,
        "reading_named": 0,
        "reading_total": None,
        "checked_at": run.now,
        "dirty_at": None,
        **_schedule(connection, run, row, done, jitter),
        "empty_seen_at": (row.empty_seen_at or run.now) if empty else None,
    }
    if again:
        # The cursor stays where it was: the next reading enumerates again.
        values |= {"cursor_value": None, "full_due_at": run.now + READ_AGAIN_AFTER}
    elif done.cursor is not None:
        values |= {
            "cursor_kind": done.cursor.kind.value,
            "cursor_value": done.cursor.value,
            "cursor_params": done.cursor.params,
        }
        if done.full:
            values |= {"full_at": run.now, "full_due_at": run.now + next_full(jitter=jitter)}
        if done.unread:
            # Its token will not name them again; a listing does.
            values["full_due_at"] = run.now + READ_AGAIN_AFTER
    if not done.full and _full_is_due(current, run.now):
        values.pop("due_at")  # this was a look only: everything is still to be enumerated
    for name in ("due_at", "full_due_at"):
        if getattr(current, name) != getattr(row, name):
            values.pop(name, None)  # a wake-up that came while the calendar was read
    if current.dirty_at != row.dirty_at:
        # Something changed after this reading began; when it was due already, that alone does not show it.
        values.pop("dirty_at")
        values.pop("due_at", None)
    connection.execute(update(calendar).where(calendar.c.id == row.id).values(**values))
    if row.expanded_key is None:
        note_expansion(connection, row.id, reading)


def _schedule(connection: Connection, run: Pass, row: Row[Any], done: Pull, jitter: float) -> dict[str, Any]:
    changed_at = row.changed_at or row.created_at
    values: dict[str, Any] = {}
    if done.changed or done.removed:
        changed_at = values["changed_at"] = run.now
    wait = next_reading(pace_of(connection, run, row), quiet=run.now - changed_at, jitter=jitter)
    return {**values, "due_at": run.now + wait}


def pace_of(connection: Connection, run: Pass, row: Row[Any]) -> Pace:
    local = run.now.astimezone(ZoneInfo(run.view.zone))
    return Pace(
        poll_every=run.view.poll_every,
        request_only_after=run.view.request_only_after,
        bookable=run.view.bookable,
        decides=not row.advisory,
        at_work=is_working(run.view.hours, local),
        pushed=push_is_live(connection, row.id, run.now),
    )


def calendar_row(connection: Connection, calendar_id: str, *, lock: bool = False) -> Row[Any]:
    return connection.execute(_LOCKED_CALENDAR if lock else _CALENDAR, {"calendar": calendar_id}).one()
