"""Writing our events out: which are due, and what becomes of one that cannot be written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, or_, select, update

from sync.backends.errors import BackendError, Rejected, Throttled, Unavailable
from sync.engine.context import Pass, remote_of
from sync.engine.writing import settle
from sync.pacing import retry_wait
from sync.store.entries import by_id, change
from sync.store.tables import entry

_FIRST_DELAY = timedelta(seconds=2)
_LONGEST_DELAY = timedelta(seconds=45)
# Built once, as the others that an idle pass asks: building them anew costs more than the answers.
_DUE = (
    select(entry.c.id)
    .where(
        entry.c.calendar_id == bindparam("calendar"), entry.c.origin == "ours", entry.c.closed_at.is_(None)
    )
    .where(entry.c.due_at <= bindparam("now", type_=entry.c.due_at.type), entry.c.blocked.is_(False))
    .where(or_(entry.c.held_at.is_(None), entry.c.ours_print.is_(None)))
    .order_by(entry.c.due_at, entry.c.id)
)


@dataclass(slots=True)
class Push:
    """``trouble``: what one event ran into, be it the event's or the server's.

    ``doubtful``: two had no answer in a row, or one had none again, so that the server itself may be away.
    """

    written: int = 0
    failed: int = 0
    trouble: Unavailable | None = None
    doubtful: bool = False


def due_entries(connection: Connection, calendar_id: str, *, now: datetime) -> list[str]:
    """Ids of entries that are to be written now, oldest first. One that is held waits, unless it is to be removed."""
    return list(connection.execute(_DUE, {"calendar": calendar_id, "now": now}).scalars())


def push(run: Pass, row: Row[Any], *, jitter: float) -> Push:
    """Write the due events of one calendar. One that the server will never take is parked; the others go on.

    Where no answer comes again, the rest waits until a reading has shown that the server as a whole is well.
    Raises the errors of an account or a calendar, and ``Unavailable`` where the server asked to be left alone.
    """
    done = Push()
    with run.database.read() as connection:
        due = due_entries(connection, row.id, now=run.now)
    unanswered = False
    for entry_id in due:
        try:
            done.written += settle(run, remote_of(row), row.id, entry_id)
            unanswered = False
        except Rejected as error:
            _park(run, entry_id, error)
            done.failed += 1
        except Throttled as error:
            if not error.writes_only:
                _put_off(run, entry_id, error, jitter)
                raise
            _put_off_all(run, row, error, jitter)
            done.failed += not error.ours
            done.trouble = done.trouble if error.ours else error
            break
        except Unavailable as error:
            before = _put_off(run, entry_id, error, jitter)
            if error.retry_after is not None:
                raise
            done.failed += 1
            done.trouble = error
            if unanswered or before:
                done.doubtful = True
                break
            unanswered = True
        except BackendError as error:
            _put_off(run, entry_id, error, jitter)
            raise
    return done


def _park(run: Pass, entry_id: str, error: Rejected) -> None:
    with run.database.write() as connection:
        run.prove_lease(connection)
        change(connection, entry_id, blocked=True, due_at=None, error=error.text)


def _put_off_all(run: Pass, row: Row[Any], error: Throttled, jitter: float) -> None:
    """Everything waits that is to be written to this calendar; reading it, and other calendars, go on."""
    wait = retry_wait(
        1, first=_FIRST_DELAY, longest=_LONGEST_DELAY, jitter=jitter, retry_after=error.retry_after
    )
    values: dict[str, Any] = {"due_at": run.now + wait}
    if not error.ours:
        values["error"] = error.text
    with run.database.write() as connection:
        run.prove_lease(connection)
        waiting = due_entries(connection, row.id, now=run.now)
        connection.execute(update(entry).where(entry.c.id.in_(waiting)).values(**values))


def _put_off(run: Pass, entry_id: str, error: BackendError, jitter: float) -> int:
    """How often it had been put off before."""
    with run.database.write() as connection:
        run.prove_lease(connection)
        found = by_id(connection, run.cipher, entry_id, lock=True)
        if found is None or found.row.due_at is None:
            return 0  # given up or settled meanwhile
        attempts = found.row.attempts
        asked = error.retry_after if isinstance(error, Unavailable) else None
        delay = retry_wait(
            attempts + 1, first=_FIRST_DELAY, longest=_LONGEST_DELAY, jitter=jitter, retry_after=asked
        )
        connection.execute(
            update(entry)
            .where(entry.c.id == entry_id)
            .values(attempts=attempts + 1, due_at=run.now + delay, error=error.text)
        )
    return int(attempts)
