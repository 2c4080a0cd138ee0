"""Writing our events out: conditional, idempotent, every unknown outcome resolved by reading."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from sync.backends.errors import BackendError, PreconditionFailed, Rejected, Unavailable
from sync.backends.protocol import Identity, RemoteCalendar, RemoteObject
from sync.engine.context import Pass, remote_of
from sync.engine.observing import observe_ours
from sync.engine.removing import remove
from sync.failpoints import failpoint
from sync.model.event import Series
from sync.model.identity import event_name, event_uid
from sync.reconcile import decide
from sync.store.changes import remember
from sync.store.entries import Entry, by_id, change, print_of, sealed
from sync.store.tables import entry

_TRIES = 4
_FIRST_DELAY = timedelta(seconds=2)
_LONGEST_DELAY = timedelta(seconds=45)


@dataclass(slots=True)
class Push:
    written: int = 0
    failed: int = 0


def due_entries(connection: Connection, calendar_id: str, *, now: datetime) -> list[str]:
    """Ids of entries that are to be written now, oldest first."""
    statement = (
        select(entry.c.id)
        .where(entry.c.calendar_id == calendar_id, entry.c.due_at <= now, entry.c.blocked.is_(False))
        .order_by(entry.c.due_at, entry.c.id)
    )
    return list(connection.execute(statement).scalars())


def push(run: Pass, row: Row[Any], *, jitter: float) -> Push:
    """Write every due event of one calendar. One that the server will never take is parked; the others go on.

    Raises ``Unavailable`` and the errors of an account after noting the attempt: no other write would do better.
    """
    done = Push()
    with run.database.read() as connection:
        due = due_entries(connection, row.id, now=run.now)
    for entry_id in due:
        try:
            done.written += _settle(run, remote_of(row), entry_id)
        except Rejected as error:
            _park(run, entry_id, error)
            done.failed += 1
        except BackendError as error:
            _put_off(run, entry_id, error, jitter)
            raise
    return done


def _settle(run: Pass, remote: RemoteCalendar, entry_id: str) -> bool:
    """Bring one entry to agreement; True if something was written."""
    wrote = False
    for _ in range(_TRIES):
        found = _load(run, entry_id)
        if found is None or found.row.due_at is None:
            return wrote
        try:
            wrote = _attempt(run, remote, found) or wrote
        except PreconditionFailed:
            _look(run, remote, found, refused=True)
    if _load_due(run, entry_id):
        raise Unavailable("the event keeps changing at the server; it is tried again")
    return wrote


def _attempt(run: Pass, remote: RemoteCalendar, found: Entry) -> bool:
    """One step towards agreement. True if it was a write."""
    if found.agreed_print is None and found.row.sent_enc is not None:
        # The last write may have arrived or not; look before doing anything.
        if _look(run, remote, found):
            return False
        found = _load(run, found.id) or found
    step = decide(found.agreed_print, found.ours_print, found.agreed_print)
    if step is None:
        _nothing_to_do(run, found)
        return False
    ours = found.ours
    if ours is None:
        _delete(run, remote, found)
    else:
        _write(run, remote, found, ours)
    return True


def _write(run: Pass, remote: RemoteCalendar, found: Entry, ours: Series) -> None:
    with run.database.write() as connection:
        run.prove_lease(connection)
        change(connection, found.id, sent_enc=sealed(ours, run.cipher))
    failpoint("push.before_send")
    if found.agreed_print is None:
        written = run.backend.create(remote, identity_of(found), ours, now=run.now)
    else:
        written = run.backend.update(remote, _seen(found), ours, now=run.now)
    failpoint("push.before_confirm")
    with run.database.write() as connection:
        run.prove_lease(connection)
        _confirm(connection, run, found, written.object)
        failpoint("push.inside_confirm")


def _delete(run: Pass, remote: RemoteCalendar, found: Entry) -> None:
    failpoint("push.before_send")
    run.backend.delete(remote, _seen(found))
    failpoint("push.before_confirm")
    with run.database.write() as connection:
        run.prove_lease(connection)
        current = by_id(connection, run.cipher, found.id)
        if current is not None:
            _confirm_removed(connection, run, current)


def _seen(found: Entry) -> RemoteObject:
    return RemoteObject(
        href=found.row.href, etag=found.row.etag, raw=found.raw, series=found.agreed, uid=found.row.uid
    )


def identity_of(found: Entry) -> Identity:
    name = event_name(found.row.booking_ref, found.row.calendar_id, found.row.incarnation)
    return Identity(uid=found.row.uid, name=name)


def _confirm(connection: Connection, run: Pass, before: Entry, written: RemoteObject) -> None:
    """Agree on what the server now holds. Where it kept less than we sent, that is what we mean from now on."""
    current = by_id(connection, run.cipher, before.id)
    series = written.series
    if current is None or series is None:
        raise Unavailable("the server did not give back what it stored")
    values: dict[str, Any] = {
        "href": written.href,
        "etag": written.etag,
        "raw_enc": run.cipher.encrypt(written.raw),
        "agreed_print": print_of(series),
        "agreed_enc": sealed(series, run.cipher),
        "sent_enc": None,
        "attempts": 0,
        "error": None,
        "written_at": run.now,
        "due_at": None,
    }
    if current.row.ours_version == before.row.ours_version:
        values |= {"ours_print": print_of(series), "ours_enc": sealed(series, run.cipher)}
    elif current.ours_print != print_of(series):
        values["due_at"] = run.now
    change(connection, before.id, **values)
    remember(
        connection, current, direction="out", decision="written", reason="ours had changed", before=before.agreed,
        after=series, version=written.etag, now=run.now,
    )  # fmt: skip


def _confirm_removed(connection: Connection, run: Pass, current: Entry) -> None:
    closed = current.ours_print is None
    remember(
        connection, current, direction="out", decision="removed", reason="ours is gone",
        before=current.agreed, after=None, version=None, now=run.now,
    )  # fmt: skip
    change(
        connection, current.id, agreed_print=None, agreed_enc=None, raw_enc=None, sent_enc=None, etag=None, attempts=0,
        error=None, due_at=None if closed else run.now, closed_at=run.now if closed else None,
        closed_by="us" if closed else None, written_at=run.now,
    )  # fmt: skip


def _nothing_to_do(run: Pass, found: Entry) -> None:
    with run.database.write() as connection:
        run.prove_lease(connection)
        current = by_id(connection, run.cipher, found.id)
        if current is None or current.row.ours_version != found.row.ours_version:
            return
        closed = current.ours_print is None
        change(
            connection, found.id, due_at=None, attempts=0, error=None, sent_enc=None,
            closed_at=run.now if closed else None, closed_by="us" if closed else None,
        )  # fmt: skip


def _look(run: Pass, remote: RemoteCalendar, found: Entry, *, refused: bool = False) -> bool:
    """Read the event as it is and take that in. True if it is there.

    ``refused``: a create was refused although nothing is there: the identity is burnt (a deleted event keeps its id).
    """
    href = found.row.href or run.backend.href_of(remote, identity_of(found))
    alive = run.backend.read(remote, href) or run.backend.find(remote, found.row.uid)
    with run.database.write() as connection:
        run.prove_lease(connection)
        current = by_id(connection, run.cipher, found.id)
        if current is None or current.row.closed_at is not None:
            return False
        if alive is not None:
            observe_ours(connection, run, current, alive)
        elif current.agreed_print is not None:
            remove(connection, run, current, reason="gone when it was to be changed")
        else:
            change(connection, current.id, sent_enc=None, **(_next_incarnation(current) if refused else {}))
    return alive is not None


def _next_incarnation(current: Entry) -> dict[str, Any]:
    incarnation = current.row.incarnation + 1
    uid = event_uid(event_name(current.row.booking_ref, current.row.calendar_id, incarnation))
    ours = None if current.ours is None else replace(current.ours, uid=uid)
    return {
        "incarnation": incarnation,
        "uid": uid,
        "href": None,
        "ours_enc": sealed(ours, current.cipher),
        "ours_print": print_of(ours),
    }


def _load(run: Pass, entry_id: str) -> Entry | None:
    with run.database.read() as connection:
        return by_id(connection, run.cipher, entry_id)


def _load_due(run: Pass, entry_id: str) -> bool:
    found = _load(run, entry_id)
    return found is not None and found.row.due_at is not None


def _park(run: Pass, entry_id: str, error: Rejected) -> None:
    with run.database.write() as connection:
        run.prove_lease(connection)
        change(connection, entry_id, blocked=True, due_at=None, error=error.text, sent_enc=None)


def _put_off(run: Pass, entry_id: str, error: BackendError, jitter: float) -> None:
    found = _load(run, entry_id)
    attempts = 0 if found is None else found.row.attempts
    delay = min(_LONGEST_DELAY, _FIRST_DELAY * (1 << min(attempts, 6))) * (0.5 + jitter / 2)
    with run.database.write() as connection:
        run.prove_lease(connection)
        change(connection, entry_id, attempts=attempts + 1, due_at=run.now + delay, error=error.text)
