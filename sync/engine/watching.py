"""Push channels in a pass: opened before a reading, so that nothing falls between; stopped after it."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, update

from sync.backends.errors import AuthorizationLost, BackendError, PushRefused, Unavailable
from sync.backends.protocol import Channel
from sync.channels import LIFETIME, Plan, Refusal, plan, token_hash, wait_after
from sync.engine.context import Pass, remote_of
from sync.failpoints import failpoint
from sync.model.identity import new_id
from sync.model.wording import N_
from sync.store import channels
from sync.store.tables import calendar

SWITCHED_OFF = N_(
    "Push messages are off here: see FREEHOLD_GOOGLE_PUSH, and FREEHOLD_BASE_URL, which must be https."
)
_CLOCKS = N_("The push channel ended as it was opened: the clock of this machine differs from the server's.")


def watch(run: Pass, row: Row[Any], *, address: str | None, jitter: float) -> None:
    """Open, replace or retire the calendar's channels, as is due. A refusal never keeps the calendar from being read.

    ``address`` None: messages are not wanted. A new channel makes the calendar due for the reading that follows.
    Raises ``AuthorizationLost``.
    """
    if not run.backend.pushes:
        return
    with run.database.read() as connection:
        known = channels.channels_of(connection, row.id)
    wanted = None if row.role == "ignore" else address
    todo = plan(known, address=wanted, not_before=row.push_not_before, now=run.now)
    if todo.retire or todo.forget:
        with run.database.write() as connection:
            run.prove_lease(connection)
            channels.forget(connection, todo.forget)
            channels.retire(connection, todo.retire, now=run.now)
    if address is None and row.push_text != SWITCHED_OFF:
        with run.database.write() as connection:
            run.prove_lease(connection)
            channels.note_unwanted(connection, row, text=SWITCHED_OFF)
    if todo.open and wanted is not None and row.state != "missing":
        _open(run, row, wanted, todo, jitter)


def _open(run: Pass, row: Row[Any], address: str, todo: Plan, jitter: float) -> None:
    asked = Channel(new_id(), address, run.now + LIFETIME, token=secrets.token_urlsafe(32))
    with run.database.write() as connection:
        run.prove_lease(connection)
        channels.note_opening(
            connection, row, channel_id=asked.id, token_hash=token_hash(asked.token), address=address,
            expires_at=asked.expires_at, now=run.now,
        )  # fmt: skip
    try:
        made = run.backend.watch(remote_of(row), asked)
    except AuthorizationLost:
        raise
    except BackendError as error:
        _note_refusal(run, row, asked, error, jitter)
        return
    failpoint("watch.before_live")
    _note_live(run, row, made, todo, jitter)


def _note_live(run: Pass, row: Row[Any], made: Channel, todo: Plan, jitter: float) -> None:
    """The new channel counts from now on and those it replaces no longer, in one transaction."""
    with run.database.write() as connection:
        run.prove_lease(connection)
        channels.note_live(
            connection, row, made.id, resource_id=made.resource_id or "", expires_at=made.expires_at
        )
        channels.retire(connection, todo.replaced, now=run.now)
        if made.expires_at <= run.now:
            wait = wait_after(Refusal.PASSING, 7, jitter=jitter)
            channels.note_refused(connection, row, text=_CLOCKS, failures=1, until=run.now + wait)
        else:
            # What changed before there was a channel is read now: no message will tell of it, and one that the old
            # channel still sends counts no longer.
            connection.execute(
                update(calendar).where(calendar.c.id == row.id).values(due_at=run.now, dirty_at=run.now)
            )


def _note_refusal(run: Pass, row: Row[Any], asked: Channel, error: BackendError, jitter: float) -> None:
    failures = row.push_failures + 1
    refusal = error.refusal if isinstance(error, PushRefused) else Refusal.PASSING
    wait = wait_after(refusal, failures, jitter=jitter)
    if isinstance(error, Unavailable) and error.retry_after is not None:
        wait = max(wait, error.retry_after)
    with run.database.write() as connection:
        run.prove_lease(connection)
        if isinstance(error, PushRefused):
            channels.forget(connection, [asked.id])  # a plain no; after anything else there may be a channel
        channels.note_refused(
            connection, row, text=error.text, failures=failures, until=run.now + max(wait, timedelta(0))
        )


def stop_retired(run: Pass, account_id: str) -> None:
    """Stop what is to be stopped and due. What fails is tried again; its row stays until the channel has run out."""
    with run.database.read() as connection:
        due = channels.to_stop(connection, account_id, now=run.now)
    for row in due:
        try:
            run.backend.stop_watching(
                Channel(row.id, row.address, row.expires_at, resource_id=row.resource_id)
            )
            stopped = True
        except BackendError:
            stopped = False
        failpoint("watch.before_forget")
        with run.database.write() as connection:
            run.prove_lease(connection)
            if stopped:
                channels.forget(connection, [row.id])
            else:
                channels.put_off_stop(connection, row, now=run.now)
