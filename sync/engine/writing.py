"""Bringing one event of ours to agreement: conditional, idempotent, every unknown outcome resolved by reading."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from sync.backends.errors import PreconditionFailed, Rejected, Throttled, Unavailable
from sync.backends.protocol import Identity, RemoteCalendar, RemoteObject
from sync.engine.context import Pass
from sync.engine.expansion import keep_time
from sync.engine.observing import generation_of, observe_ours
from sync.engine.removing import Absent, follow, moved, read_besides, remove
from sync.failpoints import failpoint
from sync.model.event import Series
from sync.model.identity import event_name
from sync.resolving import Situation
from sync.store.accounts import learn
from sync.store.entries import Entry, by_id, change, close, print_of, sealed_in, sealed_write
from sync.store.outbox import renew
from sync.store.recorder import remember
from sync.store.tables import calendar

_TRIES = 4
_READ_FIRST = timedelta(seconds=45)


def settle(run: Pass, remote: RemoteCalendar, calendar_id: str, entry_id: str) -> bool:
    """Bring one entry to agreement; True if something was written. Raises ``Unavailable`` where it keeps changing.

    One that turns out to have gone to another calendar is left to that one's turn.
    """
    wrote = False
    for _ in range(_TRIES):
        found = _load_due(run, calendar_id, entry_id)
        if found is None:
            return wrote
        try:
            wrote = _attempt(run, remote, found) or wrote
        except PreconditionFailed:
            _look(run, remote, found, refused=True)
    if _load_due(run, calendar_id, entry_id) is not None:
        raise Unavailable("the event keeps changing at the server; it is tried again")
    return wrote


def _load_due(run: Pass, calendar_id: str, entry_id: str) -> Entry | None:
    with run.database.read() as connection:
        found = by_id(connection, run.cipher, entry_id)
    if found is None or found.row.closed_at is not None or found.row.calendar_id != calendar_id:
        return None
    return None if found.row.due_at is None or found.row.due_at > run.now else found


def _attempt(run: Pass, remote: RemoteCalendar, found: Entry) -> bool:
    """One step towards agreement. True if it was a write."""
    if found.row.sent_enc is not None and not _may_be_repeated(run, found):
        _look(run, remote, found)
        looked = _load_due(run, found.row.calendar_id, found.id)
        if looked is None:
            return False
        found = looked
    # What was sent and is not there yet may still arrive. Only a newer version keeps it out, so one is written.
    if found.ours_print == found.agreed_print and found.row.sent_enc is None:
        _nothing_to_do(run, found)
        return False
    ours = found.ours
    if not _announce(run, remote, found, ours):
        return False
    failpoint("push.before_send")
    try:
        if ours is None:
            _delete(run, remote, found)
        else:
            _write(run, remote, found, ours)
    except (Rejected, Throttled) as error:
        refused = isinstance(error, Rejected) or error.refused_write
        # What had been sent before without an answer may still be on its way, and is to be known as ours then.
        if refused and found.row.sent_enc is None and _is_one_request(ours):
            _take_back(run, found)
        raise
    return True


def _may_be_repeated(run: Pass, found: Entry) -> bool:
    """Whether what was sent without an answer may be sent again unseen: its condition refuses it if it had arrived.

    Only the same once more. What is refused is then looked at, and what was sent is recognised there.
    """
    if not run.backend.refuses_repeats or not _is_one_request(found.ours):
        return False
    if found.removal_sent or found.ours is None:
        return found.removal_sent and found.ours is None and found.agreed_print is not None
    return print_of(found.sent) == found.ours_print


def _is_one_request(ours: Series | None) -> bool:
    """Whether a write of this is all or nothing; of a series a part may be there already."""
    return ours is None or not (ours.recurrence or ours.overrides)


def _take_back(run: Pass, found: Entry) -> None:
    """What was announced was refused, so its outcome is known: the next attempt need not look for it."""
    with run.database.write() as connection:
        run.prove_lease(connection)
        change(connection, found.id, sent_enc=None)


def _announce(run: Pass, remote: RemoteCalendar, found: Entry, ours: Series | None) -> bool:
    """Note what is about to be sent, and where. False if the wish changed meanwhile: then nothing is sent."""
    href = found.row.href or run.backend.href_of(remote, identity_of(found))
    with run.database.write() as connection:
        run.prove_lease(connection)
        current = by_id(connection, run.cipher, found.id, lock=True)
        if current is None or current.row.closed_at is not None:
            return False
        if current.row.ours_version != found.row.ours_version:
            return False
        change(connection, found.id, href=href, sent_enc=sealed_write(ours, run.cipher, found.id))
    return True


def _write(run: Pass, remote: RemoteCalendar, found: Entry, ours: Series) -> None:
    if found.agreed_print is None:
        written = run.backend.create(remote, identity_of(found), ours, now=run.now)
    else:
        written = run.backend.update(remote, _seen(found), ours, now=run.now)
    failpoint("push.before_confirm")
    with run.database.write() as connection:
        run.prove_lease(connection)
        _confirm(connection, run, found, written.object)
        learn(connection, run.lease.account_id, etag_on_write="yes" if written.vouched else "no")
        failpoint("push.inside_confirm")


def _delete(run: Pass, remote: RemoteCalendar, found: Entry) -> None:
    there = run.backend.delete(remote, _seen(found))
    # She may have moved it meanwhile, and then it is to go from there.
    followed = None if there else _elsewhere(run, found)
    failpoint("push.before_confirm")
    with run.database.write() as connection:
        run.prove_lease(connection)
        current = by_id(connection, run.cipher, found.id, lock=True)
        if current is None or current.row.closed_at is not None:
            return
        if followed is not None and followed.found_at is not None:
            follow(connection, run, current, followed, followed.found_at)
            return
        remember(
            connection, current, direction="out", decision="removed", reason="ours is gone",
            before=current.agreed, after=None, version=None, now=run.now,
            situation=Situation(found.agreed, found.ours, found.agreed),
        )  # fmt: skip
        change(connection, current.id, written_at=run.now, awaits_echo=True)
        renew(connection, run.cipher, current, now=run.now)
        failpoint("push.inside_confirm")


def _elsewhere(run: Pass, found: Entry) -> Absent:
    with run.database.read() as connection:
        others = connection.execute(read_besides(run.lease.account_id, found.row.calendar_id)).all()
    return moved(run, found, others)


def _seen(found: Entry) -> RemoteObject:
    return RemoteObject(
        href=found.row.href, etag=found.row.etag, raw=found.raw, series=found.agreed, uid=found.row.uid
    )


def identity_of(found: Entry) -> Identity:
    name = event_name(found.row.booking_ref, found.row.calendar_id, found.row.incarnation)
    return Identity(uid=found.row.uid, name=name)


def _confirm(connection: Connection, run: Pass, before: Entry, written: RemoteObject) -> None:
    """Agree on what the server now holds. Where it kept less than we sent, that is what we mean from now on."""
    current = by_id(connection, run.cipher, before.id, lock=True)
    series = written.series
    if current is None or series is None or written.problem is not None:
        raise Unavailable("the server did not give back what it stored")
    values: dict[str, Any] = {
        "href": written.href,
        "etag": written.etag,
        "raw_enc": run.cipher.seal(written.raw, row=before.id),
        "agreed_print": print_of(series),
        "agreed_enc": sealed_in(before.id, series, run.cipher),
        "sent_enc": None,
        "attempts": 0,
        "error": None,
        "written_at": run.now,
        "due_at": None,
        "awaits_echo": True,
        # A listing that is under way began without it.
        "generation": generation_of(current),
    }
    if current.row.ours_version == before.row.ours_version:
        values |= {"ours_print": print_of(series), "ours_enc": sealed_in(before.id, series, run.cipher)}
    elif current.ours_print != print_of(series):
        values["due_at"] = run.now
    change(connection, before.id, **values)
    remember(
        connection, current, direction="out", decision="written", reason="ours had changed", before=before.agreed,
        after=series, version=written.etag, now=run.now, raw=written.raw,
        situation=Situation(before.agreed, before.ours, before.agreed),
    )  # fmt: skip
    keep_time(connection, run.cipher, before.id, run.view, run.now)


def _nothing_to_do(run: Pass, found: Entry) -> None:
    with run.database.write() as connection:
        run.prove_lease(connection)
        current = by_id(connection, run.cipher, found.id, lock=True)
        if current is None or current.row.ours_version != found.row.ours_version:
            return
        if current.ours_print is None:
            close(connection, current, by="us", now=run.now)
        else:
            change(connection, found.id, due_at=None, attempts=0, error=None)


def _look(run: Pass, remote: RemoteCalendar, found: Entry, *, refused: bool = False) -> None:
    """Read the event as it is and take that in.

    ``refused``: a create was refused although nothing is there: the identity is burnt (a deleted event keeps its id).
    """
    href = found.row.href or run.backend.href_of(remote, identity_of(found))
    alive = run.backend.read(remote, href)
    if alive is None and run.backend.renames:
        alive = run.backend.find(remote, found.row.uid)
    removing = found.ours_print is None or found.removal_sent
    gone = alive is None and found.agreed_print is not None
    followed = _elsewhere(run, found) if gone and removing else None
    with run.database.write() as connection:
        run.prove_lease(connection)
        current = by_id(connection, run.cipher, found.id, lock=True)
        if current is None or current.row.closed_at is not None:
            return
        if alive is not None:
            observe_ours(connection, run, current, alive)
        elif followed is not None and followed.found_at is not None:
            follow(connection, run, current, followed, followed.found_at)
        elif current.agreed_print is not None:
            _missing(connection, run, current)
        elif refused:
            renew(connection, run.cipher, current, now=run.now)
        else:
            change(connection, current.id, sent_enc=None)
    if alive is not None and alive.problem is not None and found.agreed_print is None:
        raise Rejected("What is in the calendar under the event's name cannot be read.")


def _missing(connection: Connection, run: Pass, current: Entry) -> None:
    """Gone when it was to be changed. One might be of many, so a whole reading decides, with the brake."""
    role = connection.execute(
        select(calendar.c.role).where(calendar.c.id == current.row.calendar_id)
    ).scalar_one()
    if current.ours_print is None or current.removal_sent or role == "ignore":
        remove(connection, run, current, reason="gone when it was to be changed")
        return
    change(connection, current.id, due_at=run.now + _READ_FIRST, error="It is no longer in the calendar.")
    connection.execute(
        update(calendar)
        .where(calendar.c.id == current.row.calendar_id)
        .values(due_at=run.now, full_due_at=run.now)
    )
